"""Interrupts: those that came, on each processor by its number, and no more than can be carried."""

from pathlib import Path

import pytest

from monitor.collectors import interrupts
from monitor.collectors.interrupts import (
    Interrupt,
    InterruptsCollector,
    Line,
    keep_most,
    parse_heading,
    parse_line,
)
from monitor.model.schema import Schema
from monitor.wire.prometheus import Exposition
from monitor.wire.shapes import Shapes
from tests.collectors.kernels import MODERN, OLDER
from tests.collectors.sources import by, on_linux


@on_linux
def test_each_is_told_by_processor_with_node_exporters_labels() -> None:
    found = by("interrupt", InterruptsCollector(MODERN).collect())
    assert list(found) == ["24/0", "24/2", "36/0", "36/2", "LOC/0", "LOC/2"]
    assert found["36/2"] == Interrupt(
        interrupt="36/2",
        cpu="2",
        type="36",
        about="PCI-MSIX-0000:00:02.0",
        devices="1-edge virtio1-req.0",
        total=631352,
    )
    assert (found["LOC/0"].about, found["LOC/0"].devices) == ("Local timer interrupts", "")
    exposition = Exposition(Shapes(Schema([Interrupt])))
    exposition.add([found["24/0"]])
    assert "".join(exposition.text()).splitlines()[1:] == [
        "# TYPE node_interrupts_total counter",
        'node_interrupts_total{cpu="0",type="24",info="IO-APIC",devices="5-edge ACPI:Ged"} 1',
    ]


@on_linux
def test_those_of_arm_have_names_of_their_own() -> None:
    found = by("interrupt", InterruptsCollector(OLDER).collect())
    assert found["40/0"].devices == "169 Level mmc1, mmc0"
    assert (found["IPI0/3"].total, found["IPI0/3"].about) == (400, "Rescheduling interrupts")
    assert not {name for name in found if name.startswith(("IPI1", "Err"))}


def test_those_that_never_came_and_errors_are_left_out() -> None:
    assert (
        parse_line("NMI:          0          0   Non-maskable interrupts", ["0", "1"]).records == ()
    )
    assert parse_line("ERR:          7", ["0", "1"]).records == ()
    assert parse_line("", ["0"]).records == ()
    # There, a colon may be followed by a number at once.
    assert parse_line("IPI0:1234567890 5 Rescheduling", ["0", "1"]).total == 1234567895


def test_of_too_many_those_that_came_most_are_told_whole() -> None:
    lines = [parse_line(f"{n}: {n} 0 A b", ["0", "1"]) for n in range(1, 6)]
    assert keep_most(lines, 10) == lines
    assert [line.total for line in keep_most(lines, 7)] == [5, 4, 3]
    assert keep_most(lines, 1) == []


@on_linux
def test_a_great_machine_is_cut_to_the_limit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    heading = " ".join(f"CPU{n}" for n in range(64))
    rows = [f"{n}: " + " ".join([str(n + 1)] * 64) + " IR x" for n in range(100)]
    (tmp_path / "interrupts").write_text("\n".join([heading, *rows, ""]), encoding="ascii")
    found = list(InterruptsCollector(str(tmp_path)).collect())
    assert 0 < interrupts.MAX_SERIES - len(found) < 64
    assert "99/63" in by("interrupt", found)


@on_linux
def test_a_line_that_did_not_change_gives_the_same_records(tmp_path: Path) -> None:
    file = tmp_path / "interrupts"
    file.write_text("CPU0 CPU1\n1: 5 0 A b\n2: 6 0 A c\n", encoding="ascii")
    collector = InterruptsCollector(str(tmp_path))
    before = by("interrupt", collector.collect())
    file.write_text("CPU0 CPU1\n1: 5 0 A b\n2: 6 1 A c\n", encoding="ascii")
    now = by("interrupt", collector.collect())
    assert now["1/0"] is before["1/0"]
    assert now["2/1"].total == 1
    # A processor went offline: the same words mean another one.
    file.write_text("CPU0 CPU2\n1: 5 0 A b\n2: 6 1 A c\n", encoding="ascii")
    assert list(by("interrupt", collector.collect())) == ["1/0", "1/2", "2/0", "2/2"]


@on_linux
def test_a_driver_may_be_called_anything(tmp_path: Path) -> None:
    content = b"CPU0\n1: 5 A \xff\xfe<img>\x1b[31m\n"
    (tmp_path / "interrupts").write_bytes(content)
    (found,) = InterruptsCollector(str(tmp_path)).collect()
    assert found == Interrupt(
        interrupt="1/0", cpu="0", type="1", about="A", devices="\udcff\udcfe<img>\x1b[31m", total=5
    )


@pytest.mark.parametrize("text", ["", "garbage", "CPU0 CPUx", "CPU"])
def test_what_is_no_heading_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="begins"):
        parse_heading(text)


def test_what_is_no_number_is_an_error() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        parse_line("1: x A b", ["0"])


@on_linux
def test_the_figures_are_what_the_kernel_says() -> None:
    def total() -> int:
        heading, *lines = Path("/proc/interrupts").read_text(encoding="utf-8").splitlines()
        width = len(heading.split())
        rows = [line.partition(":")[2].split() for line in lines]
        return sum(int(word) for row in rows if len(row) > width for word in row[:width])

    before, found, after = total(), by("interrupt", InterruptsCollector().collect()), total()
    assert before <= sum(one.total for one in found.values()) <= after


def test_a_line_of_nothing_is_no_line() -> None:
    assert Line(0, ()) == parse_line(" 5: 0 A b", ["0"])
