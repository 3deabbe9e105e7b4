"""What the monitor may have, and has, where a control group limits it."""

import errno
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from monitor.collectors import cgroup
from monitor.collectors.cgroup import CgroupCollector, parse_cpu_max
from monitor.collectors.collector import read_text
from monitor.model.sample import Unavailable
from tests.collectors.sources import FIXTURES, figures, known, on_linux, only
from tests.support.clock import HandClock

pytestmark = on_linux

MIB = 1 << 20
# What version 1 says where there is no limit: the most pages that fit, in bytes.
V1_NONE = "9223372036854771712\n"
SERVICE = "cgroup/system.slice/monitor.service"


def machine(at: Path, shape: str, tree: dict[str, dict[str, str]]) -> CgroupCollector:
    """A collector of a made-up machine: tests/fixtures/cgroup, and the files of each group."""
    proc = at / "proc"
    proc.mkdir(exist_ok=True)
    for name in ("cgroup", "mountinfo"):
        text = (FIXTURES / "cgroup" / shape / name).read_text(encoding="ascii")
        (proc / name).write_text(text.replace("@", str(at)))
    for directory, files in tree.items():
        (at / directory).mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (at / directory / name).write_text(text)
    return CgroupCollector(proc)


def v2_memory(limit: str, current: int = 0, inactive: int = 0) -> dict[str, str]:
    return {
        "memory.max": f"{limit}\n",
        "memory.current": f"{current}\n",
        "memory.stat": f"anon 1\nfile 2\ninactive_file {inactive}\ninactive_anon 7\n",
    }


def v2_cpu(limit: str, usage: int = 0, periods: int = 0, throttled: int = 0) -> dict[str, str]:
    return {
        "cpu.max": f"{limit}\n",
        "cpu.stat": f"usage_usec {usage}\nuser_usec 1\nsystem_usec 2\nnr_periods {periods}\n"
        f"nr_throttled {throttled}\nthrottled_usec 3\nnr_bursts 0\nburst_usec 0\n",
    }


def test_a_service_s_limits_are_its_own(tmp_path: Path) -> None:
    memory = v2_memory(str(512 * MIB), 300 * MIB, 44 * MIB)
    cpu = v2_cpu("150000 100000", usage=2_500_000, periods=10, throttled=4)
    found = only(machine(tmp_path, "v2-systemd", {SERVICE: memory | cpu}).collect())
    assert found.path == "/system.slice/monitor.service"
    assert (found.memory_limit, found.memory_used) == (512 * MIB, 256 * MIB)
    assert found.memory_used_share == 0.5
    assert (found.cpu_limit, found.cpu_usage) == (1.5, 2.5)
    assert (found.cpu_throttled, found.cpu_periods) == (4, 10)


def test_the_tightest_limit_on_the_way_up_counts_and_what_that_group_has(tmp_path: Path) -> None:
    tree = {
        SERVICE: v2_memory(str(512 * MIB), 10 * MIB) | v2_cpu("max 100000", usage=1),
        "cgroup/system.slice": v2_memory(str(256 * MIB), 128 * MIB)
        | v2_cpu("50000 100000", usage=7_000_000),
        "cgroup": {"memory.stat": "anon 1\n", "cpu.stat": "usage_usec 99\n"},
    }
    found = only(machine(tmp_path, "v2-systemd", tree).collect())
    assert (found.memory_limit, found.memory_used_share) == (256 * MIB, 0.5)
    assert (found.cpu_limit, found.cpu_usage) == (0.5, 7.0)


def test_a_container_s_limit_is_that_of_the_root_that_it_sees(tmp_path: Path) -> None:
    tree = {"cgroup": v2_memory(str(64 * MIB), 16 * MIB) | v2_cpu("max 100000")}
    found = only(machine(tmp_path, "v2-container", tree).collect())
    assert (found.path, found.memory_limit, found.memory_used_share) == ("/", 64 * MIB, 0.25)
    assert not known(found) & {"cpu_limit", "cpu_usage", "cpu_allowed", "cpu_throttled"}


def test_a_limit_of_the_processors_alone_is_one(tmp_path: Path) -> None:
    tree = {"cgroup": v2_memory("max", 16 * MIB) | v2_cpu("200000 100000")}
    found = only(machine(tmp_path, "v2-container", tree).collect())
    assert found.cpu_limit == 2.0
    assert not known(found) & {"memory_limit", "memory_used", "memory_used_share"}


@pytest.mark.parametrize(
    ("quota", "cpus", "limit"),
    [
        ("max 100000", "0-3,6\n", 5.0),
        ("200000 100000", "0-3,6\n", 2.0),
        ("600000 100000", "0-3,6\n", 5.0),
        ("600000 100000", "0-7\n", 6.0),
        ("600000 100000", "\n", 6.0),
    ],
)
def test_processors_that_it_must_keep_to_are_a_limit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, quota: str, cpus: str, limit: float
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    kept = {"cpuset.cpus.effective": cpus}
    tree = {SERVICE: v2_cpu(quota, usage=3_000_000) | kept, "cgroup": v2_cpu("max 1") | kept}
    found = only(machine(tmp_path, "v2-systemd", tree).collect())
    assert (found.cpu_limit, found.cpu_usage) == (limit, 3.0)


