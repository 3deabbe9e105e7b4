"""The thread that writes: it never delays who adds, and lives on where it cannot write."""

import asyncio
import contextlib
import logging
import os
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.history import store as store_module
from monitor.history.archive import Absent, Archive, Busy
from monitor.history.file import NAME
from monitor.history.reader import Answer, Reader
from monitor.history.sought import Wanted
from monitor.history.store import RETRY_S, State, Store
from monitor.history.writer import Writer
from tests.history.figures import (
    BEGAN,
    PATIENCE_S,
    SCHEMA,
    SIZE,
    one,
    reading,
    running,
    settled,
    snapshot,
    wait_for,
    writing,
)
from tests.support.clock import HandClock


def add(store: Store, first: int, count: int, clock: HandClock | None = None) -> None:
    """Ticks, each taken in before the next comes, as it is in real time."""
    for n in range(first, first + count):
        if clock is not None:
            clock.advance(1.0)
        store.add(snapshot(BEGAN + n))
        wait_for(lambda: store.idle, "it does not take the tick")


def says(store: Store) -> State:
    """Its state now, which mypy must not take for what it was before."""
    return store.state


def seconds_of(directory: Path, count: int) -> list[int]:
    with writing(directory) as writer, reading(writer) as reader:
        answer = reader.query([Wanted("load.one")], BEGAN, BEGAN + count, 11_000)
        column = answer.columns[("load", "one", "")].average
        assert all(value == one(t) for t, value in zip(answer.times, column, strict=True))
        return [int(t - BEGAN) for t in answer.times]


def test_every_five_seconds_it_is_on_disk(tmp_path: Path) -> None:
    clock = HandClock()
    with running(tmp_path, clock=clock) as store:
        wait_for(lambda: store.writer is not None, "it does not open")
        for n in range(0, 50, 5):
            add(store, n, 5, clock)
            assert store.saved_until == BEGAN + n + 4


def test_a_flush_and_a_close_leave_nothing_behind(tmp_path: Path) -> None:
    with running(tmp_path) as store:
        for n in range(3):
            store.add(snapshot(BEGAN + n))
        settled(store)
        assert store.saved_until == BEGAN + 2
        store.add(snapshot(BEGAN + 3))
    assert store.state is State.OFF and store.reason == "closed"
    store.add(snapshot(BEGAN + 4))  # too late, and no harm
    store.close()
    assert seconds_of(tmp_path, 10) == [0, 1, 2, 3]


async def test_a_flush_can_be_awaited(tmp_path: Path) -> None:
    with running(tmp_path) as store:
        store.add(snapshot(BEGAN))
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.wrap_future(store.flush())
        assert store.saved_until == BEGAN


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Somebody else writes into the file, for as long as this lasts."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


def test_who_adds_never_waits_and_nothing_is_lost_meanwhile(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = HandClock()
    with caplog.at_level(logging.INFO), running(tmp_path, clock=clock) as store:
        add(store, 0, 10, clock)
        with held(tmp_path / NAME):
            worst = 0.0
            for n in range(10, 40):
                clock.advance(1.0)
                began = time.perf_counter()
                store.add(snapshot(BEGAN + n))
                worst = max(worst, time.perf_counter() - began)
            wait_for(lambda: store.state is State.DEGRADED, "it does not say so")
            assert "locked" in store.reason
            assert worst < 0.01
        clock.advance(RETRY_S)
        add(store, 40, 1, clock)
        wait_for(lambda: store.state is State.OK, "it does not go on by itself")
        assert (store.saved_until, store.lost) == (BEGAN + 40, 0)
    assert seconds_of(tmp_path, 41) == list(range(41))
    states = [r for r in caplog.records if r.getMessage() == "history.state"]
    assert [r.levelname for r in states] == ["INFO", "WARNING", "INFO", "INFO"], "once each"


def test_what_is_too_much_to_wait_is_counted_as_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "MAX_WAITING", 20)
    stands = threading.Event()
    monkeypatch.setattr(Writer, "take", lambda *_: stands.wait(PATIENCE_S))
    with running(tmp_path, clock=HandClock()) as store:
        for n in range(100):
            store.add(snapshot(BEGAN + n))
        assert 79 <= store.lost <= 80, "one may be in its hands"
        stands.set()


