"""The totals of pressure, by node_exporter's names."""

from pathlib import Path

import pytest

from monitor.collectors.pressure import PressureCollector
from monitor.collectors.stall import StallCollector
from monitor.model.sample import Unavailable
from tests.collectors.exporter import ours
from tests.collectors.sources import FIXTURES, known, on_linux, only

SHAPES = FIXTURES / "pressure"


@on_linux
def test_each_total_has_node_exporter_s_name() -> None:
    samples, types = ours(StallCollector(SHAPES / "linux-6.1").collect())
    read = {r.resource: r for r in PressureCollector(SHAPES / "linux-6.1").collect()}
    names = {
        "node_pressure_cpu_waiting_seconds_total": read["cpu"].some,
        "node_pressure_memory_waiting_seconds_total": read["memory"].some,
        "node_pressure_memory_stalled_seconds_total": read["memory"].full,
        "node_pressure_io_waiting_seconds_total": read["io"].some,
        "node_pressure_io_stalled_seconds_total": read["io"].full,
        "node_pressure_irq_stalled_seconds_total": read["irq"].full,
    }
    assert {name: value for (name, _), value in samples.items()} == names
    assert len(set(names.values())) == len(names)
    assert set(types.values()) == {"counter"}


@on_linux
def test_what_an_older_kernel_does_not_tell_is_not_known() -> None:
    assert "irq_full" not in known(only(StallCollector(SHAPES / "linux-5.4").collect()))


@on_linux
def test_a_kernel_without_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="CONFIG_PSI"):
        list(StallCollector(tmp_path / "none").collect())