def test_to_keep_to_all_of_them_is_no_limit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    tree = {"cgroup": v2_cpu("max 100000") | {"cpuset.cpus.effective": "0-7\n"}}
    with pytest.raises(Unavailable, match="no limit"):
        list(machine(tmp_path, "v2-container", tree).collect())


def test_version_1_is_read_too(tmp_path: Path) -> None:
    tree = {
        "memory": {"memory.limit_in_bytes": V1_NONE},
        "memory/batch": {
            "memory.limit_in_bytes": f"{1024 * MIB}\n",
            "memory.usage_in_bytes": f"{600 * MIB}\n",
            "memory.stat": f"inactive_file 1\ntotal_cache 5\ntotal_inactive_file {88 * MIB}\n",
        },
        "memory/batch/job:7": {"memory.limit_in_bytes": V1_NONE},
        "cpu,cpuacct/batch/job:7": {
            "cpu.cfs_quota_us": "25000\n",
            "cpu.cfs_period_us": "100000\n",
            "cpu.stat": "nr_periods 50\nnr_throttled 20\nthrottled_time 123456789\n",
            "cpuacct.usage": "1500000000\n",
        },
        "cpu,cpuacct/batch": {"cpu.cfs_quota_us": "-1\n", "cpu.cfs_period_us": "100000\n"},
        "unified": {},
    }
    found = only(machine(tmp_path, "v1-host", tree).collect())
    assert found.path == "/batch/job:7"
    assert (found.memory_limit, found.memory_used) == (1024 * MIB, 512 * MIB)
    assert (found.cpu_limit, found.cpu_usage) == (0.25, 1.5)
    assert (found.cpu_throttled, found.cpu_periods) == (20, 50)


def test_version_1_may_count_and_limit_in_different_trees(tmp_path: Path) -> None:
    tree = {
        "cpu/a": {"cpu.cfs_quota_us": "50000", "cpu.cfs_period_us": "100000", "cpu.stat": ""},
        "cpuacct/a": {"cpuacct.usage": "3000000000"},
        "my tree/service": v2_memory(str(MIB), MIB),
    }
    found = only(machine(tmp_path, "hybrid", tree).collect())
    assert (found.cpu_limit, found.cpu_usage, found.cpu_periods) == (0.5, 3.0, None)
    assert (found.memory_limit, found.path) == (MIB, "/service")


@pytest.mark.parametrize("limit", ["max", str(1 << 62)])
def test_where_no_limit_applies_that_is_said(tmp_path: Path, limit: str) -> None:
    collector = machine(tmp_path, "v2-container", {"cgroup": v2_memory(limit) | v2_cpu("max 1")})
    with pytest.raises(Unavailable, match="no limit"):
        list(collector.collect())


def test_where_no_tree_is_mounted_no_limit_is_seen(tmp_path: Path) -> None:
    collector = machine(tmp_path, "v2-container", {})
    (tmp_path / "proc" / "mountinfo").write_text("27 1 259:2 / / rw - ext4 /dev/sda1 rw\n")
    with pytest.raises(Unavailable, match="no limit"):
        list(collector.collect())


def test_a_kernel_without_control_groups_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no control groups"):
        list(CgroupCollector(tmp_path).collect())


def test_another_system_says_that_it_is_not_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(Unavailable, match="Linux"):
        list(CgroupCollector().collect())


def test_what_cannot_be_read_is_not_known(tmp_path: Path) -> None:
    tree = {"cgroup": {"memory.max": str(MIB), "memory.current": "5", "cpu.max": "1000 1000"}}
    found = only(machine(tmp_path, "v2-container", tree).collect())
    assert known(found) == {"path", "memory_limit", "cpu_limit", "cpu_allowed"}


def test_memory_that_comes_out_at_less_than_nothing_is_not_known(tmp_path: Path) -> None:
    tree = {"cgroup": v2_memory(str(MIB), current=4096, inactive=8192)}
    found = only(machine(tmp_path, "v2-container", tree).collect())
    assert (found.memory_limit, found.memory_used, found.memory_used_share) == (MIB, None, None)


def test_a_process_outside_of_what_it_sees_is_under_none_of_those_limits(tmp_path: Path) -> None:
    collector = machine(tmp_path, "v2-outside", {"cgroup": v2_memory(str(MIB), 1)})
    with pytest.raises(Unavailable, match="no limit"):
        list(collector.collect())


@pytest.mark.parametrize("name", ["a\rb", "__proto__", "a:b", "<img src=x>", "\udcff"])
def test_a_group_s_name_is_whatever_it_is(tmp_path: Path, name: str) -> None:
    collector = machine(tmp_path, "v2-container", {f"cgroup/{name}": v2_memory(str(MIB), 1)})
    (tmp_path / "proc" / "cgroup").write_bytes(os.fsencode(f"0::/{name}\n"))
    found = only(collector.collect())
    assert (found.path, found.memory_limit) == (f"/{name}", MIB)


