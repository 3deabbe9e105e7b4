"""A processor's frequency is told of that processor, or not at all."""

import errno
import os
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor.collectors import cpu, frequency
from monitor.collectors.collector import read_text
from monitor.collectors.frequency import Frequency, FrequencyCollector
from monitor.model.sample import Unavailable
from tests.collectors.sources import by, only

Told = namedtuple("Told", "current min max")
NOWHERE = Path("/nowhere")


def answers(patch: pytest.MonkeyPatch, answer: Callable[[], Any]) -> None:
    patch.setattr(psutil, "cpu_freq", lambda percpu=False: answer())


def policies(at: Path, **cores: str) -> Path:
    for name, affected in cores.items():
        (at / name).mkdir()
        (at / name / "affected_cpus").write_text(affected)
    return at


def test_megahertz_become_hertz(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, lambda: [Told(2400.5, 800.0, 4700.0)])
    assert only(FrequencyCollector(NOWHERE).collect()) == Frequency(
        core="0", current=2_400_500_000, minimum=800_000_000, maximum=4_700_000_000
    )


@pytest.mark.parametrize("unknown", [0, 0.0, None])
def test_bounds_that_are_not_known_are_not_0(
    monkeypatch: pytest.MonkeyPatch, unknown: float | None
) -> None:
    answers(monkeypatch, lambda: [Told(2400.0, unknown, unknown)])
    found = only(FrequencyCollector(NOWHERE).collect())
    assert (found.minimum, found.maximum) == (None, None)


@pytest.mark.parametrize(
    "fault",
    [NotImplementedError, FileNotFoundError, AttributeError, RuntimeError, SystemError],
)
def test_where_it_cannot_be_read_that_is_said(
    monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    def fail() -> None:
        raise fault

    answers(monkeypatch, fail)
    with pytest.raises(Unavailable, match="does not tell"):
        list(FrequencyCollector(NOWHERE).collect())


@pytest.mark.parametrize("nothing", [None, []])
def test_where_there_is_none_that_is_said(monkeypatch: pytest.MonkeyPatch, nothing: Any) -> None:
    answers(monkeypatch, lambda: nothing)
    with pytest.raises(Unavailable, match="does not tell"):
        list(FrequencyCollector(NOWHERE).collect())


def test_cores_have_the_kernel_s_numbers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "online").write_text("0,2\n")
    monkeypatch.setattr(cpu, "ONLINE", tmp_path / "online")
    answers(monkeypatch, lambda: [Told(1000, 0, 0), Told(2000, 0, 0)])
    found = by("core", FrequencyCollector(NOWHERE).collect())
    assert {core: told.current for core, told in found.items()} == {"0": 1e9, "2": 2e9}


def test_a_cluster_s_frequency_is_that_of_each_of_its_cores(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answers(monkeypatch, lambda: [Told(1800, 0, 0), Told(2400, 0, 0), Told(3000, 0, 0)])
    clusters = policies(tmp_path, policy10="10 11\n", policy0="0 1 2 3\n", policy4="4 5\n")
    found = by("core", FrequencyCollector(clusters).collect())
    assert {core: told.current for core, told in found.items()} == {
        **dict.fromkeys("0123", 1.8e9),
        **dict.fromkeys("45", 2.4e9),
        **dict.fromkeys(("10", "11"), 3e9),
    }


def test_a_core_that_is_offline_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # psutil has 0 of it.
    answers(monkeypatch, lambda: [Told(1800, 0, 0), Told(0, 0, 0), Told(2400, 0, 0)])
    found = policies(tmp_path, policy0="0\n", policy1="\n", policy2="2\n")
    assert [r.core for r in by("core", FrequencyCollector(found).collect()).values()] == ["0", "2"]


def test_a_cluster_that_is_offline_moves_no_other_s_frequency(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def read(path: Path) -> str:
        if path.parent.name == "policy4":
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(path))
        return read_text(path)

    monkeypatch.setattr(frequency, "read_text", read)
    answers(monkeypatch, lambda: [Told(1800, 0, 0), Told(0, 0, 0), Told(3000, 0, 0)])
    clusters = policies(tmp_path, policy0="0 1\n", policy4="", policy6="6 7\n")
    found = by("core", FrequencyCollector(clusters).collect())
    assert {core: told.current for core, told in found.items()} == {
        **dict.fromkeys("01", 1.8e9),
        **dict.fromkeys("67", 3e9),
    }


@pytest.mark.parametrize(
    "odd", [{"policy0": "x y"}, {"policyx": "0"}, {"policy0": "", "policy1": ""}]
)
def test_policies_that_are_not_understood_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, odd: dict[str, str]
) -> None:
    answers(monkeypatch, lambda: [Told(1800, 0, 0)])
    found = only(FrequencyCollector(policies(tmp_path, **odd)).collect())
    assert (found.core, found.current) == ("0", 1.8e9)


def test_this_machine_tells_of_cores_that_it_has_or_says_why_not() -> None:
    cores = {str(number) for number in cpu.core_numbers(psutil.cpu_count() or 1)}
    try:
        found = by("core", FrequencyCollector().collect())
    except Unavailable as absent:
        pytest.skip(str(absent))
    assert found.keys() <= cores
    assert all(1e6 < told.current < 1e11 for told in found.values())
