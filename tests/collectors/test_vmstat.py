"""Vmstat: what node_exporter passes on of it, and the kills apart."""

from pathlib import Path

import psutil
import pytest

from monitor.collectors.oom import LATELY_S, OomCollector, parse_oom
from monitor.collectors.vmstat import VmstatCollector, parse_vmstat
from monitor.model.sample import Unavailable
from monitor.model.schema import Schema
from monitor.wire.prometheus import Exposition
from monitor.wire.shapes import Shapes
from tests.collectors.kernels import MODERN, OLDER, OLDEST, shown, text
from tests.collectors.sources import figures, known, on_linux, only
from tests.support.clock import HandClock


def test_each_counter_is_in_its_place() -> None:
    assert shown(parse_vmstat(text(MODERN, "vmstat"))) == {
        "node_vmstat_pgpgin": 26807669 * 1024,
        "node_vmstat_pgpgout": 14688184 * 1024,
        "node_vmstat_pswpin": 41,
        "node_vmstat_pswpout": 87,
        "node_vmstat_pgfault": 115127204,
        "node_vmstat_pgmajfault": 31994,
    }


def test_what_is_shown_as_bytes_is_exported_in_node_exporters_kibibytes() -> None:
    found = parse_vmstat(text(MODERN, "vmstat"))
    exposition = Exposition(Shapes(Schema([type(found)])))
    exposition.add([found])
    page = "".join(exposition.text())
    assert "# TYPE node_vmstat_pgpgin untyped\nnode_vmstat_pgpgin 26807669\n" in page
    assert figures([found], [found])["vmstat"]["pgpgin"] == 0


def test_what_an_old_kernel_does_not_count_is_not_known() -> None:
    assert known(parse_vmstat(text(OLDEST, "vmstat"))) == {"pgpgin", "pgpgout", "pgfault"}


@pytest.mark.parametrize("content", [b"", b"nr_free_pages 5\n", b"pgfault x\n", b"pgfault\n"])
def test_what_is_no_vmstat_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"sought|invalid literal|shorter"):
        parse_vmstat(content)


@pytest.mark.parametrize(("proc", "kills"), [(MODERN, 3), (OLDER, 0)])
def test_kills_are_counted(proc: str, kills: int) -> None:
    assert parse_oom(text(proc, "vmstat")) == kills


def test_a_kernel_that_counts_no_kills_says_so_and_not_0() -> None:
    with pytest.raises(Unavailable, match=r"4\.13"):
        parse_oom(text(OLDEST, "vmstat"))


def test_only_the_line_itself_counts() -> None:
    assert parse_oom(b"x 1\nmoom_kill 7\noom_kill 5") == 5
    with pytest.raises(Unavailable):
        parse_oom(b"x 1\nmoom_kill 7\noom_kill_x 5\n")
    with pytest.raises(ValueError, match="invalid literal"):
        parse_oom(b"x 1\noom_kill many\n")


@on_linux
def test_kills_are_told_since_the_start_and_of_the_last_hour(tmp_path: Path) -> None:
    """A rate of what happens once a month is 0 whenever somebody looks."""
    clock = HandClock()
    (tmp_path / "vmstat").write_text("x 1\noom_kill 7\n")
    collector = OomCollector(str(tmp_path), clock)

    def told(kills: int) -> tuple[int, int]:
        (tmp_path / "vmstat").write_text(f"x 1\noom_kill {kills}\n")
        found = only(collector.collect())
        return found.total, found.lately

    assert told(7) == (7, 0), "when those were, this monitor does not know"
    clock.advance(10.0)
    assert told(9) == (9, 2)
    clock.advance(LATELY_S - 1)
    assert told(10) == (10, 3)
    clock.advance(1.0)
    assert told(10) == (10, 1)
    clock.advance(LATELY_S)
    assert told(10) == (10, 0)


@on_linux
def test_both_read_what_this_kernel_says() -> None:
    def told() -> dict[str, int]:
        lines = Path("/proc/vmstat").read_text(encoding="ascii").splitlines()
        return {line.split()[0]: int(line.split()[1]) for line in lines}

    before = told()
    found, kills = only(VmstatCollector().collect()), only(OomCollector().collect()).kills
    after = told()
    assert before["pgfault"] <= found.pgfault <= after["pgfault"]
    assert before["pgpgout"] * 1024 <= found.pgpgout <= after["pgpgout"] * 1024
    assert before["oom_kill"] <= kills <= after["oom_kill"]
    assert found.pswpin == psutil.swap_memory().sin // 4096
