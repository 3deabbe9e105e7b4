"""What the kernel does: forks, switches, interrupts, and when it started."""

from pathlib import Path

import psutil
import pytest

from monitor.collectors.stat import KernelWork, StatCollector, parse_stat
from tests.collectors.kernels import MODERN, exported, text
from tests.collectors.sources import figures, known, on_linux, only


def test_each_figure_is_in_its_place() -> None:
    assert parse_stat(text(MODERN, "stat")) == KernelWork(
        forks=196308,
        context_switches=22090710,
        interrupts=9407574,
        boot_time=1795391084,
        running=2,
        blocked=1,
    )


def test_each_has_node_exporters_name() -> None:
    assert exported(KernelWork) == {
        "forks": "node_forks_total",
        "context_switches": "node_context_switches_total",
        "interrupts": "node_intr_total",
        "boot_time": "node_boot_time_seconds",
        "running": "node_procs_running",
        "blocked": "node_procs_blocked",
    }


def test_a_container_that_leaves_lines_out_leaves_figures_out() -> None:
    # lxcfs has no line of interrupts.
    found = parse_stat(b"cpu  1 2 3 4\ncpu0 1 2 3 4\nctxt 5\nbtime 6\nprocesses 7\n")
    assert known(found) == {"context_switches", "boot_time", "forks"}
    assert found.forks == 7


def test_switches_are_shown_as_a_rate() -> None:
    before, now = (parse_stat(b"ctxt %d\n" % switches) for switches in (100, 110))
    assert figures([before], [now], elapsed=2.0)["kernel"]["context_switches"] == 5.0


@pytest.mark.parametrize("content", [b"", b"cpu  1 2 3\n", b"garbage", b"ctxt x\n", b"\xff\xfe 1"])
def test_what_is_no_stat_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"reads|invalid literal"):
        parse_stat(content)


@on_linux
def test_they_are_what_the_kernel_says() -> None:
    def told() -> dict[str, int]:
        lines = Path("/proc/stat").read_text(encoding="ascii").splitlines()
        return {line.split()[0]: int(line.split()[1]) for line in lines}

    collector = StatCollector()
    collector.collect()
    before, found, after = told(), only(collector.collect()), told()
    assert before["processes"] <= found.forks <= after["processes"]
    assert before["ctxt"] <= found.context_switches <= after["ctxt"]
    assert before["intr"] <= found.interrupts <= after["intr"]
    assert found.boot_time == int(psutil.boot_time())
    assert found.running >= 1  # at least who reads it
