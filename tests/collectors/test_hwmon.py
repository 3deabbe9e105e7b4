"""Sensors: what a chip says in thousandths, under the names that dashboards know."""

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from monitor.collectors import hwmon
from monitor.collectors.hwmon import HwmonCollector, clean_name, parse_attributes
from monitor.collectors.hwmon_sensors import Chip, Current, Fan, Power, Temperature, Voltage
from monitor.model.metric import Record
from monitor.model.sample import Unavailable
from tests.collectors.exporter import compare, ours, theirs, with_exporter
from tests.collectors.sources import by, known, on_linux
from tests.collectors.trees import grow, grow_text

CORE = "devices/platform/coretemp.0/hwmon/hwmon0"


@pytest.fixture
def sys_fs(tmp_path: Path) -> Path:
    return grow("hwmon/desktop.tree", tmp_path)


def collector(sys_fs: Path) -> HwmonCollector:
    return HwmonCollector(sys_fs / "class/hwmon")


def places(records: list[Record], kind: type[Record]) -> dict[str, Any]:
    return by("place", (record for record in records if type(record) is kind))


def read(sys_fs: Path, kind: type[Record]) -> dict[str, Any]:
    return places(list(collector(sys_fs).collect()), kind)


@on_linux
def test_a_temperature_has_its_limits_and_what_it_is_of(sys_fs: Path) -> None:
    package = read(sys_fs, Temperature)["platform_coretemp_0/temp1"]
    assert package == Temperature(
        place="platform_coretemp_0/temp1",
        chip="platform_coretemp_0",
        sensor="temp1",
        chip_name="coretemp",
        label="Package id 0",
        now=52.0,
        minimum=None,
        maximum=84.0,
        critical=100.0,
        critical_hysteresis=None,
        critical_alarm=False,
        alarm=None,
        fault=None,
    )


@on_linux
def test_sensors_stand_in_the_order_of_their_numbers(sys_fs: Path) -> None:
    cores = [place for place in read(sys_fs, Temperature) if "coretemp" in place]
    assert [place.rpartition("/")[2] for place in cores] == ["temp1", "temp2", "temp10"]


@on_linux
def test_a_sensor_that_does_not_answer_is_there_and_not_known(sys_fs: Path) -> None:
    found = read(sys_fs, Temperature)
    silent = found["platform_coretemp_0/temp10"]
    assert (silent.now, silent.critical, silent.label) == (None, 100.0, "Core 8")
    assert found["iwlwifi_1/temp1"].now is None
    assert found["platform_nct6775_656/temp8"].now is None, "garbage is no temperature"


@on_linux
def test_a_fan_that_stands_still_turns_at_0(sys_fs: Path) -> None:
    fan = read(sys_fs, Fan)["platform_nct6775_656/fan1"]
    assert (fan.speed, fan.minimum, fan.label) == (0, 300, None)
    assert fan.alarm is True


@on_linux
def test_volts_amperes_and_watts_are_told_in_full(sys_fs: Path) -> None:
    records = list(collector(sys_fs).collect())
    assert places(records, Voltage)["platform_nct6775_656/in0"].now == 1.016
    old_driver = places(records, Current)["i2c_0_0_0040/curr1"]
    assert (old_driver.now, old_driver.maximum, old_driver.chip_name) == (2.345, 5.0, None)
    powers = places(records, Power)
    assert powers["i2c_0_0_0040/power1"].now == 28.14
    assert known(powers["0000:00:03_1_0000:0a:00_0/power1"]) >= {"average", "cap", "label"}


@on_linux
def test_a_chip_is_told_with_its_driver_s_name(sys_fs: Path) -> None:
    chips = {r.chip: r.name for r in collector(sys_fs).collect() if isinstance(r, Chip)}
    assert chips["nvme_nvme0"] == "nvme"
    assert "i2c_0_0_0040" not in chips


