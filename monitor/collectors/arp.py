"""The neighbours whose hardware addresses are known or sought."""

from collections import Counter
from collections.abc import Iterable
from typing import ClassVar

from monitor.collectors.kernel_file import PROC, read_file
from monitor.model.metric import COUNT, KERNEL, Record, gauge, key, record


@record
class Arp(Record):
    """The ARP table, by network interface (arp(7)). One that has no entry is not there."""

    FAMILY = "arp"
    TOPIC = KERNEL
    device: str = key("The interface's name")
    entries: int | None = gauge(COUNT, "Neighbours", prom="node_arp_entries")


class ArpCollector:
    """/proc/net/arp."""

    name: ClassVar[str] = "arp"
    records: ClassVar[tuple[type[Record], ...]] = (Arp,)
    period: ClassVar[float] = 0.0

    def __init__(self, proc: str = PROC) -> None:
        self._path = f"{proc}/net/arp"

    def collect(self) -> Iterable[Record]:
        yield from parse_arp(read_file(self._path))


def parse_arp(text: bytes) -> list[Arp]:
    """A heading, and a line for each neighbour that ends in its interface. Raises ValueError."""
    heading, *lines = text.split(b"\n")
    if not heading.startswith(b"IP address"):
        raise ValueError(f"/proc/net/arp reads {text[:60]!r}")
    devices = Counter(line.split()[-1] for line in lines if line.strip())
    return [
        Arp(device=device.decode("utf-8", "surrogateescape"), entries=entries)
        for device, entries in devices.items()
    ]
