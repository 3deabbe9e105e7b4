"""What is heavy is read for those who watch it, and otherwise as seldom as is asked for."""

import pytest

from monitor.collectors.collector import Collector
from monitor.live.pace import SETTLED_S, UNAVAILABLE_RETRY_S, Pace
from monitor.model.budget import Budget
from monitor.model.metric import COUNT, KERNEL, PROCESSES, Record, gauge, record
from monitor.model.sample import Sample, State
from tests.live.fakes import Odd, collector
from tests.support.clock import HandClock


@record
class Heavy(Record):
    """Of a topic on demand."""

    FAMILY = "heavy"
    TOPIC = PROCESSES
    level: float | None = gauge(COUNT, "Now")


@record
class Scraped(Record):
    """Of a topic that is not read while nobody watches."""

    FAMILY = "scraped"
    TOPIC = KERNEL
    level: float | None = gauge(COUNT, "Now")


LIGHT = collector("light", list, records=(Odd,))
HEAVY = collector("heavy", list, records=(Odd, Heavy))
SLOW = collector("slow", list, records=(Heavy,), period=5.0)
SCRAPED = collector("scraped", list, records=(Scraped,))


class House:
    def __init__(self, *, interval: float = 1.0, resting: float = 4.0, share: float = 1.0) -> None:
        self.clock = HandClock()
        self.watched: set[str] = set()
        self.pace = Pace(
            [LIGHT, HEAVY, SLOW, SCRAPED],
            interval=interval,
            resting={PROCESSES: resting},
            watched=lambda topic: topic in self.watched,
            budget=Budget(share),
            clock=self.clock,
        )

    def periods(self) -> list[float | None]:
        return [self.pace.period(each) for each in (LIGHT, HEAVY, SLOW, SCRAPED)]


def test_what_nobody_watches_is_read_at_its_rest_or_not_at_all() -> None:
    assert House().periods() == [1.0, 4.0, 5.0, None]


def test_what_somebody_watches_is_read_at_every_tick() -> None:
    house = House()
    house.watched = {PROCESSES, KERNEL}
    assert house.periods() == [1.0, 1.0, 5.0, 1.0]


def test_a_rest_shorter_than_the_interval_is_the_interval() -> None:
    assert House(interval=2.0, resting=0.25).periods() == [2.0, 2.0, 5.0, None]


def read(of: Collector, at: float, cpu: float) -> Sample:
    return Sample(of.name, at, 0.0, cpu=cpu)


def spend(house: House, seconds: int, cost: float) -> None:
    """The heavy one is read when its period is over, and costs so much."""
    due = house.clock.monotonic()
    for _ in range(seconds):
        house.clock.advance(1.0)
        now = house.clock.monotonic()
        house.pace.account()
        period = house.pace.period(HEAVY)
        assert period is not None
        if now >= due:
            house.clock.cpu += cost
            house.pace.read(read(HEAVY, now, cost))
            due = now + period


def test_the_budget_slows_the_heavy_ones_and_only_them() -> None:
    house = House(share=0.02, resting=1.0)
    spend(house, 200, 0.06)
    assert house.pace.budget.stretch == pytest.approx(3.0, rel=0.35)
    light, heavy, _, _ = house.periods()
    assert light == 1.0
    assert heavy == pytest.approx(3.0, rel=0.35)


def test_what_the_start_costs_slows_nothing() -> None:
    house = House(share=0.02, resting=1.0)
    house.clock.cpu += 3.0
    house.clock.advance(1.0)
    house.pace.account()
    house.pace.period(HEAVY)
    house.pace.read(read(HEAVY, house.clock.monotonic(), 3.0))
    spend(house, round(SETTLED_S) + 5, 0.001)
    assert house.pace.budget.stretch == 1.0


def test_what_the_machine_does_not_have_is_looked_for_once_a_minute() -> None:
    house = House()
    now = house.clock.monotonic()
    for each in (LIGHT, HEAVY, SLOW):
        house.pace.read(Sample(each.name, now, 0.0, state=State.UNAVAILABLE))
    assert house.periods() == [UNAVAILABLE_RETRY_S] * 3 + [None]
    house.pace.read(read(HEAVY, now, 0.0))
    assert house.periods() == [60.0, 4.0, 60.0, None]


def test_but_at_its_own_period_while_somebody_watches_for_it() -> None:
    """A first container is there at once, and not within a minute."""
    house = House()
    for each in (LIGHT, HEAVY, SLOW):
        absent = Sample(each.name, house.clock.monotonic(), 0.0, state=State.UNAVAILABLE)
        house.pace.read(absent)
    house.watched = {PROCESSES}
    assert house.periods() == [60.0, 1.0, 5.0, None]
