"""How many tasks want to run, on the average."""

from collections.abc import Iterable
from typing import ClassVar

import psutil

from monitor.model.metric import COUNT, Record, gauge, record


@record
class Load(Record):
    """Tasks that run or wait to run and, on Linux, that wait for a disk (proc_loadavg(5))."""

    FAMILY = "load"
    load1: float | None = gauge(COUNT, "Average over 1 minute", prom="node_load1")
    load5: float | None = gauge(COUNT, "Average over 5 minutes", prom="node_load5")
    load15: float | None = gauge(COUNT, "Average over 15 minutes", prom="node_load15")


class LoadCollector:
    """psutil's load averages."""

    name: ClassVar[str] = "load"
    records: ClassVar[tuple[type[Record], ...]] = (Load,)
    period: ClassVar[float] = 0.0

    def collect(self) -> Iterable[Record]:
        load1, load5, load15 = psutil.getloadavg()
        yield Load(load1=load1, load5=load5, load15=load15)
