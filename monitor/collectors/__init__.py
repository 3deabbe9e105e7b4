"""Every source that is read; registered here and nowhere else."""

from monitor.collectors.arp import ArpCollector
from monitor.collectors.block_device import BlockDeviceCollector
from monitor.collectors.cgroup import CgroupCollector
from monitor.collectors.collector import Collector
from monitor.collectors.conntrack import ConntrackCollector
from monitor.collectors.containers import ContainersCollector
from monitor.collectors.cooling import CoolingCollector
from monitor.collectors.cpu import CpuCollector
from monitor.collectors.cpu_seconds import CpuSecondsCollector
from monitor.collectors.cpufreq import CpuFrequencyCollector
from monitor.collectors.disk import DiskCollector
from monitor.collectors.edac import EdacCollector
from monitor.collectors.entropy import EntropyCollector
from monitor.collectors.filesystem import FilesystemCollector
from monitor.collectors.frequency import FrequencyCollector
from monitor.collectors.gpu import GpuCollector
from monitor.collectors.host import HostCollector
from monitor.collectors.hwmon import HwmonCollector
from monitor.collectors.interrupts import InterruptsCollector
from monitor.collectors.kernel_hung import KernelHungCollector
from monitor.collectors.limits import LimitsCollector
from monitor.collectors.load import LoadCollector
from monitor.collectors.machine import MachineCollector
from monitor.collectors.meminfo import MeminfoCollector
from monitor.collectors.memory import MemoryCollector
from monitor.collectors.mount import MountCollector
from monitor.collectors.net_class import NetClassCollector
from monitor.collectors.netstat import NetstatCollector
from monitor.collectors.network import NetworkCollector
from monitor.collectors.oom import OomCollector
from monitor.collectors.own import OwnCollector
from monitor.collectors.own_process import OwnProcessCollector
from monitor.collectors.power_supply import PowerSupplyCollector
from monitor.collectors.pressure import PressureCollector
from monitor.collectors.process import CommandCollector, ProcessCollector
from monitor.collectors.raid import RaidCollector
from monitor.collectors.schedstat import SchedstatCollector
from monitor.collectors.selinux import SelinuxCollector
from monitor.collectors.sockets import SocketsCollector
from monitor.collectors.sockstat import SockstatCollector
from monitor.collectors.softnet import SoftnetCollector
from monitor.collectors.stall import StallCollector
from monitor.collectors.stat import StatCollector
from monitor.collectors.systemd import SystemdCollector
from monitor.collectors.tcp import TcpCollector
from monitor.collectors.tcp_states import TcpStatesCollector
from monitor.collectors.thermal import ThermalCollector
from monitor.collectors.throttle import ThrottleCollector
from monitor.collectors.timex import TimexCollector
from monitor.collectors.udp_queues import UdpQueuesCollector
from monitor.collectors.units import UnitsCollector
from monitor.collectors.users import UsersCollector
from monitor.collectors.vmstat import VmstatCollector
from monitor.collectors.wall_clock import TimeCollector
from monitor.collectors.zfs import ZfsCollector
from monitor.model.metric import Record
from monitor.model.sample import CollectorStatus
from monitor.model.vitals import Vitals

# In the order in which they are read: what is cheap and never blocks first.
ALL: tuple[type[Collector], ...] = (
    CpuCollector,
    LoadCollector,
    StatCollector,
    LimitsCollector,
    OomCollector,
    TcpCollector,
    MemoryCollector,
    PressureCollector,
    NetworkCollector,
    DiskCollector,
    CgroupCollector,
    HostCollector,
    OwnCollector,
    FrequencyCollector,
    KernelHungCollector,
    SelinuxCollector,
    ArpCollector,
    TimexCollector,
    EntropyCollector,
    TimeCollector,
    SoftnetCollector,
    SchedstatCollector,
    SockstatCollector,
    MeminfoCollector,
    CpuSecondsCollector,
    StallCollector,
    MachineCollector,
    OwnProcessCollector,
    BlockDeviceCollector,
    VmstatCollector,
    ConntrackCollector,
    UdpQueuesCollector,
    InterruptsCollector,
    NetstatCollector,
    NetClassCollector,
    CpuFrequencyCollector,
    TcpStatesCollector,
    ProcessCollector,
    CommandCollector,
    ThrottleCollector,
    ThermalCollector,
    CoolingCollector,
    EdacCollector,
    RaidCollector,
    ZfsCollector,
    UsersCollector,
    PowerSupplyCollector,
    HwmonCollector,
    GpuCollector,
    SocketsCollector,
    FilesystemCollector,
    MountCollector,
    ContainersCollector,
    UnitsCollector,
    SystemdCollector,
)


def build(vitals: Vitals) -> tuple[Collector, ...]:
    """One of each; the monitor's own is told where it counts what it does."""
    processes = ProcessCollector()
    made: dict[type[Collector], Collector] = {
        OwnCollector: OwnCollector(vitals),
        ProcessCollector: processes,
        CommandCollector: CommandCollector(processes),
    }
    return tuple(made[kind] if kind in made else kind() for kind in ALL)


def record_types() -> tuple[type[Record], ...]:
    """All that may be read, and how the reading goes."""
    return (*(record for kind in ALL for record in kind.records), CollectorStatus)


def sources() -> dict[str, str]:
    """The name of the collector that reads each family."""
    return {record.FAMILY: kind.name for kind in ALL for record in kind.records}
