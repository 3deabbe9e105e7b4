"""Running and waiting by processor: nanoseconds become seconds."""

from pathlib import Path

import pytest

from monitor.collectors.schedstat import Schedstat, SchedstatCollector, parse_schedstat
from monitor.model.sample import Unavailable
from tests.collectors.kernels import OLDER, exported, text
from tests.collectors.sources import by, figures, on_linux

LINE = "cpu{} 0 0 0 0 0 0 {} {} {}\n"


def test_each_figure_is_in_its_place_and_domains_are_passed_over() -> None:
    found = by("cpu", parse_schedstat(text(OLDER, "schedstat")))
    assert list(found) == ["0", "1"]
    assert found["0"].running == pytest.approx(2045936.778163139)
    assert found["0"].waiting == pytest.approx(343796.328169361)
    assert found["1"].timeslices == 5145567945


def test_later_kernels_have_other_domains_and_the_same_processors() -> None:
    # Version 17 (Linux 6.14) names the domains.
    content = "version 17\ntimestamp 1\n" + LINE.format(12, 10**9, 5, 6) + "domain0 SMT 3 1 2\n"
    (found,) = parse_schedstat(content.encode())
    assert (found.cpu, found.running, found.timeslices) == ("12", 1.0, 6)
    assert found.waiting == pytest.approx(5e-9)


def test_waiting_is_shown_as_the_threads_that_waited() -> None:
    before = parse_schedstat(LINE.format(0, 0, 0, 0).encode())
    now = parse_schedstat(LINE.format(0, 10**9, 3 * 10**9, 10).encode())
    assert figures(before, now, elapsed=2.0)["schedstat"]["0"] == {
        "running": 0.5,
        "waiting": 1.5,
        "timeslices": 5.0,
    }


def test_names_are_node_exporters() -> None:
    assert set(exported(Schedstat).values()) == {
        "node_schedstat_running_seconds_total",
        "node_schedstat_waiting_seconds_total",
        "node_schedstat_timeslices_total",
    }


@pytest.mark.parametrize(
    "content", [b"", b"version 15\n", b"cpu0 1 2 3\n", b"cpux" + b" 1" * 9, b"cpu0" + b" x" * 9]
)
def test_what_is_no_schedstat_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"reads|columns|invalid literal"):
        parse_schedstat(content)


@on_linux
def test_a_kernel_without_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="schedstat"):
        list(SchedstatCollector(str(tmp_path)).collect())
