"""Memory errors: by controller and by row, none taken for another's."""

import sys
from pathlib import Path
from typing import Any

import pytest

from monitor.collectors.edac import EdacCollector, MemoryController, MemoryRow
from monitor.model.sample import Unavailable
from tests.collectors.exporter import compare, ours, theirs, with_exporter
from tests.collectors.sources import on_linux
from tests.collectors.trees import grow, grow_text

EDAC = "devices/system/edac/mc"


@pytest.fixture
def sys_fs(tmp_path: Path) -> Path:
    return grow("edac/server.tree", tmp_path)


def read(sys_fs: Path) -> list[Any]:
    return list(EdacCollector(sys_fs / EDAC).collect())


@on_linux
def test_errors_are_told_by_controller_and_by_row(sys_fs: Path) -> None:
    found = read(sys_fs)
    assert [(r.controller, r.corrected, r.uncorrected) for r in found[:1]] == [("0", 3, 1)]
    rows = {r.place: (r.corrected, r.uncorrected) for r in found if isinstance(r, MemoryRow)}
    assert rows == {"0/unknown": (2, 0), "0/0": (1, 1), "0/12": (0, 0), "1/unknown": (0, 0)}
    assert [r.controller for r in found if isinstance(r, MemoryController)] == ["0", "1"]


@on_linux
def test_a_count_that_cannot_be_read_is_not_0(sys_fs: Path) -> None:
    (sys_fs / EDAC / "mc1/ue_count").unlink()
    controllers = {r.controller: r for r in read(sys_fs) if isinstance(r, MemoryController)}
    assert (controllers["1"].corrected, controllers["1"].uncorrected) == (0, None)


@on_linux
def test_a_machine_that_tells_of_no_errors_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="memory controller"):
        list(EdacCollector(grow_text("power/control: auto", tmp_path)).collect())


def test_another_system_says_that_it_is_not_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(Unavailable, match="Linux"):
        list(EdacCollector().collect())


@on_linux
@with_exporter
def test_dashboards_find_what_node_exporter_gives_them(sys_fs: Path) -> None:
    compare(ours(read(sys_fs)), theirs(sys_fs, "edac"))
