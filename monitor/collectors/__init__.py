"""Every source that is read; registered here and nowhere else."""

from monitor.collectors.cgroup import CgroupCollector
from monitor.collectors.collector import Collector
from monitor.collectors.cpu import CpuCollector
from monitor.collectors.disk import DiskCollector
from monitor.collectors.filesystem import FilesystemCollector
from monitor.collectors.frequency import FrequencyCollector
from monitor.collectors.host import HostCollector
from monitor.collectors.load import LoadCollector
from monitor.collectors.memory import MemoryCollector
from monitor.collectors.network import NetworkCollector
from monitor.collectors.own import OwnCollector
from monitor.collectors.pressure import PressureCollector
from monitor.collectors.process import ProcessCollector
from monitor.model.metric import Record
from monitor.model.sample import CollectorStatus
from monitor.model.vitals import Vitals

# In the order in which they are read: what is cheap and never blocks first.
ALL: tuple[type[Collector], ...] = (
    CpuCollector,
    LoadCollector,
    MemoryCollector,
    PressureCollector,
    NetworkCollector,
    DiskCollector,
    CgroupCollector,
    HostCollector,
    OwnCollector,
    FrequencyCollector,
    ProcessCollector,
    FilesystemCollector,
)


def build(vitals: Vitals) -> tuple[Collector, ...]:
    """One of each; the monitor's own is told where it counts what it does."""
    return tuple(OwnCollector(vitals) if kind is OwnCollector else kind() for kind in ALL)


def record_types() -> tuple[type[Record], ...]:
    """All that may be read, and how the reading goes."""
    return (*(record for kind in ALL for record in kind.records), CollectorStatus)


def sources() -> dict[str, str]:
    """The name of the collector that reads each family."""
    return {record.FAMILY: kind.name for kind in ALL for record in kind.records}
