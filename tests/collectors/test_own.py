"""What the monitor itself costs, and what it counts as it runs."""

import os
import resource
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

import monitor
from monitor.clock import SystemClock
from monitor.collectors.own import OwnCollector
from monitor.model.vitals import Vitals
from tests.collectors.sources import LONG_S, figures, on_linux, only


def test_what_the_program_counts_is_there() -> None:
    vitals = Vitals(
        ticks=10,
        ticks_late=2,
        ticks_missed=1,
        tick_seconds=0.25,
        tick_lateness=0.5,
        loop_blocks=4,
        loop_blocked=6.5,
        loop_longest=2.25,
        viewers=3,
        viewer_seconds=12.5,
        sent_bytes=1_000,
        sent_messages=40,
    )
    own = only(OwnCollector(vitals).collect())
    assert (own.version, own.pid) == (monitor.__version__, os.getpid())
    assert (own.ticks, own.ticks_late, own.ticks_missed) == (10, 2, 1)
    assert (own.tick_duration, own.tick_lateness) == (0.25, 0.5)
    assert (own.loop_blocks, own.loop_blocked, own.loop_longest) == (4, 6.5, 2.25)
    assert (own.viewers, own.viewer_seconds) == (3, 12.5)
    assert (own.sent_bytes, own.sent_messages) == (1_000, 40)


def test_before_the_first_tick_what_one_takes_is_not_known() -> None:
    own = only(OwnCollector(Vitals()).collect())
    assert (own.tick_duration, own.tick_lateness) == (None, None)
    assert own.viewers == 0


def test_it_reads_what_is_counted_later() -> None:
    vitals = Vitals()
    collector = OwnCollector(vitals)
    vitals.viewers = 7
    assert only(collector.collect()).viewers == 7


def test_what_a_viewer_costs_is_what_was_sent_over_the_time_it_was_watched() -> None:
    vitals = Vitals(sent_bytes=1_000, viewer_seconds=10.0)
    collector = OwnCollector(vitals)
    before = list(collector.collect())
    vitals.sent_bytes, vitals.viewer_seconds = 7_000, 16.0  # three viewers, for two seconds
    shown = figures(before, collector.collect(), elapsed=2.0)["monitor"]
    assert shown["viewer_bytes"] == 1_000
    assert shown["sent_bytes"] == 3_000
    assert "viewer_seconds" not in shown


def test_with_nobody_watching_that_is_not_known() -> None:
    collector = OwnCollector(Vitals())
    shown = figures(collector.collect(), collector.collect())["monitor"]
    assert "viewer_bytes" not in shown
    assert shown["sent_bytes"] == 0


def test_its_processor_time_grows_as_it_works() -> None:
    clock, collector = SystemClock(), OwnCollector(Vitals())
    before = only(collector.collect()).cpu
    began = clock.monotonic()
    while (spent := only(collector.collect()).cpu - before) < 0.05:
        assert clock.monotonic() - began < LONG_S
    assert spent <= clock.monotonic() - began + 0.05


def test_the_kernel_s_work_for_it_is_a_part_of_its_processor_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spent = SimpleNamespace(ru_utime=1.5, ru_stime=0.25)
    monkeypatch.setattr(resource, "getrusage", lambda who: {resource.RUSAGE_SELF: spent}[who])
    assert only(OwnCollector(Vitals()).collect()).cpu == 1.75


def test_to_make_one_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise AssertionError("it would keep the program from starting")

    monkeypatch.setattr(psutil, "Process", fail)
    OwnCollector(Vitals())


@on_linux
def test_its_memory_is_what_the_kernel_says() -> None:
    def told() -> int:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    low, own, high = told(), only(OwnCollector(Vitals()).collect()), told()
    slack = 1 << 20
    assert min(low, high) - slack <= own.rss <= max(low, high) + slack