@pytest.mark.parametrize("gone", ["memory.stat", "memory.current", "cpu.stat"])
def test_what_vanishes_while_it_is_read_is_a_gap(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, gone: str
) -> None:
    def read(path: Path) -> str:
        if path.name == gone:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV), str(path))
        return read_text(path)

    monkeypatch.setattr(cgroup, "read_text", read)
    tree = {"cgroup": v2_memory(str(MIB), 4096) | v2_cpu("1000 1000", usage=5)}
    found = only(machine(tmp_path, "v2-container", tree).collect())
    assert (found.memory_limit, found.cpu_limit) == (MIB, 1.0)
    assert (found.cpu_usage if gone == "cpu.stat" else found.memory_used) is None


def test_a_limit_of_nothing_is_a_limit_without_a_share(tmp_path: Path) -> None:
    tree = {"cgroup": v2_memory("0", MIB)}
    found = only(machine(tmp_path, "v2-container", tree).collect())
    assert (found.memory_limit, found.memory_used, found.memory_used_share) == (0, MIB, None)


@pytest.mark.parametrize(
    ("text", "processors"),
    [("max 100000\n", None), ("", None), ("50000 100000\n", 0.5), ("1000 1000000", 0.001)],
)
def test_what_the_processors_limit_says(text: str, processors: float | None) -> None:
    assert parse_cpu_max(text) == processors


@pytest.mark.parametrize("text", ["50000", "x 100000", "1 0", "-1 100000", "1.5 2", "\x00 1"])
def test_what_is_no_limit_of_processors_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"cpu\.max reads"):
        parse_cpu_max(text)


def readings(collector: CgroupCollector, where: Path, *cpu: dict[str, str]) -> list[list[Any]]:
    taken = []
    for files in cpu:
        for name, text in files.items():
            (where / name).write_text(text)
        taken.append(list(collector.collect()))
    return taken


def test_throttling_is_a_share_of_the_periods_in_which_it_ran(tmp_path: Path) -> None:
    collector = machine(tmp_path, "v2-container", {"cgroup": {}})
    before, now, idle = readings(
        collector,
        tmp_path / "cgroup",
        v2_cpu("50000 100000", usage=0, periods=10, throttled=5),
        v2_cpu("50000 100000", usage=1_000_000, periods=30, throttled=10),
        v2_cpu("50000 100000", usage=1_000_000, periods=30, throttled=10),
    )
    shown = figures(before, now, elapsed=4.0)["cgroup"]
    assert shown["cpu_throttled"] == 0.25
    assert shown["cpu_usage"] == 0.25
    assert "cpu_throttled" not in figures(now, idle)["cgroup"]


def test_the_share_of_the_allowance_is_of_the_limit_over_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clock = HandClock()
    monkeypatch.setattr(cgroup, "SystemClock", lambda: clock)
    collector = machine(tmp_path, "v2-container", {"cgroup": v2_cpu("400000 100000")})
    before = list(collector.collect())
    clock.advance(2.0)
    (tmp_path / "cgroup" / "cpu.stat").write_text("usage_usec 6000000\n")
    now = list(collector.collect())
    # Of four processors for two seconds.
    assert only(now).cpu_allowed - only(before).cpu_allowed == 8.0
    shown = figures(before, now, elapsed=2.0)["cgroup"]
    assert (shown["cpu_used_share"], shown["cpu_usage"]) == (0.75, 3.0)
    assert "cpu_allowed" not in shown


def test_when_another_limit_becomes_the_tightest_no_rate_is_made_across(tmp_path: Path) -> None:
    parent, own = "cgroup/system.slice", SERVICE
    tree = {parent: v2_cpu("max 100000", usage=900_000_000), own: v2_cpu("400000 100000", usage=5)}
    collector = machine(tmp_path, "v2-systemd", tree)
    before = list(collector.collect())
    (tmp_path / parent / "cpu.max").write_text("100000 100000\n")
    now, then = list(collector.collect()), list(collector.collect())
    assert (only(now).cpu_limit, only(now).cpu_usage) == (1.0, None)
    for old, new in ((before, now), (now, then)):
        assert "cpu_usage" not in figures(old, new)["cgroup"]
    assert only(then).cpu_usage == 900.0


def test_a_group_that_is_gone_is_no_error(tmp_path: Path) -> None:
    tree = {"cgroup": v2_memory(str(MIB), 5), "cgroup/system.slice": {}}
    found = only(machine(tmp_path, "v2-systemd", tree).collect())
    assert (found.memory_limit, found.path) == (MIB, "/system.slice/monitor.service")


def test_this_machine_has_a_limit_or_has_none() -> None:
    try:
        found = only(CgroupCollector().collect())
    except Unavailable as absent:
        pytest.skip(str(absent))
    assert found.path is not None
    if found.cpu_limit is not None:
        assert 0 < found.cpu_limit < 100 * (os.cpu_count() or 1)
    if found.memory_limit is not None:
        assert found.memory_limit > 0
