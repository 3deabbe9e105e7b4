"""Pressure stall information: how much of the time tasks waited for what they lacked."""

import errno
import re
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from monitor.collectors.collector import need_linux, read_bytes
from monitor.model.export import UNEXPORTED
from monitor.model.metric import RATIO, SECONDS, Record, counter, gauge, key, record
from monitor.model.sample import Unavailable

PRESSURE = Path("/proc/pressure")
RESOURCES = ("cpu", "memory", "io", "irq")
MICROSECONDS_A_SECOND = 1e6

# A file is two lines.
MAX_BYTES = 4096

_LINE = re.compile(
    r"(some|full) avg10=([\d.]+) avg60=([\d.]+) avg300=([\d.]+) total=(\d+)", re.ASCII
)


@record
class Pressure(Record):
    """Time in which tasks were held up for want of a resource (kernel: accounting/psi.rst).

    Its totals are exported by `stall`: node_exporter has the resource in their names.
    """

    FAMILY = "pressure"
    resource: str = key("cpu, memory, io or irq")
    some: float | None = counter(SECONDS, "At least one task waited", prom=UNEXPORTED)
    some_avg10: float | None = gauge(RATIO, "At least one waited, average over 10 s")
    some_avg60: float | None = gauge(RATIO, "At least one waited, average over 60 s")
    some_avg300: float | None = gauge(RATIO, "At least one waited, average over 300 s")
    full: float | None = counter(SECONDS, "All tasks that had work waited at once", prom=UNEXPORTED)
    full_avg10: float | None = gauge(RATIO, "All waited, average over 10 s")
    full_avg60: float | None = gauge(RATIO, "All waited, average over 60 s")
    full_avg300: float | None = gauge(RATIO, "All waited, average over 300 s")


class PressureCollector:
    """/proc/pressure, which psutil does not read."""

    name: ClassVar[str] = "pressure"
    records: ClassVar[tuple[type[Record], ...]] = (Pressure,)
    period: ClassVar[float] = 0.0

    def __init__(self, root: Path = PRESSURE) -> None:
        self._root = root

    def collect(self) -> Iterable[Pressure]:
        need_linux("pressure stall information")
        found = False
        for resource in RESOURCES:
            try:
                text = read_bytes(f"{self._root}/{resource}", MAX_BYTES).decode("ascii", "replace")
            except FileNotFoundError:
                continue  # irq came with Linux 6.1
            except OSError as fault:
                if fault.errno == errno.EOPNOTSUPP:
                    raise Unavailable("pressure is switched off; boot with psi=1") from fault
                raise
            found = True
            yield parse_pressure(resource, text)
        if not found:
            # Old kernels have the files when it is switched off, and new ones do not.
            raise Unavailable(
                "this kernel has no pressure information: it is built without CONFIG_PSI, or it "
                "is switched off; boot with psi=1"
            )


def parse_pressure(resource: str, text: str) -> Pressure:
    """One file of /proc/pressure, percentages made ratios. Raises ValueError for anything else."""
    values: dict[str, float] = {}
    for kind, avg10, avg60, avg300, total in _LINE.findall(text):
        values[kind] = int(total) / MICROSECONDS_A_SECOND
        values[f"{kind}_avg10"] = float(avg10) / 100
        values[f"{kind}_avg60"] = float(avg60) / 100
        values[f"{kind}_avg300"] = float(avg300) / 100
    if not values:
        raise ValueError(f"/proc/pressure/{resource} reads {text[:60]!r}")
    return Pressure(resource=resource, **values)
