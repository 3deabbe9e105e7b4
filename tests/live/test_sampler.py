"""The tick: on time, once each, whatever the clocks, the collectors and the viewers do."""

import asyncio
import logging
import math
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

import pytest

from monitor.collectors.collector import Collector
from monitor.live import sampler as module
from monitor.live.pace import Pace
from monitor.live.sampler import Sampler
from monitor.model.budget import Budget
from monitor.model.metric import Record
from monitor.model.sample import Snapshot, Unavailable
from monitor.model.vitals import Vitals
from tests.live import fakes, threads
from tests.live.fakes import SCHEMA, Hanging, calls, collector, giving, odd, steady
from tests.support.clock import HandClock

LONG_S = 30.0
DAY_S = 86_400.0
Publish = Callable[[Snapshot], Awaitable[None]]


class House:
    """A sampler on a clock that the test winds, and what it published."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.vitals = Vitals()
        self.published: list[Snapshot] = []
        self.sampler: Sampler | None = None
        self.began = self.clock.monotonic()

    async def publish(self, snapshot: Snapshot) -> None:
        self.published.append(snapshot)

    def build(
        self,
        *collectors: Collector,
        interval: float = 1.0,
        publish: Publish | None = None,
    ) -> Sampler:
        pace = Pace(
            collectors,
            interval=interval,
            resting={},
            watched=lambda topic: False,
            budget=Budget(1.0),
            clock=self.clock,
        )
        self.sampler = Sampler(
            collectors,
            schema=SCHEMA,
            clock=self.clock,
            vitals=self.vitals,
            interval=interval,
            pace=pace,
            publish=publish or self.publish,
        )
        return self.sampler

    async def start(self, *collectors: Collector, **options: Any) -> Any:
        """Start, and return the first tick's figures when it is over."""
        self.build(*collectors, **options).start()
        await self.over()
        return self.figures

    async def over(self) -> float:
        """Wait until the tick that is under way is over; the moment of the next one."""
        async with asyncio.timeout(LONG_S):
            return await self.clock.asleep()

    async def tick(self, late: float = 0.0) -> Any:
        """Let the next tick come, this much late, and return its figures when it is over."""
        deadline = await self.over()
        self.clock.advance_to(deadline + late)
        await self.over()
        return self.figures

    @property
    def figures(self) -> Any:
        return self.published[-1].figures if self.published else {}

    def state(self, name: str) -> tuple[Any, Any]:
        status = self.figures["collector"][name]
        return status["state"], status.get("reason")


@pytest.fixture
async def house(caplog: pytest.LogCaptureFixture) -> AsyncIterator[House]:
    """Nothing may be left of it after the test, and nothing may have failed behind its back."""
    subject = House()
    yield subject
    if subject.sampler is not None:
        await subject.sampler.stop()
    await threads.ended()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert not [record for record in caplog.records if record.name == "asyncio"]


def good() -> Collector:
    return collector("steady", giving([steady(level=1)]))


def complaints(caplog: pytest.LogCaptureFixture) -> list[Any]:
    """The fields of what it complained of."""
    return [
        getattr(record, "event_fields", {})
        for record in caplog.records
        if record.getMessage() == "collector.failed"
    ]


async def test_the_first_tick_comes_at_once_and_each_one_has_the_next_number(house: House) -> None:
    await house.start(good())
    for _ in range(3):
        await house.tick()
    assert [snapshot.seq for snapshot in house.published] == [1, 2, 3, 4]
    assert [snapshot.at - house.began for snapshot in house.published] == [0, 1, 2, 3]
    assert house.published[0].figures["steady"] == {"level": 1}
    assert house.published[0].samples["steady"].records == (steady(level=1),)
    assert house.sampler is not None
    assert house.sampler.last is house.published[-1]


async def test_a_sampler_knows_how_old_its_last_snapshot_is(house: House) -> None:
    sampler = house.build(good())
    assert sampler.age() == math.inf
    sampler.start()
    await house.over()
    house.clock.advance(0.75)
    assert sampler.age() == 0.75


