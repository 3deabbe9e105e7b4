"""Throttling: each core and each package once, by whichever of its threads node_exporter asks."""

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from monitor.collectors.throttle import CoreThrottle, PackageThrottle, ThrottleCollector
from monitor.model.sample import Unavailable
from tests.collectors.exporter import compare, ours, theirs, with_exporter
from tests.collectors.sources import figures, on_linux
from tests.collectors.trees import grow, grow_text

CPUS = "devices/system/cpu"


@pytest.fixture
def sys_fs(tmp_path: Path) -> Path:
    return grow("throttle/xeon.tree", tmp_path)


def read(sys_fs: Path) -> list[Any]:
    return list(ThrottleCollector(sys_fs / CPUS).collect())


@on_linux
def test_threads_of_one_core_are_counted_once(sys_fs: Path) -> None:
    cores = {r.place: r.events for r in read(sys_fs) if isinstance(r, CoreThrottle)}
    assert cores == {"0/0": 5, "0/1": 0, "1/0": 11}


@on_linux
def test_packages_are_counted_once(sys_fs: Path) -> None:
    packages = {r.package: r.events for r in read(sys_fs) if isinstance(r, PackageThrottle)}
    assert packages == {"0": 30, "1": 7}


@on_linux
def test_the_time_is_told_where_the_kernel_has_it(sys_fs: Path) -> None:
    times = {r.place: r.throttled for r in read(sys_fs) if isinstance(r, CoreThrottle)}
    assert times == {"0/0": 1.25, "0/1": None, "1/0": None}


@on_linux
def test_the_share_of_time_spent_throttled_is_shown(sys_fs: Path) -> None:
    before = read(sys_fs)
    told = sys_fs / CPUS / "cpu0/thermal_throttle/core_throttle_total_time_ms"
    told.write_text("2250\n")
    shown = figures(before, read(sys_fs), elapsed=2.0)
    assert shown["core_throttle"]["0/0"]["throttled"] == pytest.approx(0.5)
    assert shown["core_throttle"]["0/0"]["events"] == 0


@on_linux
def test_a_processor_taken_offline_is_left_out_and_comes_back(sys_fs: Path) -> None:
    one = ThrottleCollector(sys_fs / CPUS)
    whole = list(one.collect())
    shutil.move(sys_fs / CPUS / "cpu3/thermal_throttle", sys_fs / "aside")
    assert "1/0" not in {r.place for r in one.collect() if isinstance(r, CoreThrottle)}
    shutil.move(sys_fs / "aside", sys_fs / CPUS / "cpu3/thermal_throttle")
    assert list(one.collect()) == whole


@on_linux
@pytest.mark.parametrize(
    "tree",
    ["", "cpu0/topology/core_id: 0\ncpu0/topology/physical_package_id: 0", "cpufreq/boost: 1"],
)
def test_processors_that_do_not_count_it_say_so(tmp_path: Path, tree: str) -> None:
    with pytest.raises(Unavailable, match="do not count"):
        list(ThrottleCollector(grow_text(tree, tmp_path)).collect())


def test_another_system_says_that_it_is_not_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(Unavailable, match="Linux"):
        list(ThrottleCollector().collect())


@on_linux
@with_exporter
def test_dashboards_find_what_node_exporter_gives_them(sys_fs: Path) -> None:
    samples, types = ours(read(sys_fs))
    compare((samples, types), theirs(sys_fs, "cpu"), "node_cpu_(seconds|guest|frequency).*")
