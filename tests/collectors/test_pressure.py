"""Pressure: percentages become ratios, microseconds become seconds, and absence has a reason."""

import errno
import sys
from pathlib import Path
from typing import Any

import pytest

from monitor.collectors import pressure
from monitor.collectors.pressure import Pressure, PressureCollector, parse_pressure
from monitor.model.sample import Unavailable
from tests.collectors.sources import FIXTURES, by, figures, known, on_linux, only

SHAPES = FIXTURES / "pressure"


def read(shape: str) -> dict[str, Any]:
    return by("resource", PressureCollector(SHAPES / shape).collect())


def rounded(record: Pressure) -> dict[str, Any]:
    return {
        name: round(value, 9) if isinstance(value := getattr(record, name), float) else value
        for name in known(record)
    }


@on_linux
def test_the_first_kernels_have_no_full_pressure_of_the_processor() -> None:
    found = read("linux-5.4")
    assert list(found) == ["cpu", "memory", "io"]
    assert rounded(found["cpu"]) == {
        "resource": "cpu",
        "some": 1088.168194,
        "some_avg10": 0.0153,
        "some_avg60": 0.0187,
        "some_avg300": 0.0173,
    }
    assert found["memory"].full == pytest.approx(1.429641)


@on_linux
def test_later_ones_do() -> None:
    cpu = read("linux-5.13")["cpu"]
    assert (cpu.some, cpu.some_avg10, cpu.full) == (0.5, 0.25, 0)


@on_linux
def test_interrupts_have_full_pressure_only() -> None:
    found = read("linux-6.1")
    assert list(found) == ["cpu", "memory", "io", "irq"]
    assert rounded(found["irq"]) == {
        "resource": "irq",
        "full": 7.654321,
        "full_avg10": 0.0012,
        "full_avg60": 0.0005,
        "full_avg300": 0.0001,
    }


@on_linux
def test_what_a_later_kernel_adds_is_passed_over() -> None:
    io = only(PressureCollector(SHAPES / "strange").collect())
    assert (io.some_avg10, io.some_avg60) == (1.0, pytest.approx(0.9999))
    assert io.some == pytest.approx(2**64 / 1e6)
    assert io.full == pytest.approx(1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "garbage",
        "some avg10=x avg60=0.00 avg300=0.00 total=0",
        "some avg10=1.2.3 avg60=0.00 avg300=0.00 total=0",
        "some avg10=0.00 avg60=0.00 avg300=0.00 total=-1",
        "some avg10=0.00 avg60=0.00",
        "some avg10=\u0661 avg60=0 avg300=0 total=1",
        "__proto__ avg10=0 avg60=0 avg300=0 total=1",
        "\udcff\udcfe",
    ],
)
def test_what_is_no_pressure_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"reads|could not convert"):
        parse_pressure("io", text)


@on_linux
def test_the_total_is_shown_as_the_share_of_time_in_which_tasks_waited() -> None:
    before = parse_pressure("io", "some avg10=0 avg60=0 avg300=0 total=1000000")
    now = parse_pressure("io", "some avg10=0 avg60=0 avg300=0 total=1500000")
    assert figures([before], [now], elapsed=2.0)["pressure"]["io"]["some"] == pytest.approx(0.25)


@on_linux
def test_a_kernel_without_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"CONFIG_PSI.*psi=1"):
        list(PressureCollector(tmp_path / "pressure").collect())


@on_linux
def test_a_kernel_that_has_it_switched_off_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, limit: int) -> bytes:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported", path)

    monkeypatch.setattr(pressure, "read_bytes", refuse)
    with pytest.raises(Unavailable, match="switched off"):
        list(PressureCollector().collect())


@on_linux
def test_another_failure_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, limit: int) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(pressure, "read_bytes", refuse)
    with pytest.raises(PermissionError):
        list(PressureCollector().collect())


def test_another_system_says_that_it_is_not_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(Unavailable, match="Linux"):
        list(PressureCollector().collect())


@on_linux
def test_the_figures_are_what_the_kernel_says() -> None:
    def told() -> dict[str, dict[str, int]]:
        return {
            path.name: {
                line.split()[0]: int(line.rpartition("total=")[2])
                for line in path.read_text(encoding="ascii").splitlines()
            }
            for path in Path("/proc/pressure").iterdir()
        }

    try:
        before = told()
    except OSError as fault:
        pytest.skip(f"no pressure here: {fault}")
    found, after = by("resource", PressureCollector().collect()), told()
    assert found.keys() == before.keys()
    for resource, totals in before.items():
        for kind, total in totals.items():
            read_total = round(getattr(found[resource], kind) * 1e6)
            assert total <= read_total <= after[resource][kind]
