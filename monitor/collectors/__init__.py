"""Every source that is read; registered here and nowhere else."""

from monitor.collectors.collector import Collector
from monitor.collectors.cpu import CpuCollector
from monitor.model.metric import Record
from monitor.model.sample import CollectorStatus
from monitor.model.vitals import Vitals

ALL = (CpuCollector,)


def build(vitals: Vitals) -> tuple[Collector, ...]:
    """One of each."""
    return tuple(make() for make in ALL)


def record_types() -> tuple[type[Record], ...]:
    """All that may be read, and how the reading goes."""
    return (*(record for collector in ALL for record in collector.records), CollectorStatus)
