"""Pages that the kernel brought in and moved out, and faults: its counters of virtual memory."""

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from monitor.collectors.kernel_file import PROC, Names, parse_pairs, read_file
from monitor.model.export import Export, untyped
from monitor.model.metric import BYTES, COUNT, KERNEL, Record, counter, record

# What passes to and from block devices is counted in these (block/blk-core.c).
BYTES_A_KIBIBYTE = 1024
IN_KIBIBYTES = ("pgpgin", "pgpgout")


def _kibibytes(prom: str) -> Export:
    return replace(untyped(prom), scale=1 / BYTES_A_KIBIBYTE)


@record
class Vmstat(Record):
    """Page faults, and what is brought in and moved out (proc_vmstat(5)).

    Of some 180 counters those that node_exporter passes on; the kills are in `oom`.
    """

    FAMILY = "vmstat"
    TOPIC = KERNEL
    pgpgin: int | None = counter(
        BYTES, "Read from block devices", prom=_kibibytes("node_vmstat_pgpgin")
    )
    pgpgout: int | None = counter(
        BYTES, "Written to block devices", prom=_kibibytes("node_vmstat_pgpgout")
    )
    pswpin: int | None = counter(
        COUNT, "Pages brought back from swap", prom=untyped("node_vmstat_pswpin")
    )
    pswpout: int | None = counter(
        COUNT, "Pages moved out to swap", prom=untyped("node_vmstat_pswpout")
    )
    pgfault: int | None = counter(COUNT, "Page faults", prom=untyped("node_vmstat_pgfault"))
    pgmajfault: int | None = counter(
        COUNT, "Page faults that waited for a disk", prom=untyped("node_vmstat_pgmajfault")
    )


NAMES = Names.of(Vmstat, "node_vmstat_")


class VmstatCollector:
    """/proc/vmstat."""

    name: ClassVar[str] = "vmstat"
    records: ClassVar[tuple[type[Record], ...]] = (Vmstat,)
    period: ClassVar[float] = 0.0

    def __init__(self, proc: str = PROC) -> None:
        self._path = f"{proc}/vmstat"

    def collect(self) -> Iterable[Record]:
        yield parse_vmstat(read_file(self._path))


def parse_vmstat(text: bytes) -> Vmstat:
    """The file. Raises ValueError where it has nothing of it."""
    found = parse_pairs(text, NAMES)
    for field in IN_KIBIBYTES:
        if field in found:
            found[field] *= BYTES_A_KIBIBYTE
    return Vmstat(**found)