def test_a_disk_that_stands_does_not_keep_the_program_from_ending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands = threading.Event()
    monkeypatch.setattr(Writer, "take", lambda *_: stands.wait(PATIENCE_S))
    with running(tmp_path) as store:
        store.add(snapshot(BEGAN))
        began = time.monotonic()
        store.close(0.2)
        assert time.monotonic() - began < 2
        stands.set()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    if os.geteuid() != 0:
        pytest.skip("mounts a file system")
    directory = tmp_path / "small"
    directory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", directory], check=True)
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)


def test_a_full_disk_is_lived_through(small: Path) -> None:
    clock = HandClock()
    ballast = small / "ballast"
    with running(small, clock=clock) as store:
        add(store, 0, 100, clock)
        assert store.state is State.OK
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(4096)):
                pass
        # It may have room in its own log for a while.
        added = 100
        while says(store) is State.OK:
            add(store, added, 1, clock)
            added += 1
            assert added < 3000, "it does not notice"
        assert "full" in store.reason or "disk I/O" in store.reason
        add(store, added, 1000, clock)
        assert says(store) is State.DEGRADED
        assert store.lost == 0 and (store.saved_until or 0) < BEGAN + added + 1000
        ballast.unlink()
        before = clock.monotonic()
        add(store, added + 1000, 30, clock)
        assert says(store) is State.OK
        assert clock.monotonic() - before <= 30
        last = added + 1030
        settled(store)
    assert seconds_of(small, last) == list(range(last)), "and nothing is lost"


def test_questions_are_answered_beside_the_writer(tmp_path: Path) -> None:
    clock = HandClock()

    def usage(reader: Reader) -> int:
        return len(reader.query([Wanted("load.one")], BEGAN, BEGAN + 400, 400).times)

    with running(tmp_path, clock=clock) as store:
        archive = Archive(store, 1.0)
        with pytest.raises(Absent):
            Archive(Store(tmp_path, SIZE, SCHEMA, clock), 1.0).ask(usage).result(PATIENCE_S)
        add(store, 0, 330, clock)
        assert archive.ask(usage).result(PATIENCE_S) == 330
        with held(tmp_path / NAME):  # who writes may wait; who asks does not
            assert archive.ask(usage).result(PATIENCE_S) == 330
        archive.close()
        with pytest.raises(Busy):
            archive.ask(usage)


def test_questions_that_are_too_many_are_told_so(tmp_path: Path) -> None:
    go = threading.Event()
    with running(tmp_path) as store:
        wait_for(lambda: store.writer is not None, "it does not open")
        archive = Archive(store, 1.0)
        asked = [archive.ask(lambda _: go.wait(PATIENCE_S))]
        wait_for(asked[0].running, "it does not begin")
        asked += [archive.ask(lambda _: go.wait(PATIENCE_S)) for _ in range(32)]
        with pytest.raises(Busy, match="32"):
            archive.ask(lambda _: go.wait(PATIENCE_S))
        go.set()
        assert all(one.result(PATIENCE_S) for one in asked)
        archive.close()


def test_what_is_asked_for_while_it_is_written_is_whole(tmp_path: Path) -> None:
    """Packs, minutes, blocks and hours go to disk meanwhile: each tick is there once."""
    clock = HandClock()
    first, count = 3000, 3000
    asked = 0
    with running(tmp_path, clock=clock) as store:
        wait_for(lambda: store.writer is not None, "it does not open")
        archive = Archive(store, 1.0)
        for n in range(first, first + count):
            clock.advance(1.0)
            store.add(snapshot(BEGAN + n))
            wait_for(lambda: store.idle, "it does not take the tick")
            if n % 7 == 0 or 3580 < n < 3620:

                def question(reader: Reader, end: float = BEGAN + n) -> tuple[Answer, list[float]]:
                    answer = reader.query([Wanted("load.one")], BEGAN, end, 11_000)
                    return answer, [t.time for t in reader.processes(end - 200, end)]

                answer, tables = archive.ask(question).result(PATIENCE_S)
                assert [int(t - BEGAN) for t in answer.times] == list(range(first, n + 1))
                assert [int(t - BEGAN) for t in tables] == list(range(max(first, n - 200), n + 1))
                asked += 1
        archive.close()
    assert asked > 400


def test_adding_costs_the_loop_microseconds(tmp_path: Path) -> None:
    with running(tmp_path, clock=HandClock()) as store:
        took = []
        for n in range(200):
            tick = snapshot(BEGAN + n)
            began = time.thread_time()
            store.add(tick)
            took.append(time.thread_time() - began)
        assert sorted(took)[100] < 0.0005
