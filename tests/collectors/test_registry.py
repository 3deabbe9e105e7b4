"""Every collector that there is, together: on this machine, and on one that is not Linux."""

import importlib
import pkgutil
import sys
import threading
from collections import namedtuple
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor import collectors
from monitor.clock import SystemClock
from monitor.collectors import cpu
from monitor.collectors.block_device import BlockDeviceCollector
from monitor.collectors.cgroup import CgroupCollector
from monitor.collectors.collector import Collector
from monitor.collectors.disk import DiskCollector
from monitor.collectors.frequency import FrequencyCollector
from monitor.collectors.host import HostCollector
from monitor.collectors.network import NetworkCollector
from monitor.collectors.pressure import PressureCollector
from monitor.live.reader import Reader
from monitor.model.derive import derive
from monitor.model.metric import Record
from monitor.model.sample import CollectorStatus, Sample, State, Unavailable
from monitor.model.schema import Schema
from monitor.model.vitals import Vitals
from tests.collectors.sources import LONG_S, on_linux, use_proc

NOWHERE = Path("/nowhere")
# What nothing else has.
LINUX_ONLY = {
    "arp",
    "cgroup",
    "conntrack",
    "containers",
    "cooling",
    "cpufreq",
    "edac",
    "entropy",
    "gpu",
    "hwmon",
    "interrupts",
    "kernel_hung",
    "limits",
    "meminfo",
    "net_class",
    "netstat",
    "oom",
    "pressure",
    "raid",
    "schedstat",
    "selinux",
    "sockstat",
    "sockets",
    "softnet",
    "stall",
    "stat",
    "systemd",
    "tcp",
    "tcpstat",
    "thermal",
    "throttle",
    "timex",
    "udp_queues",
    "units",
    "vmstat",
    "zfs",
}
# What the page shows. A field may be added at will; one that is renamed is missed there.
SHOWN = {
    "load": "load1 load5 load15",
    "frequency": "core current minimum maximum",
    "memory": "total available used used_share free active inactive buffers cached shared slab "
    "wired",
    "swap": "total used free used_share swapped_in swapped_out",
    "pressure": "resource some some_avg10 some_avg60 some_avg300 full full_avg10 full_avg60 "
    "full_avg300",
    "filesystem": "mountpoint device type remote size used available free used_share inodes "
    "inodes_used inodes_free inodes_used_share read_only responding",
    "disk": "device physical reads writes read_bytes written_bytes busy read_latency write_latency",
    "network": "interface physical up speed mtu receive_bytes transmit_bytes receive_packets "
    "transmit_packets receive_errors transmit_errors receive_drops transmit_drops",
    "host": "hostname os kernel architecture cpu_model cpus cores uptime",
    "cgroup": "path memory_limit memory_used memory_used_share cpu_limit cpu_usage cpu_used_share "
    "cpu_throttled",
    "monitor": "version pid cpu rss tick_duration tick_lateness ticks ticks_late ticks_missed "
    "viewers sent_bytes sent_messages viewer_bytes",
}


def read(collector: Collector, schema: Schema) -> tuple[Record, ...] | None:
    """What it reads, of kinds that can be shown; None where it says that there is nothing."""
    try:
        records = tuple(collector.collect())
    except Unavailable:
        return None
    for record in records:
        assert type(record) in collector.records
        schema.check(record)
    return records


def test_every_collector_that_there_is_is_registered() -> None:
    found = set()
    for module in pkgutil.iter_modules(collectors.__path__, "monitor.collectors."):
        for thing in vars(importlib.import_module(module.name)).values():
            if isinstance(thing, type) and thing is not Collector and hasattr(thing, "collect"):
                found.add(thing)
    assert found == set(collectors.ALL)


def test_each_has_a_name_and_records_of_its_own() -> None:
    names = [kind.name for kind in collectors.ALL]
    assert len(set(names)) == len(names)
    records = collectors.record_types()
    assert len(set(records)) == len(records)
    assert records[-1] is CollectorStatus
    assert collectors.sources().keys() == {r.FAMILY for r in records[:-1]}


def test_one_of_each_is_built() -> None:
    assert tuple(type(one) for one in collectors.build(Vitals())) == collectors.ALL


def test_what_the_page_shows_is_declared() -> None:
    schema = Schema(collectors.record_types())
    for name, wanted in SHOWN.items():
        family = schema.families[name]
        declared = {metric.field for metric in family.metrics} | {family.key}
        assert set(wanted.split()) <= declared, name


