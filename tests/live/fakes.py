"""Collectors that do what a test tells them to, well or badly."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from monitor.collectors.collector import Collector
from monitor.model.metric import COUNT, TEXT, Record, counter, gauge, info, record
from monitor.model.sample import CollectorStatus, Unavailable
from monitor.model.schema import Schema


@record
class Steady(Record):
    """What the collector that never fails reads."""

    FAMILY = "steady"
    level: float | None = gauge(COUNT, "Now")
    total: float | None = counter(COUNT, "So far")


@record
class Odd(Record):
    """What the collector under test reads."""

    FAMILY = "odd"
    level: float | None = gauge(COUNT, "Now")
    total: float | None = counter(COUNT, "So far")
    words: str | None = info(TEXT, "What it says")


SCHEMA = Schema([Steady, Odd, CollectorStatus])

Collect = Callable[[], Iterable[Record]]


def steady(**values: Any) -> Steady:
    """Any field may be left out, or hold what it must not."""
    return Steady(**values)


def odd(**values: Any) -> Odd:
    """Any field may be left out, or hold what it must not."""
    return Odd(**values)


def collector(
    name: str, collect: Collect, *, records: tuple[type[Record], ...] = (), period: float = 0.0
) -> Collector:
    """A collector of this behaviour, counting in `calls` how often it was begun."""

    class Fake:
        calls = 0

        def collect(self) -> Iterable[Record]:
            Fake.calls += 1
            return collect()

    fake: Any = Fake()
    fake.name, fake.period = name, period
    fake.records = records or (Steady if name == "steady" else Odd,)
    subject: Collector = fake
    return subject


def calls(subject: Collector) -> int:
    """How often it was begun."""
    fake: Any = subject
    count: int = fake.calls
    return count


class Hanging:
    """Hangs, as in a dead mount's statvfs(), until it is released."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.release = threading.Event()

    def __call__(self) -> Iterable[Record]:
        self.begun.set()
        # Bounded, so that a test that fails still ends.
        assert self.release.wait(60), "nobody released it"
        yield odd(level=1)


def raising(fault: BaseException) -> Collect:
    """Raises at once."""

    def collect() -> Iterable[Record]:
        raise fault

    return collect


def raising_after_some(fault: BaseException) -> Collect:
    """Raises when it has yielded a record already."""

    def collect() -> Iterable[Record]:
        yield odd(level=1)
        raise fault

    return collect


def giving(value: Any) -> Collect:
    """Gives this, whatever it is."""
    return lambda: value


class Unspeakable(Exception):
    """Fails again when it is asked what it is."""

    def __str__(self) -> str:
        raise ValueError("no words")


@record
class Undeclared(Record):
    """In no schema."""

    FAMILY = "undeclared"


# Each ends in the collector's own state `error`, and nowhere else.
NONSENSE: dict[str, Collect] = {
    "raises": raising(RuntimeError("the source is gone")),
    "raises OSError": raising(OSError(5, "Input/output error")),
    "raises half-way": raising_after_some(ValueError("half")),
    "raises MemoryError": raising(MemoryError()),
    "raises RecursionError": raising(RecursionError()),
    "raises StopIteration": raising(StopIteration()),
    "exits": raising(SystemExit(3)),
    "is interrupted": raising(KeyboardInterrupt()),
    "is cancelled": raising(GeneratorExit()),
    "has no words": raising(Unspeakable()),
    "says too much": raising(ValueError("x" * 1_000_000)),
    "gives None": giving(None),
    "gives a text": giving("odd"),
    "gives a number": giving(5),
    "gives one record, bare": giving(odd(level=1)),
    "gives Nones": giving([None]),
    "gives a class": giving([Odd]),
    "gives an undeclared record": giving([Undeclared()]),
    "gives another's record": giving([steady(level=666)]),
    "gives the sampler's record": giving([CollectorStatus(name="steady", state="ok", reason=None)]),
    "gives bytes in a field": giving([odd(level=b"5")]),
    "gives megabytes in a field": giving([odd(words=b"x" * 1_000_000)]),
    "gives a text for a number": giving([odd(level="5")]),
    "gives a flag for a number": giving([odd(level=True)]),
    "gives a list in a field": giving([odd(words=["5"])]),
    "gives a number for a text": giving([odd(words=10**400)]),
    "gives a counter of no size": giving([odd(total=10**5000)]),
}
# These two are no faults; the second has no words of its own.
ABSENT: dict[str, Collect] = {
    "is not here": raising(Unavailable("this kernel has no such thing")),
    "is not here, half-way": raising_after_some(Unavailable()),
}