@pytest.mark.parametrize("interval", [0.25, 0.3, 1.0, 60.0])
async def test_ten_thousand_ticks_of_any_length_do_not_drift(house: House, interval: float) -> None:
    """Ticks that take up to nine tenths of the interval, by the hand of whoever is published to."""
    course: list[float] = []

    async def publish(snapshot: Snapshot) -> None:
        course.append(house.clock.monotonic())
        house.clock.advance(interval * (snapshot.seq % 10) / 10)

    await house.start(interval=interval, publish=publish)
    for _ in range(10_000 - 1):
        await house.tick()
    assert len(course) == 10_000
    drift = [began - (house.began + n * interval) for n, began in enumerate(course)]
    assert max(map(abs, drift)) < 1e-6
    assert (house.vitals.ticks, house.vitals.ticks_late, house.vitals.ticks_missed) == (
        10_000,
        0,
        0,
    )


@pytest.mark.parametrize(
    ("late", "counted", "missed"),
    [(0.0, 0, 0), (0.05, 0, 0), (0.2, 1, 0), (0.99, 1, 0), (1.5, 1, 1), (3.4, 1, 3)],
)
async def test_a_late_tick_is_counted_and_not_replayed(
    house: House, late: float, counted: int, missed: int
) -> None:
    await house.start(good())
    await house.tick(late)
    assert len(house.published) == 2
    vitals = house.vitals
    assert (vitals.ticks, vitals.ticks_late, vitals.ticks_missed) == (2, counted, missed)
    assert vitals.tick_lateness == pytest.approx(late)
    # The next one is on time again, as if nothing had been.
    assert await house.over() == house.began + 2 + missed
    await house.tick()
    assert house.published[-1].seq == 3
    assert (vitals.ticks_late, vitals.ticks_missed) == (counted, missed)
    assert vitals.tick_lateness == 0.0


async def test_a_tick_that_takes_longer_than_the_interval_is_not_made_up_for(
    house: House,
) -> None:
    async def publish(snapshot: Snapshot) -> None:
        house.published.append(snapshot)
        if snapshot.seq == 2:
            house.clock.advance(2.5)

    await house.start(good(), publish=publish)
    await house.tick()
    assert house.vitals.tick_seconds == 2.5
    assert house.vitals.ticks_missed == 2
    assert await house.over() == house.began + 4
    await house.tick()
    assert house.vitals.ticks_late == 0
    assert [snapshot.seq for snapshot in house.published] == [1, 2, 3]


@pytest.mark.parametrize("step", [-3600.0, 10 * DAY_S])
async def test_setting_the_wall_clock_bends_no_rate_and_no_period(
    house: House, step: float
) -> None:
    def count() -> Iterable[Record]:
        yield steady(total=10 * house.clock.monotonic())

    every_fifth = collector("odd", giving([odd(level=1)]), period=5.0)

    async def publish(snapshot: Snapshot) -> None:
        house.published.append(snapshot)
        if snapshot.seq == 7:
            house.clock.step_wall(step)

    await house.start(collector("steady", count), every_fifth, publish=publish)
    walls = [house.published[0].time]
    for n in range(1, 21):
        if n == 12:
            house.clock.step_wall(step)
        figures = await house.tick()
        assert figures["steady"]["total"] == pytest.approx(10)
        assert house.state("odd") == ("ok", None)
        assert calls(every_fifth) == 1 + n // 5
        assert await house.over() == house.began + n + 1
        walls.append(house.published[-1].time)
    # What it says of the time is what the wall clock says.
    steps = [n for n in range(1, 21) if abs(walls[n] - walls[n - 1] - 1) > 1]
    assert steps == [7, 12]
    assert house.vitals.ticks_late == house.vitals.ticks_missed == 0


