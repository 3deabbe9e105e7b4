"""The processors' clock, by node_exporter's names and in hertz."""

import sys
from pathlib import Path

import pytest

from monitor.collectors.cpufreq import CpuFrequency, CpuFrequencyCollector, Governor
from monitor.model.sample import Unavailable
from tests.collectors.exporter import compare, ours, theirs, with_exporter
from tests.collectors.sources import by, known, on_linux
from tests.collectors.trees import grow


def collector(root: Path) -> CpuFrequencyCollector:
    return CpuFrequencyCollector(root / "devices/system/cpu")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return grow("cpufreq/laptop.tree", tmp_path)


@on_linux
def test_kilohertz_become_hertz(root: Path) -> None:
    found = by("cpu", (r for r in collector(root).collect() if type(r) is CpuFrequency))
    assert found["0"] == CpuFrequency(
        cpu="0",
        hardware=1_799_988_000,
        hardware_minimum=400_000_000,
        hardware_maximum=4_700_000_000,
        scaling=1_800_000_000,
        scaling_minimum=800_000_000,
        scaling_maximum=3_600_000_000,
    )
    assert "hardware" not in known(found["10"])
    assert list(found) == ["0", "10"]


@on_linux
def test_each_rule_says_whether_it_is_in_force(root: Path) -> None:
    found = by("place", (r for r in collector(root).collect() if type(r) is Governor))
    assert {place: rule.active for place, rule in found.items()} == {
        "0/performance": False,
        "0/powersave": True,
        "10/performance": True,
        "10/powersave": False,
    }


@on_linux
@with_exporter
def test_node_exporter_says_the_same(root: Path) -> None:
    found, wanted = ours(collector(root).collect()), theirs(root, "cpufreq")
    # Debian's is older than the rules.
    rules = {place for place in found[0] if place[0] == "node_cpu_scaling_governor"}
    assert len(rules) == 4
    compare(({p: v for p, v in found[0].items() if p not in rules}, found[1]), wanted)


@on_linux
def test_a_machine_without_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="clock"):
        list(collector(tmp_path).collect())


def test_another_system_says_that_it_is_not_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(Unavailable, match="Linux"):
        list(CpuFrequencyCollector().collect())
