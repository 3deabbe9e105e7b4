"""What node_exporter tells of network interfaces beside what `network` has of them."""

import errno
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from monitor.collectors import rtnetlink, sysfs
from monitor.collectors.collector import need_linux
from monitor.collectors.net_class_record import NetClass
from monitor.collectors.network_link import CLASS_NET
from monitor.collectors.rtnetlink import Link
from monitor.model.metric import Record
from monitor.model.sample import Unavailable

# netdevice(7). The first is what was asked for, the second what is so as well, of all interfaces.
IFF_UP, IFF_RUNNING = 0x1, 0x40
IFF_PROMISC, IFF_ALLMULTI = 0x100, 0x200
IFF_LOWER_UP, IFF_DORMANT = 0x10000, 0x20000
# linux/if.h: IF_OPER_*.
STATES = ("unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up")

# linux/if_link.h: struct rtnl_link_stats64, of which the last came with Linux 4.6.
COUNTERS = (
    "rx_packets",
    "tx_packets",
    "rx_bytes",
    "tx_bytes",
    "rx_errors",
    "tx_errors",
    "rx_dropped",
    "tx_dropped",
    "multicast",
    "collisions",
    "rx_length_errors",
    "rx_over_errors",
    "rx_crc_errors",
    "rx_frame_errors",
    "rx_fifo_errors",
    "rx_missed_errors",
    "tx_aborted_errors",
    "tx_carrier_errors",
    "tx_fifo_errors",
    "tx_heartbeat_errors",
    "tx_window_errors",
    "rx_compressed",
    "tx_compressed",
    "rx_nohandler",
)
_BYTES_A_COUNTER = 8
# What /proc/net/dev sums up (net/core/net-procfs.c), by the field that it is in.
SUMS = {
    "receive_fifo": ("rx_fifo_errors",),
    "receive_frame": ("rx_length_errors", "rx_over_errors", "rx_crc_errors", "rx_frame_errors"),
    "receive_compressed": ("rx_compressed",),
    "receive_multicast": ("multicast",),
    "receive_nohandler": ("rx_nohandler",),
    "transmit_fifo": ("tx_fifo_errors",),
    "transmit_colls": ("collisions",),
    "transmit_carrier": (
        "tx_carrier_errors",
        "tx_aborted_errors",
        "tx_window_errors",
        "tx_heartbeat_errors",
    ),
    "transmit_compressed": ("tx_compressed",),
}


class Lasting(NamedTuple):
    """What only /sys knows, and what does not change while all else in `key` stays."""

    key: tuple[object, ...]
    values: Mapping[str, Any]


class NetClassCollector:
    """rtnetlink, and /sys/class/net for what that does not tell."""

    name: ClassVar[str] = "net_class"
    records: ClassVar[tuple[type[Record], ...]] = (NetClass,)
    period: ClassVar[float] = 0.0

    def __init__(self, class_net: Path = CLASS_NET) -> None:
        self._class_net = class_net
        self._lasting: dict[str, Lasting] = {}

    def collect(self) -> Iterable[Record]:
        need_linux("rtnetlink")
        try:
            links = rtnetlink.links()
        except OSError as refused:
            if refused.errno in (errno.EPERM, errno.EACCES, errno.EAFNOSUPPORT):
                raise Unavailable(f"rtnetlink is refused: {refused.strerror}") from refused
            raise
        lasting: dict[str, Lasting] = {}
        for link in links:
            name = link.text(rtnetlink.IFLA_IFNAME)
            lasting[name] = self._lasting_of(name, link)
            yield net_class_of(name, link, lasting[name].values)
        self._lasting = lasting

    def _lasting_of(self, name: str, link: Link) -> Lasting:
        """Read again when the interface is another one, has another address or was plugged in."""
        changes = link.value(rtnetlink.IFLA_CARRIER_CHANGES)
        key = (link.number, link.flags, changes, link.attributes.get(rtnetlink.IFLA_ADDRESS))
        known = self._lasting.get(name)
        if known is not None and known.key == key:
            return known
        directory = f"{self._class_net}/{name}"
        numbers = {
            field: sysfs.read_number(f"{directory}/{file}")
            for field, file in (
                ("address_assign_type", "addr_assign_type"),
                ("name_assign_type", "name_assign_type"),
            )
        }
        return Lasting(
            key,
            {
                **numbers,
                "device_id": _hexadecimal(sysfs.read_line(f"{directory}/dev_id")),
                "duplex": sysfs.read_line(f"{directory}/duplex"),
            },
        )


def net_class_of(name: str, link: Link, lasting: Mapping[str, Any]) -> NetClass:
    """The record of an interface. Of one that is down, nobody knows of a carrier."""
    up = bool(link.flags & IFF_UP)
    state = link.value(rtnetlink.IFLA_OPERSTATE)
    through = link.value(rtnetlink.IFLA_LINK)
    operstate = STATES[state] if state is not None and state < len(STATES) else None
    described: dict[str, Any] = {
        "address": _address(link.attributes.get(rtnetlink.IFLA_ADDRESS)),
        "broadcast": _address(link.attributes.get(rtnetlink.IFLA_BROADCAST)),
        "operstate": operstate,
        "adminstate": "up" if up else "down",
        "alias": link.text(rtnetlink.IFLA_IFALIAS),
        "up": operstate == "up" if operstate is not None else None,
        "flags": flags_of(link),
        "index": link.number,
        "link": link.number if through is None else through,
        "link_mode": link.value(rtnetlink.IFLA_LINKMODE),
        "group": link.value(rtnetlink.IFLA_GROUP),
        "type": link.kind,
        "transmit_queue_length": link.value(rtnetlink.IFLA_TXQLEN),
        "carrier": link.value(rtnetlink.IFLA_CARRIER) if up else None,
        "dormant": bool(link.flags & IFF_DORMANT) if up else None,
        "carrier_changes": link.value(rtnetlink.IFLA_CARRIER_CHANGES),
        "carrier_up_changes": link.value(rtnetlink.IFLA_CARRIER_UP_COUNT),
        "carrier_down_changes": link.value(rtnetlink.IFLA_CARRIER_DOWN_COUNT),
    }
    described |= lasting
    described |= counters_of(link.attributes.get(rtnetlink.IFLA_STATS64, b""))
    return NetClass(interface=name, **described)


def flags_of(link: Link) -> int:
    """As /sys has them: what was asked for, and what others asked for in its stead.

    rtnetlink adds what state it is in, and leaves out what a bridge or a capture asked for.
    """
    flags = link.flags & ~(IFF_RUNNING | IFF_LOWER_UP | IFF_DORMANT)
    for flag, count in (
        (IFF_PROMISC, link.value(rtnetlink.IFLA_PROMISCUITY)),
        (IFF_ALLMULTI, link.value(rtnetlink.IFLA_ALLMULTI)),
    ):
        if count:
            flags |= flag
    return flags


def counters_of(statistics: bytes) -> dict[str, int]:
    """Those of SUMS that this kernel counts."""
    count = len(statistics) // _BYTES_A_COUNTER
    told = dict(zip(COUNTERS, struct.unpack_from(f"={count}Q", statistics), strict=False))
    return {
        field: sum(told[part] for part in parts)
        for field, parts in SUMS.items()
        if told.keys() >= set(parts)
    }


def _address(raw: bytes | None) -> str:
    return raw.hex(":") if raw else ""


def _hexadecimal(text: str | None) -> int | None:
    try:
        return int(text, 16) if text else None
    except ValueError:
        return None
