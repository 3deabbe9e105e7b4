"""A small schema, snapshots whose every figure follows from their time, and a store that is fed."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from monitor.clock import Clock, SystemClock
from monitor.history.reader import Reader
from monitor.history.store import Store
from monitor.history.writer import Writer
from monitor.model.metric import (
    BYTES,
    COUNT,
    FLAG,
    PROCESSES,
    RATIO,
    SECONDS,
    TEXT,
    Record,
    counter,
    gauge,
    info,
    key,
    record,
)
from monitor.model.sample import Figures, Snapshot
from monitor.model.schema import Schema
from tests.support.clock import HandClock

SIZE = 64 << 20
BEGAN = 1_763_848_800.0  # a whole hour
PATIENCE_S = 20.0


@record
class Load(Record):
    """Without a key."""

    FAMILY = "load"
    one: float | None = gauge(COUNT, "Now")
    used: int | None = gauge(BYTES, "Memory")
    calls: int | None = counter(COUNT, "So far")
    busy: bool | None = info(FLAG, "Whether")
    since: float | None = info(SECONDS, "A moment in Unix time")
    words: str | None = info(TEXT, "What it says")


@record
class Core(Record):
    """With a key."""

    FAMILY = "core"
    name: str = key("Which")
    usage: float | None = gauge(RATIO, "How busy")


@record
class Process(Record):
    """Of the topic that has a history of its own."""

    FAMILY = "process"
    TOPIC = PROCESSES
    pid: str = key("Its number")
    started: float | None = info(SECONDS, "When it began", identity=True)
    user: str | None = info(TEXT, "Whose rights it has")
    name: str | None = info(TEXT, "What it calls itself")
    cpu: float | None = counter(SECONDS, "Processor time")
    rss: int | None = gauge(BYTES, "Memory")


SCHEMA = Schema([Load, Core, Process])


def one(moment: float) -> float:
    """The figure `load.one` of that moment; exact in 11 bits."""
    return float(int(moment) % 1000)


def figures(moment: float) -> Figures:
    """All figures of a moment."""
    second = int(moment)
    return ticked(
        load={
            "one": one(moment),
            "used": 1 << 30,
            "calls": 2.5,
            "busy": second % 2 == 0,
            "since": BEGAN - 0.25,
            "words": "are not kept",
        },
        core={"0": {"usage": 0.25}, "1": {"usage": 0.5 + 0.5 * math.sin(second / 60)}},
        process={
            "1": {"started": 5.5, "user": "root", "name": "init", "cpu": 0.0, "rss": 4096},
            "77": {"started": 9.0, "user": "me", "name": "work", "cpu": second % 10 / 10},
        },
    )


def ticked(**families: Any) -> Figures:
    """Figures by family, as they are written down most easily."""
    return families


def snapshot(moment: float, values: Figures | None = None) -> Snapshot:
    """One tick."""
    shown = figures(moment) if values is None else values
    return Snapshot(int(moment), moment, moment, {}, shown)


def record_(writer: Writer, start: float, seconds: int, *, every: int = 5) -> None:
    """Feed so many ticks, one a second from `start` on, and save as the store's thread does."""
    for n in range(seconds):
        writer.take(start + n, figures(start + n))
        if n % every == every - 1 and writer.save():
            for _ in writer.work():
                pass


@contextmanager
def writing(
    directory: Path, size: int = SIZE, schema: Schema = SCHEMA, clock: Clock | None = None
) -> Iterator[Writer]:
    """A writer without its thread."""
    writer = Writer(directory, size, schema, clock or HandClock())
    try:
        yield writer
    finally:
        writer.close()


@contextmanager
def reading(writer: Writer) -> Iterator[Reader]:
    """A reader in the same thread."""
    reader = Reader(writer, 1.0)
    try:
        yield reader
    finally:
        reader.close()


@contextmanager
def running(
    directory: Path, size: int = SIZE, schema: Schema = SCHEMA, clock: Clock | None = None
) -> Iterator[Store]:
    """A store with its thread."""
    store = Store(directory, size, schema, clock or SystemClock())
    store.open()
    try:
        yield store
    finally:
        store.close(PATIENCE_S)


def settled(store: Store) -> None:
    """Wait until all that was added is on disk, or could not be written."""
    store.flush().result(PATIENCE_S)


def wait_for(condition: object, said: str, patience: float = PATIENCE_S) -> None:
    """Until the condition, a function, is true."""
    assert callable(condition)
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, said
        time.sleep(0.0005)
