"""The time is the clock's; the clock sources are those of /sys."""

from pathlib import Path

import pytest

from monitor.clock import SystemClock
from monitor.collectors.wall_clock import (
    AvailableClocksource,
    Clocksource,
    Time,
    TimeCollector,
)
from monitor.model.schema import Schema
from monitor.wire.prometheus import Exposition
from monitor.wire.shapes import Shapes
from tests.collectors.sources import on_linux
from tests.support.clock import HandClock


def make(root: Path, device: int, current: str, available: str) -> None:
    directory = root / f"clocksource{device}"
    directory.mkdir()
    (directory / "current_clocksource").write_text(current, encoding="ascii")
    (directory / "available_clocksource").write_text(available, encoding="ascii")


@on_linux
def test_the_sources_are_told_with_node_exporters_labels(tmp_path: Path) -> None:
    make(tmp_path, 0, "tsc\n", "tsc kvm-clock acpi_pm \n")
    (tmp_path / "power").mkdir()
    records = list(TimeCollector(HandClock(wall=1_795_405_934.5), str(tmp_path)).collect())
    exposition = Exposition(Shapes(Schema({type(record) for record in records})))
    exposition.add(records)
    lines = [line for line in "".join(exposition.text()).splitlines() if line[0] != "#"]
    assert lines == [
        "node_time_seconds 1795405934.5",
        'node_time_clocksource_current_info{device="0",clocksource="tsc"} 1',
        'node_time_clocksource_available_info{device="0",clocksource="tsc"} 1',
        'node_time_clocksource_available_info{device="0",clocksource="kvm-clock"} 1',
        'node_time_clocksource_available_info{device="0",clocksource="acpi_pm"} 1',
    ]


@on_linux
def test_there_may_be_several_devices(tmp_path: Path) -> None:
    make(tmp_path, 0, "tsc\n", "tsc\n")
    make(tmp_path, 1, "hpet\n", "hpet\n")
    kinds = [type(one) for one in TimeCollector(HandClock(), str(tmp_path)).collect()]
    assert kinds == [Time, Clocksource, AvailableClocksource, Clocksource, AvailableClocksource]


@pytest.mark.parametrize("hidden", ["all", "files"])
@on_linux
def test_where_the_sources_are_hidden_there_is_the_time(tmp_path: Path, hidden: str) -> None:
    if hidden == "files":
        (tmp_path / "clocksource0").mkdir()
    nowhere = tmp_path / "nowhere" if hidden == "all" else tmp_path
    assert list(TimeCollector(HandClock(wall=5.0), str(nowhere)).collect()) == [Time(seconds=5.0)]


def test_it_is_the_systems_time() -> None:
    before = SystemClock().wall()
    found = next(iter(TimeCollector().collect()))
    after = SystemClock().wall()
    assert isinstance(found, Time)
    assert found.seconds is not None
    assert before <= found.seconds <= after
