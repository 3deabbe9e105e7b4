"""What passes through each network interface, and what is lost there."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

import psutil

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

CLASS_NET = Path("/sys/class/net")
BITS_A_MEGABIT = 1_000_000


@record
class Network(Record):
    """Each network interface (netdevice(7))."""

    FAMILY = "network"
    interface: str = key("The interface's name")
    physical: bool | None = info(FLAG, "It is a device, not a bridge, tunnel or pair of them")
    up: bool | None = info(FLAG, "It is up")
    speed: int | None = info(BITS_PER_SECOND, "What it can carry, where it tells")
    mtu: int | None = info(BYTES, "The largest packet")
    receive_bytes: int | None = counter(BYTES, "Received")
    transmit_bytes: int | None = counter(BYTES, "Sent")
    receive_packets: int | None = counter(PACKETS, "Packets received")
    transmit_packets: int | None = counter(PACKETS, "Packets sent")
    receive_errors: int | None = counter(PACKETS, "Packets that came in damaged")
    transmit_errors: int | None = counter(PACKETS, "Packets that could not be sent")
    receive_drops: int | None = counter(PACKETS, "Packets that came in and were thrown away")
    transmit_drops: int | None = counter(PACKETS, "Packets thrown away before they were sent")


class NetworkCollector:
    """psutil's counters, as the kernel has them: nowrap=True would take a reset for a wrap."""

    name: ClassVar[str] = "network"
    records: ClassVar[tuple[type[Record], ...]] = (Network,)
    period: ClassVar[float] = 0.0

    def __init__(self, class_net: Path = CLASS_NET) -> None:
        self._class_net = class_net

    def collect(self) -> Iterable[Record]:
        states = _states()
        for name, counted in psutil.net_io_counters(pernic=True, nowrap=False).items():
            state = states.get(name)
            yield Network(
                interface=name,
                physical=self._physical(name),
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
                transmit_drops=_transmit_drops(counted),
            )

    def _physical(self, name: str) -> bool | None:
        if not self._class_net.is_dir():
            return None  # not Linux: nobody says
        interface = self._class_net / name
        # In clouds one device may carry what another, its master, counts as well (kernel:
        # networking/net_failover.rst). A bridge or a bond is a master that is no device.
        part = (interface / "master" / "device").exists()
        return (interface / "device").exists() and not part


def _transmit_drops(counted: Any) -> int | None:
    """On macOS psutil says 0, as the system does not tell."""
    return counted.dropout if sys.platform != "darwin" else None


def _states() -> dict[str, Any]:
    """psutil's, of all interfaces or of none: the counters are read without them.

    It cannot ask for a name that is not UTF-8, and needs a socket, which a sandbox may refuse.
    """
    try:
        return psutil.net_if_stats()
    except (OSError, UnicodeError):
        return {}