@pytest.mark.parametrize("name", [kind.name for kind in collectors.ALL])
def test_on_this_machine_each_reads_what_can_be_shown(name: str) -> None:
    schema = Schema(collectors.record_types())
    (collector,) = (one for one in collectors.build(Vitals()) if one.name == name)
    first, second = read(collector, schema), read(collector, schema)
    if first is None or second is None:
        pytest.skip(f"{name} is not on this machine")
    # A machine may well have no neighbours and no disk, and no sweep has been here.
    assert first or name in {"arp", "disk", "command"}
    for records in (first, second):
        families = [schema.family_of(record) for record in records]
        keys = [
            (family.name, getattr(record, family.key) if family.key else "")
            for family, record in zip(families, records, strict=True)
        ]
        assert len(set(keys)) == len(keys), "two things of one name"
    before, now = Sample(name, 1.0, 0.0, first), Sample(name, 2.0, 0.0, second)
    assert derive(schema, before, now).keys() == {record.FAMILY for record in second}


def test_no_thread_stays_behind() -> None:
    threads = set(threading.enumerate())
    schema = Schema(collectors.record_types())
    for collector in collectors.build(Vitals()):
        read(collector, schema)
    for thread in set(threading.enumerate()) - threads:
        thread.join(LONG_S)
        assert not thread.is_alive()


CpuTimes = namedtuple("CpuTimes", "user nice system idle")
Clock = namedtuple("Clock", "current min max")
Memory = namedtuple("Memory", "total available percent used free active inactive wired")
Swap = namedtuple("Swap", "total used free percent sin sout")
Disk = namedtuple("Disk", "read_count write_count read_bytes write_bytes read_time write_time")
Net = namedtuple(
    "Net", "bytes_sent bytes_recv packets_sent packets_recv errin errout dropin dropout"
)
Link = namedtuple("Link", "isup duplex speed mtu flags")
Volume = namedtuple("Volume", "device mountpoint fstype opts")
Battery = namedtuple("Battery", "percent secsleft power_plugged")


@pytest.fixture
def macos(monkeypatch: pytest.MonkeyPatch) -> None:
    times = CpuTimes(1.0, 2.0, 3.0, 4.0)
    answers: dict[str, Any] = {
        "cpu_times": lambda percpu=False: [times, times] if percpu else times,
        "cpu_freq": lambda percpu=False: [Clock(3200, 600, 3200)],
        "virtual_memory": lambda: Memory(100, 40, 60.0, 55, 10, 30, 25, 20),
        "swap_memory": lambda: Swap(10, 4, 6, 40.0, 7, 8),
        "disk_io_counters": lambda **_: {"disk0": Disk(1, 2, 3, 4, 5, 6)},
        "net_io_counters": lambda **_: {"en0": Net(1, 2, 3, 4, 5, 6, 7, 0)},
        "net_if_stats": lambda: {"en0": Link(True, 2, 0, 1500, "up")},
        "disk_partitions": lambda **_: [Volume("/dev/disk3s1s1", "/", "apfs", "ro,local")],
        "users": list,
        "sensors_battery": lambda: Battery(80, 3600, False),
    }
    for name, answer in answers.items():
        monkeypatch.setattr(psutil, name, answer)
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setitem(sys.modules, "pynvml", None)


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> list[Collector]:
    """One of each, and none finds what it reads in /proc and /sys by itself."""
    monkeypatch.setattr(cpu, "ONLINE", NOWHERE)
    looking_nowhere: dict[str, Collector] = {
        "block_device": BlockDeviceCollector(sys_block=NOWHERE),
        "cgroup": CgroupCollector(NOWHERE),
        "disk": DiskCollector(NOWHERE),
        "frequency": FrequencyCollector(NOWHERE),
        "host": HostCollector(NOWHERE),
        "network": NetworkCollector(NOWHERE, str(NOWHERE)),
        "pressure": PressureCollector(NOWHERE),
    }
    return [looking_nowhere.get(one.name, one) for one in collectors.build(Vitals())]


@on_linux
async def test_where_nothing_can_be_seen_each_says_so_and_the_round_ends(
    monkeypatch: pytest.MonkeyPatch, blind: list[Collector]
) -> None:
    use_proc(monkeypatch, NOWHERE)
    samples: list[Sample] = []
    reader = Reader(Schema(collectors.record_types()), SystemClock())
    deadline = SystemClock().monotonic() + LONG_S
    assert not await reader.read(blind, samples.append, LONG_S, deadline)
    reader.stop()
    assert [sample.collector for sample in samples] == [one.name for one in blind]
    for sample in samples:
        assert sample.state is State.OK or sample.reason, sample.collector
    states = {sample.collector: sample.state for sample in samples}
    assert (states["load"], states["host"]) == (State.OK, State.OK)
    absent = {states[name] for name in ("pressure", "cgroup", "network")}
    assert absent == {State.UNAVAILABLE}
    assert (states["cpu"], states["memory"]) == (State.ERROR, State.ERROR)


@pytest.mark.usefixtures("macos")
def test_on_macos_each_reads_what_there_is_or_says_why_not(blind: list[Collector]) -> None:
    schema = Schema(collectors.record_types())
    found = {one.name: read(one, schema) for one in blind}
    assert {name for name, records in found.items() if records is None} == LINUX_ONLY
    assert all(records for records in found.values() if records is not None)
