"""Whatever a collector does, the others are read, and what it did becomes data."""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from monitor.clock import SystemClock
from monitor.collectors.collector import Collector
from monitor.live.reader import Reader
from monitor.model.metric import Record
from monitor.model.sample import Sample, State
from tests.live import fakes, threads
from tests.live.fakes import SCHEMA, Collect, Hanging, collector, giving, odd, steady
from tests.support.clock import HandClock

# How long a collector may keep the thread, in seconds: the time that a test of hanging takes.
PATIENCE_S = 0.05
LONG_S = 30.0
LONGEST_REASON = 250


class Answers:
    """What was answered, and a way to wait for it."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self._more = asyncio.Event()

    def __call__(self, sample: Sample) -> None:
        self.samples.append(sample)
        self._more.set()

    async def of(self, name: str) -> Sample:
        async with asyncio.timeout(LONG_S):
            while True:
                for sample in self.samples:
                    if sample.collector == name:
                        return sample
                self._more.clear()
                await self._more.wait()

    def names(self) -> list[str]:
        return [sample.collector for sample in self.samples]


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    """A reader of which nothing is left after the test."""
    subject = Reader(SCHEMA, SystemClock())
    yield subject
    subject.stop()
    await threads.ended()


async def read(
    reader: Reader, *collectors: Collector, patience: float = LONG_S
) -> tuple[Answers, list[Collector]]:
    answers = Answers()
    deadline = SystemClock().monotonic() + LONG_S
    return answers, await reader.read(list(collectors), answers, patience, deadline)


def good(name: str = "steady") -> Collector:
    return collector(name, giving([steady(level=1) if name == "steady" else odd(level=1)]))


async def test_all_are_read_in_order_before_it_returns(reader: Reader) -> None:
    names = ["a", "b", "c", "d"]
    answers, unread = await read(reader, *(good(name) for name in names))
    assert answers.names() == names
    assert all(sample.state is State.OK for sample in answers.samples)
    assert unread == []


async def test_nothing_to_read_is_read_without_a_thread(reader: Reader) -> None:
    before = threads.readers()
    answers, unread = await read(reader)
    assert (answers.samples, unread) == ([], [])
    assert threads.readers() == before == []


async def test_everything_is_read_in_one_thread_which_is_not_the_loops(reader: Reader) -> None:
    """psutil keeps some of its state by thread; and the loop must never wait."""
    seen: set[int] = set()

    def collect() -> Iterable[Record]:
        seen.add(threading.get_ident())
        yield odd(level=1)

    for _ in range(20):
        await read(reader, collector("a", collect), collector("b", collect))
    assert len(seen) == 1
    assert threading.get_ident() not in seen
    [thread] = threads.readers()
    assert thread.daemon, "a collector that hangs must not keep the process alive"


async def test_answers_come_on_the_loop(reader: Reader) -> None:
    heard: set[int] = set()
    deadline = SystemClock().monotonic() + LONG_S
    await reader.read([good()], lambda s: heard.add(threading.get_ident()), LONG_S, deadline)
    assert heard == {threading.get_ident()}


async def test_a_reading_is_timed_at_its_middle() -> None:
    clock = HandClock()
    began = clock.monotonic()

    def collect() -> Iterable[Record]:
        clock.advance(3.0)
        yield odd(level=1)
        clock.advance(1.0)

    reader, answers = Reader(SCHEMA, clock), Answers()
    await reader.read([collector("odd", collect)], answers, LONG_S, began + 100)
    [sample] = answers.samples
    assert (sample.at, sample.seconds) == (began + 2.0, 4.0)
    reader.stop()
    await threads.ended()


@pytest.mark.parametrize("name", fakes.NONSENSE)
async def test_nonsense_is_an_error_of_its_own_and_of_nobody_else(
    reader: Reader, name: str
) -> None:
    bad = collector("odd", fakes.NONSENSE[name])
    for _ in range(2):  # and the thread is there for the next time
        answers, unread = await read(reader, good("a"), bad, good("b"))
        assert unread == []
        assert answers.names() == ["a", "odd", "b"]
        a, sample, b = answers.samples
        assert a.state is b.state is State.OK
        assert (sample.state, sample.records) == (State.ERROR, ())
        assert sample.reason
        assert len(sample.reason) < LONGEST_REASON


async def test_an_error_says_what_went_wrong(reader: Reader) -> None:
    bad = collector("odd", fakes.raising(FileNotFoundError(2, "No such file", "/x")))
    worse = collector("worse", fakes.raising(MemoryError()))
    wrong = collector("wrong", giving([odd(level="5")]))
    answers, _ = await read(reader, bad, worse, wrong)
    assert [sample.reason for sample in answers.samples] == [
        "FileNotFoundError: [Errno 2] No such file: '/x'",
        "MemoryError",
        "TypeError: odd.level is of type str",
    ]


@pytest.mark.parametrize("name", fakes.ABSENT)
async def test_what_the_machine_does_not_have_is_no_error(reader: Reader, name: str) -> None:
    answers, _ = await read(reader, collector("odd", fakes.ABSENT[name]), good())
    absent, other = answers.samples
    assert (absent.state, absent.records) == (State.UNAVAILABLE, ())
    assert absent.reason in ("this kernel has no such thing", "")
    assert other.state is State.OK


async def test_one_that_hangs_keeps_its_thread_and_the_others_get_a_new_one(
    reader: Reader,
) -> None:
    hanging = Hanging()
    answers, unread = await read(
        reader, good("a"), collector("odd", hanging), good("b"), patience=PATIENCE_S
    )
    assert unread == []
    await answers.of("b")
    assert answers.names() == ["a", "b"]
    stuck = [thread for thread in threads.readers() if thread.is_alive()]
    hanging.release.set()
    late = await answers.of("odd")
    assert (late.state, late.records) == (State.OK, (odd(level=1),))
    assert late.seconds > 0
    # The thread that it held has nothing more to do.
    reader.stop()
    await threads.ended(stuck)


async def test_several_may_hang_at_once(reader: Reader) -> None:
    hanging = [Hanging() for _ in range(4)]
    bad = [collector(f"odd{n}", collect) for n, collect in enumerate(hanging)]
    answers, unread = await read(reader, *bad, good("a"), patience=PATIENCE_S)
    assert unread == []
    await answers.of("a")
    assert answers.names() == ["a"]
    for collect in hanging:
        collect.release.set()
    for n in range(4):
        await answers.of(f"odd{n}")


async def test_at_the_deadline_it_gives_back_what_was_not_begun() -> None:
    clock = HandClock()
    deadline = clock.monotonic() + 1.0
    hanging = Hanging()

    def collect() -> Iterable[Record]:
        clock.advance(2.0)
        yield from hanging()

    never = good("never")
    reader, answers = Reader(SCHEMA, clock), Answers()
    unread = await reader.read(
        [good("a"), collector("odd", collect), never], answers, PATIENCE_S, deadline
    )
    assert unread == [never]
    assert answers.names() == ["a"]
    hanging.release.set()
    await answers.of("odd")
    reader.stop()
    await threads.ended()
    assert answers.names() == ["a", "odd"]
    assert fakes.calls(never) == 0


async def test_stopping_ends_the_thread_and_may_be_done_twice_or_before_reading() -> None:
    reader = Reader(SCHEMA, SystemClock())
    reader.stop()
    await read(reader, good())
    assert len(threads.readers()) == 1
    reader.stop()
    reader.stop()
    await threads.ended()
    # Reading again is possible; it takes a new thread.
    answers, _ = await read(reader, good())
    assert answers.names() == ["steady"]
    reader.stop()
    await threads.ended()


async def test_cancelled_it_begins_no_other() -> None:
    hanging, answers = Hanging(), Answers()
    reader, after = Reader(SCHEMA, SystemClock()), good("after")
    deadline = SystemClock().monotonic() + LONG_S
    reading = asyncio.create_task(
        reader.read([collector("odd", hanging), after], answers, LONG_S, deadline)
    )
    await asyncio.to_thread(hanging.begun.wait, LONG_S)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    reader.stop()
    hanging.release.set()
    await threads.ended()
    assert fakes.calls(after) == 0


def test_one_that_comes_back_when_the_loop_is_gone_bothers_nobody(
    capfd: pytest.CaptureFixture[str],
) -> None:
    hanging = Hanging()

    async def main() -> None:
        reader = Reader(SCHEMA, SystemClock())
        await read(reader, collector("odd", hanging), patience=PATIENCE_S)
        reader.stop()

    asyncio.run(main())
    stuck = threads.readers()
    hanging.release.set()
    for thread in stuck:
        thread.join(LONG_S)
    assert threads.readers() == []
    gc.collect()
    assert capfd.readouterr().err == ""


async def test_without_a_thread_to_be_had_nothing_is_read_and_the_next_tick_tries_again(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    subject = good()
    with monkeypatch.context() as short:
        short.setattr(threading.Thread, "start", refuse)
        answers, unread = await read(reader, subject)
    assert (answers.samples, unread) == ([], [subject])
    answers, unread = await read(reader, subject)
    assert (answers.names(), unread) == (["steady"], [])


async def test_a_generator_that_is_slow_to_end_is_read_to_its_end(reader: Reader) -> None:
    ended: list[bool] = []

    def collect() -> Iterable[Record]:
        yield odd(level=1)
        ended.append(True)

    await read(reader, collector("odd", collect))
    assert ended == [True]


@pytest.mark.parametrize(
    "collect", [giving([]), giving(()), giving(iter([]))], ids=["list", "tuple", "iterator"]
)
async def test_nothing_there_is_not_an_error(reader: Reader, collect: Collect) -> None:
    answers, _ = await read(reader, collector("odd", collect))
    [sample] = answers.samples
    state: Any = sample.state
    assert (state, sample.records) == (State.OK, ())
