"""The load averages are the system's."""

import psutil
import pytest

from monitor.collectors.load import Load, LoadCollector
from tests.collectors import exporter
from tests.collectors.sources import on_linux, only


def test_each_average_is_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "getloadavg", lambda: (0.5, 12.25, 300.0))
    assert only(LoadCollector().collect()) == Load(load1=0.5, load5=12.25, load15=300.0)


def test_each_has_node_exporter_s_name() -> None:
    samples, types = exporter.ours([Load(load1=0.5, load5=12.25, load15=300.0)])
    assert {name: value for (name, _), value in samples.items()} == {
        "node_load1": 0.5,
        "node_load5": 12.25,
        "node_load15": 300.0,
    }
    assert set(types.values()) == {"gauge"}


@on_linux
def test_they_are_what_the_kernel_says() -> None:
    def told() -> list[float]:
        with open("/proc/loadavg", encoding="ascii") as file:
            return [float(word) for word in file.read().split()[:3]]

    # The kernel makes new ones every 5 s, which may be in the middle of this; /proc rounds them.
    before, load, after = told(), only(LoadCollector().collect()), told()
    for low, found, high in zip(before, (load.load1, load.load5, load.load15), after, strict=True):
        assert min(low, high) - 0.011 <= found <= max(low, high) + 0.011
