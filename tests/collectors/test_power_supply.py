"""Mains and batteries: what they hold, how long it lasts, and nothing made up."""

import sys
from collections import namedtuple
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor.collectors.power_supply import (
    PowerSupplyCollector,
    parse_uevent,
    supply_of,
    times_left,
)
from monitor.model.sample import Unavailable
from tests.collectors.exporter import compare, ours, theirs, with_exporter
from tests.collectors.sources import by, known, on_linux
from tests.collectors.trees import grow

SUPPLIES = "class/power_supply"
NOWHERE = Path("/nowhere")
Battery = namedtuple("Battery", "percent secsleft power_plugged")


@pytest.fixture
def sys_fs(tmp_path: Path) -> Path:
    return grow("power_supply/laptop.tree", tmp_path)


def read(sys_fs: Path) -> dict[str, Any]:
    return by("power_supply", PowerSupplyCollector(sys_fs / SUPPLIES).collect())


def figures(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in known(record)}


@on_linux
def test_mains_are_on_or_off(sys_fs: Path) -> None:
    found = read(sys_fs)
    assert figures(found["AC"]) == {"power_supply": "AC", "type": "Mains", "online": 0}
    assert found["ucsi"].online == 2, "a supply whose voltage is set says so"
    assert (found["ucsi"].voltage_max, found["ucsi"].current_max) == (20.0, 3.25)


@on_linux
def test_a_battery_says_how_full_it_is_and_how_long_it_lasts(sys_fs: Path) -> None:
    battery = read(sys_fs)["BAT0"]
    assert (battery.status, battery.charge_share, battery.power) == ("Discharging", 0.5, 7.5)
    assert (battery.energy, battery.energy_full, battery.energy_full_design) == (20, 40, 50)
    assert battery.health_share == 0.8
    assert (battery.time_to_empty, battery.time_to_full) == (pytest.approx(9600), None)
    assert battery.present is True


@on_linux
def test_one_that_counts_ampere_hours_does_so_too(sys_fs: Path) -> None:
    battery = read(sys_fs)["BAT1"]
    assert (battery.type, battery.current, battery.charge_full) == ("Battery", -1.5, 4.5)
    assert (battery.time_to_empty, battery.time_to_full) == (None, pytest.approx(3600))
    assert (battery.health_share, battery.temperature) == (0.9, 31.2)


@on_linux
def test_what_is_attached_is_told_from_what_feeds_the_machine(sys_fs: Path) -> None:
    found = read(sys_fs)
    assert found["hidpp_battery_0"].scope == "Device"
    assert known(found["hidpp_battery_0"]) & {"charge_share", "time_to_empty"} == set()


@on_linux
def test_one_that_is_taken_out_meanwhile_is_left_out(sys_fs: Path) -> None:
    (sys_fs / SUPPLIES / "BAT0/uevent").unlink()
    assert list(read(sys_fs)) == ["AC", "BAT1", "hidpp_battery_0", "ucsi"]


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ({"status": "Discharging", "energy": 10, "power": 5}, {"time_to_empty": 7200}),
        ({"status": "Discharging", "charge": 2, "current": -4}, {"time_to_empty": 1800}),
        ({"status": "Discharging", "energy": 10, "power": 0}, {}),
        ({"status": "Discharging", "power": 5}, {}),
        ({"status": "Discharging", "energy": 0, "power": 5}, {"time_to_empty": 0}),
        (
            {"status": "Discharging", "energy": 10, "power": 5, "time_to_empty_told": 60},
            {"time_to_empty": 60},
        ),
        (
            {"status": "Discharging", "energy": 10, "power": 5, "time_to_empty_told": 0},
            {"time_to_empty": 7200},
        ),
        (
            {"status": "Charging", "energy": 10, "energy_full": 20, "power": 5},
            {"time_to_full": 7200},
        ),
        ({"status": "Charging", "energy": 10, "power": 5}, {}),
        ({"status": "Charging", "energy": 21, "energy_full": 20, "power": 5}, {}),
        ({"status": "Full", "energy": 20, "energy_full": 20, "power": 5}, {}),
        ({"status": "Not charging", "energy": 20, "energy_full": 20, "power": 5}, {}),
        ({"energy": 10, "power": 5}, {}),
    ],
)
def test_the_time_left_is_known_or_not(told: dict[str, Any], left: dict[str, float]) -> None:
    assert times_left(told) == left


@pytest.mark.parametrize("value", ["", "x", "1e6", "0x10", "1_000", "\udcff", "9" * 30])
def test_what_is_no_number_is_not_known(value: str) -> None:
    supply = supply_of("BAT0", {"TYPE": "Battery", "CAPACITY": value, "ENERGY_NOW": value})
    assert known(supply) == {"power_supply", "type"}


def test_a_battery_without_a_design_has_no_health() -> None:
    supply = supply_of("b", {"ENERGY_FULL": "1000000", "ENERGY_FULL_DESIGN": "0"})
    assert (supply.energy_full, supply.health_share) == (1.0, None)


def test_lines_that_are_no_property_are_passed_over() -> None:
    text = "DEVTYPE=power_supply\nPOWER_SUPPLY_MODEL_NAME=a=b <c>\nPOWER_SUPPLY_X\nSTATUS=Full\n\n"
    assert parse_uevent(text) == {"MODEL_NAME": "a=b <c>"}


@on_linux
def test_a_machine_that_tells_of_none_says_so() -> None:
    with pytest.raises(Unavailable, match="no power supply"):
        list(PowerSupplyCollector(NOWHERE).collect())


def portable(patch: pytest.MonkeyPatch, battery: Battery | None) -> dict[str, Any]:
    patch.setattr(sys, "platform", "darwin")
    patch.setattr(psutil, "sensors_battery", lambda: battery)
    return by("power_supply", PowerSupplyCollector(NOWHERE).collect())


def test_elsewhere_it_is_what_psutil_says(monkeypatch: pytest.MonkeyPatch) -> None:
    found = portable(monkeypatch, Battery(57, 5400, False))
    assert found["mains"].online == 0
    assert (found["battery"].charge_share, found["battery"].time_to_empty) == (0.57, 5400)


@pytest.mark.parametrize("left", [psutil.POWER_TIME_UNKNOWN, psutil.POWER_TIME_UNLIMITED])
def test_elsewhere_too_a_time_may_be_unknown(monkeypatch: pytest.MonkeyPatch, left: int) -> None:
    found = portable(monkeypatch, Battery(100, left, True))
    assert found["mains"].online == 1
    assert found["battery"].time_to_empty is None


def test_elsewhere_too_there_may_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unavailable, match="no power supply"):
        portable(monkeypatch, None)


@on_linux
@with_exporter
def test_dashboards_find_what_node_exporter_gives_them(sys_fs: Path) -> None:
    # It reads the properties one by one, and gives up at what is no number.
    for supply in (sys_fs / SUPPLIES).iterdir():
        uevent = (supply / "uevent").read_bytes().replace(b"\xff", b"").replace(b"nonsense", b"")
        (supply / "uevent").write_bytes(uevent)
        for name, value in parse_uevent(uevent.decode()).items():
            if value:
                (supply / name.lower()).write_text(f"{value}\n")
    samples, types = ours(read(sys_fs).values())
    compare((samples, types), theirs(sys_fs, "powersupplyclass"))
