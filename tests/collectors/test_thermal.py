"""Zones and what cools them: numbers of the kernel's, millidegrees made degrees."""

import sys
from pathlib import Path
from typing import Any

import pytest

from monitor.collectors.cooling import CoolingCollector, CoolingDevice
from monitor.collectors.thermal import ThermalCollector, ThermalZone
from monitor.model.sample import Unavailable
from tests.collectors.exporter import compare, ours, theirs, with_exporter
from tests.collectors.sources import by, on_linux
from tests.collectors.trees import grow, grow_text


@pytest.fixture
def sys_fs(tmp_path: Path) -> Path:
    return grow("thermal/laptop.tree", tmp_path)


def collectors(sys_fs: Path) -> list[Any]:
    return [kind(sys_fs / "class/thermal") for kind in (ThermalCollector, CoolingCollector)]


@on_linux
def test_zones_stand_in_order_with_what_they_are_of(sys_fs: Path) -> None:
    zones, _ = collectors(sys_fs)
    assert list(zones.collect()) == [
        ThermalZone(zone="0", type="acpitz", temperature=27.8),
        ThermalZone(zone="1", type="x86_pkg_temp", temperature=61.0),
        ThermalZone(zone="10", type="SEN1", temperature=-5.25),
    ]


@on_linux
def test_a_zone_that_sleeps_has_no_temperature(sys_fs: Path) -> None:
    (sys_fs / "class/thermal/thermal_zone0/temp").unlink()
    grow_text("class/thermal/thermal_zone0/temp: EIO", sys_fs)
    zones, _ = collectors(sys_fs)
    found = by("zone", zones.collect())
    assert (found["0"].temperature, found["0"].type) == (None, "acpitz")
    assert found["1"].temperature == 61.0


@on_linux
def test_what_cools_says_how_much_of_what_it_can(sys_fs: Path) -> None:
    _, devices = collectors(sys_fs)
    found = by("name", devices.collect())
    assert list(found) == ["0", "2", "11"]
    assert found["2"] == CoolingDevice(name="2", type="Fan", state=1, maximum=1)
    assert found["11"].state == -1


@on_linux
@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("tree", ["", "class/thermal/other: x"])
def test_a_machine_without_them_says_so(tmp_path: Path, at: int, tree: str) -> None:
    with pytest.raises(Unavailable, match="has no"):
        list(collectors(grow_text(tree, tmp_path))[at].collect())


@pytest.mark.parametrize("at", [0, 1])
def test_another_system_says_that_it_is_not_linux(
    monkeypatch: pytest.MonkeyPatch, sys_fs: Path, at: int
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(Unavailable, match="Linux"):
        list(collectors(sys_fs)[at].collect())


@on_linux
@with_exporter
def test_dashboards_find_what_node_exporter_gives_them(sys_fs: Path) -> None:
    found = [record for one in collectors(sys_fs) for record in one.collect()]
    compare(ours(found), theirs(sys_fs, "thermal_zone"))
