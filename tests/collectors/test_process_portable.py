"""Where there is no /proc to sweep, psutil's processes are told in the same words."""

import os
import time
from typing import Any

import psutil
import pytest

from monitor.collectors.process import ProcessCollector
from monitor.collectors.process_portable import PortableProcesses, process_of
from monitor.collectors.process_records import Command, Process, Processes
from tests.collectors.processes import Watcher, servant
from tests.collectors.sources import by, on_linux


def read(source: PortableProcesses) -> tuple[dict[str, Process], dict[str, Command], Processes]:
    records = list(source.read(time.monotonic()))
    return (
        by("pid", [r for r in records if isinstance(r, Process)]),
        by("pid", source.commands()),
        next(r for r in records if isinstance(r, Processes)),
    )


@on_linux
def test_it_tells_what_the_sweep_tells() -> None:
    watcher = Watcher()
    with servant("x y") as one:
        key = str(one.pid)
        rows, lines, summary = read(PortableProcesses())
        look = watcher.look()
        watcher.source.close()
        mine, swept = rows[key], look.processes[key]
        for field in ("pid", "parent", "user", "state", "name", "nice", "threads", "files", "rss"):
            assert getattr(mine, field) == getattr(swept, field), field
        assert mine.started == pytest.approx(swept.started, abs=2)
        assert mine.cpu == pytest.approx(swept.cpu, abs=0.02)
        assert lines[key].line == look.commands[key].line
        assert summary.total is not None and summary.total >= 2


def test_one_that_began_since_the_last_reading_is_new() -> None:
    source = PortableProcesses()
    rows, _, _ = read(source)
    assert not any(row.new for row in rows.values())
    with servant() as one:
        rows, _, summary = read(source)
        assert rows[str(one.pid)].new
        assert rows[str(os.getpid())].new is None
        assert summary.sweep_period is not None and summary.sweep_period > 0


def test_what_psutil_may_not_tell_is_denied_and_not_zero() -> None:
    told: dict[str, Any] = {
        "pid": 7,
        "create_time": 1.5,
        "ppid": 1,
        "username": None,
        "status": psutil.STATUS_ZOMBIE,
        "name": "x",
        "nice": None,
        "cpu_times": None,
        "memory_info": None,
        "num_threads": None,
        "num_fds": None,
        "cmdline": None,
    }
    row = process_of(told, new=False)
    assert (row.cpu, row.rss, row.threads, row.files, row.user) == (None,) * 5
    assert (row.state, row.denied) == ("Z", "files")


def test_the_collector_takes_it_where_there_is_no_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    records = list(ProcessCollector().collect())
    assert str(os.getpid()) in {r.pid for r in records if isinstance(r, Process)}