@on_linux
def test_what_moves_is_read_anew_each_time(sys_fs: Path) -> None:
    one = collector(sys_fs)
    list(one.collect())
    (sys_fs / CORE / "temp1_input").write_text("99500\n")
    found = places(list(one.collect()), Temperature)
    assert found["platform_coretemp_0/temp1"].now == 99.5


@on_linux
def test_a_chip_that_comes_or_goes_is_seen_at_once(sys_fs: Path) -> None:
    one = collector(sys_fs)
    list(one.collect())
    grow_text("class/hwmon/hwmon9/name: new\nclass/hwmon/hwmon9/temp1_input: 20000", sys_fs)
    assert places(list(one.collect()), Temperature)["new/temp1"].now == 20.0
    shutil.rmtree(sys_fs / "class/hwmon/hwmon9")
    assert "new/temp1" not in places(list(one.collect()), Temperature)


@on_linux
def test_a_limit_that_is_changed_is_seen_within_a_minute(sys_fs: Path) -> None:
    one = collector(sys_fs)
    list(one.collect())
    (sys_fs / CORE / "temp1_max").write_text("70000\n")
    readings = int(60 / one.period)
    limits = [
        places(list(one.collect()), Temperature)["platform_coretemp_0/temp1"].maximum
        for _ in range(readings)
    ]
    assert limits[-1] == 70.0


@on_linux
def test_two_chips_of_one_name_are_not_two_things_of_one_name(tmp_path: Path) -> None:
    for number in (0, 1):
        chip = f"class/hwmon/hwmon{number}"
        grow_text(f"{chip}/name: twin\n{chip}/temp1_input: {number}000", tmp_path)
    records = list(collector(tmp_path).collect())
    assert [(r.place, r.now) for r in records if isinstance(r, Temperature)] == [
        ("twin/temp1", 0.0)
    ]
    assert sum(isinstance(r, Chip) for r in records) == 1


@on_linux
def test_no_more_are_read_than_is_reasonable(sys_fs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hwmon, "MAX_SENSORS", 3)
    assert len([r for r in collector(sys_fs).collect() if not isinstance(r, Chip)]) == 3


@pytest.mark.parametrize(
    ("file", "sensor"),
    [
        ("temp1_input", {"temp1": {"input": "temp1_input"}}),
        ("in0_max", {"in0": {"max": "in0_max"}}),
        ("pwm2", {"pwm2": {"": "pwm2"}}),
        ("temp01_label", {"temp1": {"label": "temp01_label"}}),
        ("temp_input", {}),
        ("power", {}),
        ("in_voltage0_raw", {}),
        ("__proto__", {}),
        ("temp\u0661_input", {}),
        ("Temp1_input", {}),
        ("temp1_input\n", {}),
    ],
)
def test_files_are_told_apart_by_their_names(file: str, sensor: dict[str, Any]) -> None:
    assert parse_attributes([file]) == sensor


@pytest.mark.parametrize(
    ("text", "name"),
    [("Core 0", "core_0"), ("k10temp\n", "k10temp"), ("-é:1_", ":1"), ("\udcff", ""), ("", "")],
)
def test_names_are_cleaned_as_node_exporter_does(text: str, name: str) -> None:
    assert clean_name(text) == name


@on_linux
@pytest.mark.parametrize("tree", ["", "class/hwmon/hwmon0/name: mute"])
def test_a_machine_without_sensors_says_so(tmp_path: Path, tree: str) -> None:
    with pytest.raises(Unavailable, match="no chip"):
        list(collector(grow_text(tree, tmp_path)).collect())


def test_another_system_says_that_it_is_not_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(Unavailable, match="Linux"):
        list(HwmonCollector().collect())


@on_linux
@with_exporter
def test_dashboards_find_what_node_exporter_gives_them(sys_fs: Path) -> None:
    compare(
        ours(collector(sys_fs).collect()),
        theirs(sys_fs, "hwmon"),
        "node_hwmon_fan_pulses",
        "node_hwmon_intrusion_alarm",
        "node_hwmon_pwm_auto_point1_temp",
    )
