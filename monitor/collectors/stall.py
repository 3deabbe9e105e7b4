"""The totals of pressure stall information, in one record: node_exporter names each of them."""

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from monitor.collectors.pressure import PRESSURE, Pressure, PressureCollector
from monitor.model.metric import KERNEL, SECONDS, Record, counter, record


@record
class Stall(Record):
    """Time in which tasks waited for a resource, and in which all did (accounting/psi.rst)."""

    FAMILY = "stall"
    TOPIC = KERNEL
    cpu_some: float | None = counter(
        SECONDS, "A task waited for a processor", prom="node_pressure_cpu_waiting_seconds_total"
    )
    memory_some: float | None = counter(
        SECONDS, "A task waited for memory", prom="node_pressure_memory_waiting_seconds_total"
    )
    memory_full: float | None = counter(
        SECONDS, "All waited for memory", prom="node_pressure_memory_stalled_seconds_total"
    )
    io_some: float | None = counter(
        SECONDS, "A task waited for a device", prom="node_pressure_io_waiting_seconds_total"
    )
    io_full: float | None = counter(
        SECONDS, "All waited for a device", prom="node_pressure_io_stalled_seconds_total"
    )
    irq_full: float | None = counter(
        SECONDS, "All waited for an interrupt", prom="node_pressure_irq_stalled_seconds_total"
    )


FIELDS: tuple[str, ...] = Stall.__slots__


class StallCollector:
    """/proc/pressure, as `PressureCollector` reads it."""

    name: ClassVar[str] = "stall"
    records: ClassVar[tuple[type[Record], ...]] = (Stall,)
    period: ClassVar[float] = 0.0

    def __init__(self, root: Path = PRESSURE) -> None:
        self._pressure = PressureCollector(root)

    def collect(self) -> Iterable[Record]:
        yield stall_of(self._pressure.collect())


def stall_of(read: Iterable[Pressure]) -> Stall:
    """The totals of all resources."""
    totals = {
        f"{one.resource}_{kind}": total
        for one in read
        for kind, total in (("some", one.some), ("full", one.full))
    }
    return Stall(**{name: totals[name] for name in FIELDS if name in totals})