async def test_a_publish_that_raises_does_not_end_the_ticking(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async def publish(snapshot: Snapshot) -> None:
        house.published.append(snapshot)
        if snapshot.seq % 2:
            raise RuntimeError("no")

    await house.start(good(), publish=publish)
    for _ in range(59):
        await house.tick()
    assert [snapshot.seq for snapshot in house.published] == [*range(1, 61)]
    failed = [record for record in caplog.records if record.getMessage() == "tick.failed"]
    assert len(failed) == 1, "one line for each distinct error a minute"
    assert failed[0].levelno == logging.ERROR
    assert failed[0].exc_info
    for _ in range(2):
        await house.tick()
    assert len([r for r in caplog.records if r.getMessage() == "tick.failed"]) == 2


@pytest.mark.parametrize("name", fakes.NONSENSE)
async def test_one_that_talks_nonsense_harms_nobody_and_is_back_when_it_stops(
    house: House, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    collect: list[fakes.Collect] = [fakes.NONSENSE[name]]

    def first() -> Iterable[Record]:
        return collect[0]()

    bad = collector("odd", first)
    figures = await house.start(bad, good())
    for _ in range(3):
        assert house.published[-1].figures["steady"] == {"level": 1}
        assert "odd" not in figures
        assert house.state("odd")[0] == "error"
        assert house.state("odd")[1]
        assert house.state("steady") == ("ok", None)
        assert house.sampler is not None
        figures = await house.tick()
    assert len(complaints(caplog)) == 1
    collect[0] = giving([odd(level=7)])
    figures = await house.tick()
    assert figures["odd"] == {"level": 7}
    assert house.state("odd") == ("ok", None)
    assert calls(bad) == 5


async def test_one_line_is_logged_for_each_distinct_error_a_minute(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    faults = iter(["a", "b"] * 60)

    def collect() -> Iterable[Record]:
        raise OSError(next(faults))

    await house.start(collector("odd", collect))
    for _ in range(59):
        await house.tick()
    assert [fields["reason"] for fields in complaints(caplog)] == ["OSError: a", "OSError: b"]
    assert {fields["collector"] for fields in complaints(caplog)} == {"odd"}
    await house.tick()
    assert len(complaints(caplog)) == 3


async def test_one_that_hangs_harms_nobody_and_is_not_started_twice(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    hanging = Hanging()
    bad = collector("odd", hanging)
    figures = await house.start(bad, good())
    assert figures["steady"] == {"level": 1}, "unharmed in the same tick"
    assert "odd" not in figures
    for n in range(1, 6):
        assert house.state("odd") == ("stale", f"no answer for {n - 1} s")
        assert house.state("steady") == ("ok", None)
        assert calls(bad) == 1
        figures = await house.tick()
        assert figures["steady"] == {"level": 1}
        assert "odd" not in figures
    assert [fields["collector"] for fields in complaints(caplog)] == ["odd"]
    stuck = threads.readers()
    assert len(stuck) == 2
    hanging.release.set()
    # Its own thread ends of itself, and its answer is on the loop by then.
    await asyncio.to_thread(stuck[0].join, LONG_S)
    figures = await house.tick()
    assert figures["odd"] == {"level": 1}
    assert house.state("odd") == ("ok", None)
    assert calls(bad) == 2
    assert len(threads.readers()) == 1


async def test_a_rate_of_one_that_hung_is_over_the_time_between_its_readings(
    house: House,
) -> None:
    hanging: list[Hanging] = []

    def count() -> Iterable[Record]:
        if hanging:
            list(hanging[0]())
        yield odd(total=10 * house.clock.monotonic())

    await house.start(collector("odd", count))
    figures = await house.tick()
    assert figures["odd"] == {"total": pytest.approx(10)}
    hanging.append(Hanging())
    assert "odd" not in await house.tick()
    stuck = threads.readers()
    hanging.pop().release.set()
    await asyncio.to_thread(stuck[0].join, LONG_S)
    figures = await house.tick()
    assert figures["odd"] == {"total": pytest.approx(10)}


async def test_a_late_answer_is_shown_at_the_next_tick(house: House) -> None:
    hanging = Hanging()
    rare = collector("odd", hanging, period=5.0)
    assert "odd" not in await house.start(rare, good())
    stuck = threads.readers()
    hanging.release.set()
    await asyncio.to_thread(stuck[0].join, LONG_S)
    figures = await house.tick()
    assert figures["odd"] == {"level": 1}
    assert calls(rare) == 1


async def test_what_the_machine_does_not_have_is_looked_for_once_a_minute_without_a_word(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    absent = collector("odd", fakes.raising(Unavailable("not here")))
    await house.start(absent, good())
    for _ in range(125):
        assert house.state("odd") == ("unavailable", "not here")
        assert house.state("steady") == ("ok", None)
        await house.tick()
    assert calls(absent) == 3
    assert complaints(caplog) == []


async def test_a_machine_without_threads_to_give_is_a_gap_and_not_the_end(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    subject = good()
    with monkeypatch.context() as short:
        short.setattr(threading.Thread, "start", refuse)
        await house.start(subject)
        for _ in range(3):
            await house.tick()
        assert "steady" not in house.figures
        assert house.state("steady")[0] == "stale"
    figures = await house.tick()
    assert figures["steady"] == {"level": 1}
    assert house.state("steady") == ("ok", None)
    assert [snapshot.seq for snapshot in house.published] == [1, 2, 3, 4, 5]
    assert [fields["collector"] for fields in complaints(caplog)] == ["steady"]
    assert "tick.failed" not in caplog.text


# Ends: wherever the tick is at that moment, it is over when `stop` returns.


def tasks() -> set[str]:
    here = asyncio.current_task()
    return {task.get_name() for task in asyncio.all_tasks() if task is not here}


async def test_stopped_before_it_started(house: House) -> None:
    sampler = house.build(good())
    await sampler.stop()
    await sampler.stop()
    assert house.published == []


async def test_stopped_before_its_first_step(house: House) -> None:
    sampler = house.build(good())
    sampler.start()
    assert tasks() == {"sampler"}
    await sampler.stop()
    assert tasks() == set()
    assert house.published == []


async def test_stopped_while_it_sleeps(house: House) -> None:
    await house.start(good())
    assert house.sampler is not None
    assert tasks() == {"sampler"}
    await house.sampler.stop()
    assert tasks() == set()
    await threads.ended()
    house.clock.advance(10)
    assert len(house.published) == 1
    await house.sampler.stop()


async def test_stopped_while_a_collector_hangs(house: House) -> None:
    hanging, after = Hanging(), good()
    sampler = house.build(collector("odd", hanging), after, interval=60.0)
    sampler.start()
    await asyncio.to_thread(hanging.begun.wait, LONG_S)
    await sampler.stop()
    assert tasks() == set()
    hanging.release.set()
    await threads.ended()
    # Nothing was begun or published after the end.
    assert calls(after) == 0
    assert house.published == []


async def test_stopped_while_it_publishes(house: House) -> None:
    inside, cancelled = asyncio.Event(), asyncio.Event()

    async def publish(snapshot: Snapshot) -> None:
        inside.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    sampler = house.build(good(), publish=publish)
    sampler.start()
    async with asyncio.timeout(LONG_S):
        await inside.wait()
    await sampler.stop()
    assert cancelled.is_set()
    assert tasks() == set()


async def test_stopped_at_any_step_of_the_loop_it_ends(house: House) -> None:
    """However many turns the loop has had: the end comes at another await each time."""
    for turns in range(40):
        house.sampler = None
        sampler = house.build(good(), collector("odd", giving([odd(level=1)])))
        sampler.start()
        for _ in range(turns):
            await asyncio.sleep(0)
        await sampler.stop()
        assert tasks() == set()
        await threads.ended()


async def test_stopped_by_two_at_once(house: House) -> None:
    await house.start(good())
    assert house.sampler is not None
    await asyncio.gather(house.sampler.stop(), house.sampler.stop())
    assert tasks() == set()


async def test_the_constants_leave_room_for_the_others() -> None:
    """One that hangs takes PATIENCE; the others are read before DEADLINE, and that before the next
    tick."""
    assert 0 < module.PATIENCE < module.DEADLINE < 1
