"""What passes to and from each disk, and how long that takes."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

import psutil

from monitor.model.metric import (
    BYTES,
    FLAG,
    OPERATIONS,
    SECONDS,
    Quotient,
    Record,
    counter,
    info,
    key,
    record,
)
from monitor.model.sample import Unavailable

SYS_BLOCK = Path("/sys/block")
SECONDS_A_MILLISECOND = 1e-3
# Drivers whose devices are made of memory or of files on other disks.
VIRTUAL = ("loop", "ram", "zram")
# One of the ways to the namespace nvme0n1 (kernel: admin-guide/nvme-multipath.rst).
_NVME_PATH = re.compile(r"(nvme[0-9]+)c[0-9]+(n[0-9]+)")


@record
class Disk(Record):
    """Each block device (kernel: admin-guide/iostats.rst)."""

    FAMILY = "disk"
    EXPORTED = False  # by `block_device`, which has node_exporter's choice of devices
    device: str = key("The device's name")
    physical: bool | None = info(FLAG, "It is no layer over others: it counts in a total")
    reads: int | None = counter(OPERATIONS, "Reads completed")
    writes: int | None = counter(OPERATIONS, "Writes completed")
    read_bytes: int | None = counter(BYTES, "Read")
    written_bytes: int | None = counter(BYTES, "Written")
    busy: float | None = counter(SECONDS, "Time with at least one operation under way")
    read_time: float | None = counter(SECONDS, "Time that reads took, summed", shown=False)
    write_time: float | None = counter(SECONDS, "Time that writes took, summed", shown=False)

    read_latency = Quotient("read_time", "reads", SECONDS, "What a read took, on the average")
    write_latency = Quotient("write_time", "writes", SECONDS, "What a write took, on the average")


class DiskCollector:
    """psutil's counters, as the kernel has them: nowrap=True would take a reset for a wrap."""

    name: ClassVar[str] = "disk"
    records: ClassVar[tuple[type[Record], ...]] = (Disk,)
    period: ClassVar[float] = 0.0

    def __init__(self, sys_block: Path = SYS_BLOCK) -> None:
        self._sys_block = sys_block

    def collect(self) -> Iterable[Record]:
        # Beside whole disks psutil lists partitions, which /sys/block does not have.
        told = self._sys_block.is_dir()
        try:
            counters = psutil.disk_io_counters(perdisk=True, nowrap=False) or {}
        except NotImplementedError as fault:
            raise Unavailable("this kernel does not count what its disks do") from fault
        # Every kernel counts what goes each way; later ones count it in the whole as well.
        ways = (_NVME_PATH.fullmatch(name) for name in counters)
        made_of_ways = {way[1] + way[2] for way in ways if way}
        for name, counted in counters.items():
            directory = self._sys_block / name.replace("/", "!")
            virtual = name.rstrip("0123456789") in VIRTUAL
            if (told and not directory.is_dir()) or (virtual and not any(counted)):
                continue
            layer = virtual or name in made_of_ways or _has_layers_below(directory)
            yield disk_of(name, counted, physical=not layer if told else None)


def disk_of(name: str, counted: Any, physical: bool | None) -> Disk:
    """The record of psutil's figures; times are milliseconds there."""
    return Disk(
        device=name,
        physical=physical,
        reads=counted.read_count,
        writes=counted.write_count,
        read_bytes=counted.read_bytes,
        written_bytes=counted.write_bytes,
        busy=_seconds(getattr(counted, "busy_time", None)),
        read_time=_seconds(getattr(counted, "read_time", None)),
        write_time=_seconds(getattr(counted, "write_time", None)),
    )


def _seconds(milliseconds: int | None) -> float | None:
    return milliseconds * SECONDS_A_MILLISECOND if milliseconds is not None else None


def _has_layers_below(directory: Path) -> bool:
    """Whether it is made of other block devices: LVM, RAID, encryption."""
    try:
        return any((directory / "slaves").iterdir())
    except OSError:
        return False
