"""What passes through each network interface, and what is lost there."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import psutil

from monitor.collectors.kernel_file import PROC, KeptFile
from monitor.collectors.network_link import CLASS_NET, Link, Links
from monitor.model.export import scaled
from monitor.model.metric import (
    BITS_PER_SECOND,
    BYTES,
    FLAG,
    PACKETS,
    Record,
    counter,
    info,
    key,
    record,
)

BITS_A_MEGABIT = 1_000_000
# /proc/net/dev has two lines of headings, and so many numbers behind a name: those wanted here are
# bytes, packets, errors and drops of either way.
HEADINGS = 2
COLUMNS = 16
RECEIVED, SENT = slice(0, 4), slice(8, 12)


@record
class Network(Record):
    """Each network interface (netdevice(7))."""

    FAMILY = "network"
    LABELS: ClassVar[Mapping[str, str]] = {"device": "interface"}
    interface: str = key("The interface's name")
    physical: bool | None = info(FLAG, "It is a device, not a bridge, tunnel or pair of them")
    up: bool | None = info(FLAG, "It is up")
    speed: int | None = info(
        BITS_PER_SECOND,
        "What it can carry, where it tells",
        prom=scaled("node_network_speed_bytes", 1 / 8),
    )
    mtu: int | None = info(BYTES, "The largest packet", prom="node_network_mtu_bytes")
    receive_bytes: int | None = counter(BYTES, "Received", prom="node_network_receive_bytes_total")
    transmit_bytes: int | None = counter(BYTES, "Sent", prom="node_network_transmit_bytes_total")
    receive_packets: int | None = counter(
        PACKETS, "Packets received", prom="node_network_receive_packets_total"
    )
    transmit_packets: int | None = counter(
        PACKETS, "Packets sent", prom="node_network_transmit_packets_total"
    )
    receive_errors: int | None = counter(
        PACKETS, "Packets that came in damaged", prom="node_network_receive_errs_total"
    )
    transmit_errors: int | None = counter(
        PACKETS, "Packets that could not be sent", prom="node_network_transmit_errs_total"
    )
    receive_drops: int | None = counter(
        PACKETS,
        "Packets that came in and were thrown away",
        prom="node_network_receive_drop_total",
    )
    transmit_drops: int | None = counter(
        PACKETS,
        "Packets thrown away before they were sent",
        prom="node_network_transmit_drop_total",
    )


class NetworkCollector:
    """/proc/net/dev; on other systems psutil, which at 250 interfaces takes ten times as long.

    An interface of which nothing has changed has the record that it had before.
    """

    name: ClassVar[str] = "network"
    records: ClassVar[tuple[type[Record], ...]] = (Network,)
    period: ClassVar[float] = 0.0

    def __init__(self, class_net: Path = CLASS_NET, proc: str = PROC) -> None:
        self._file = KeptFile(f"{proc}/net/dev")
        self._links = Links(class_net)
        self._before: dict[bytes, tuple[bytes, Link, Network]] = {}

    def collect(self) -> Iterable[Record]:
        if not sys.platform.startswith("linux"):
            return portable()
        counted = split_net_dev(self._file.read())
        links = self._links.read(counted)
        found: dict[bytes, tuple[bytes, Link, Network]] = {}
        for name, numbers in counted.items():
            before = self._before.get(name)
            if before is None or before[0] != numbers or before[1] != links[name]:
                before = (numbers, links[name], network_of(name, numbers, links[name]))
            found[name] = before
        self._before = found
        return [network for _, _, network in found.values()]


def split_net_dev(text: bytes) -> dict[bytes, bytes]:
    """What stands behind each name in /proc/net/dev (proc_pid_net(5)). Raises ValueError."""
    counted: dict[bytes, bytes] = {}
    for line in text.split(b"\n")[HEADINGS:]:
        name, colon, numbers = line.rpartition(b":")
        if colon:
            counted[name.strip()] = numbers
        elif line:
            raise ValueError(f"/proc/net/dev has the line {line[:60]!r}")
    return counted


def network_of(name: bytes, numbers: bytes, link: Link) -> Network:
    """The record of an interface. Raises ValueError where those are not the numbers of one."""
    counted = [int(number) for number in numbers.split()]
    if len(counted) != COLUMNS:
        raise ValueError(f"/proc/net/dev has {len(counted)} numbers of {name!r}")
    receive_bytes, receive_packets, receive_errors, receive_drops = counted[RECEIVED]
    transmit_bytes, transmit_packets, transmit_errors, transmit_drops = counted[SENT]
    return Network(
        interface=name.decode("utf-8", "surrogateescape"),
        physical=link.physical,
        up=link.up,
        speed=link.speed,
        mtu=link.mtu,
        receive_bytes=receive_bytes,
        transmit_bytes=transmit_bytes,
        receive_packets=receive_packets,
        transmit_packets=transmit_packets,
        receive_errors=receive_errors,
        transmit_errors=transmit_errors,
        receive_drops=receive_drops,
        transmit_drops=transmit_drops,
    )


def portable() -> list[Network]:
    """psutil's counters, as the system has them: nowrap=True would take a reset for a wrap."""
    states = _states()
    found = []
    for name, counted in psutil.net_io_counters(pernic=True, nowrap=False).items():
        state = states.get(name)
        found.append(
            Network(
                interface=name,
                physical=None,
                up=state.isup if state else None,
                speed=state.speed * BITS_A_MEGABIT if state and state.speed else None,
                mtu=state.mtu if state and state.mtu else None,
                receive_bytes=counted.bytes_recv,
                transmit_bytes=counted.bytes_sent,
                receive_packets=counted.packets_recv,
                transmit_packets=counted.packets_sent,
                receive_errors=counted.errin,
                transmit_errors=counted.errout,
                receive_drops=counted.dropin,
                # On macOS psutil says 0, as the system does not tell.
                transmit_drops=counted.dropout if sys.platform != "darwin" else None,
            )
        )
    return found


def _states() -> dict[str, Any]:
    """psutil's, of all interfaces or of none: the counters are read without them."""
    try:
        return psutil.net_if_stats()
    except (OSError, UnicodeError):
        return {}
