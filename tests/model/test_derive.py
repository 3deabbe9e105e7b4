"""What is shown follows from two readings; what does not follow is a gap, and never a guess."""

import math
import random
from collections.abc import Iterator
from typing import Any

import pytest

from monitor.model.derive import derive
from monitor.model.metric import (
    BYTES,
    COUNT,
    FLAG,
    SECONDS,
    TEXT,
    Quotient,
    Record,
    counter,
    gauge,
    info,
    key,
    record,
)
from monitor.model.sample import Figures, Sample
from monitor.model.schema import Schema


@record
class Engine(Record):
    """One of it."""

    FAMILY = "engine"
    heat: float | None = gauge(COUNT, "Now")
    name: str | None = info(TEXT, "Its name")
    runs: bool | None = info(FLAG, "Whether it runs")
    turns: float | None = counter(COUNT, "Turns")
    busy: float | None = counter(SECONDS, "Time at work", over="total")
    total: float | None = counter(SECONDS, "All time", shown=False)
    fuel: float | None = counter(BYTES, "Fuel", shown=False)
    fuel_a_turn = Quotient("fuel", "turns", BYTES, "Fuel that a turn takes")


@record
class Wheel(Record):
    """Many of them."""

    FAMILY = "wheel"
    place: str = key("Where it is")
    air: float | None = gauge(COUNT, "Now")
    turns: float | None = counter(COUNT, "Turns")


def engine(**values: Any) -> Engine:
    return Engine(**values)


def wheel(place: str, **values: Any) -> Wheel:
    return Wheel(place=place, **values)


SCHEMA = Schema([Engine, Wheel])
START = 5_000.0


def reading(at: float, *records: Record) -> Sample:
    return Sample("test", at, 0.001, records)


def engine_after(before: dict[str, Any], now: dict[str, Any], elapsed: float = 2.0) -> Any:
    """The figures of an engine that was read twice."""
    return derive(
        SCHEMA, reading(START, engine(**before)), reading(START + elapsed, engine(**now))
    )["engine"]


def test_a_first_reading_has_gauges_and_texts_and_no_rate() -> None:
    now = reading(START, engine(heat=7, name="V8", runs=False, turns=1, busy=1, total=2, fuel=3))
    assert derive(SCHEMA, None, now) == {"engine": {"heat": 7, "name": "V8", "runs": False}}


def test_a_counter_becomes_its_increase_a_second() -> None:
    assert engine_after({"turns": 10}, {"turns": 15}) == {"turns": 2.5}


def test_a_share_is_one_increase_over_another_and_time_has_no_part_in_it() -> None:
    for elapsed in (0.1, 2.0, 50.0):
        figures = engine_after({"busy": 1, "total": 10}, {"busy": 2, "total": 14}, elapsed)
        assert figures == {"busy": 0.25}


def test_a_quotient_is_one_increase_for_each_of_another() -> None:
    figures = engine_after({"fuel": 100, "turns": 1}, {"fuel": 160, "turns": 4})
    assert figures == {"turns": 1.5, "fuel_a_turn": 20}


def test_nothing_happened_is_a_rate_of_0_and_a_share_of_nothing_is_a_gap() -> None:
    same = {"turns": 5, "busy": 1, "total": 2, "fuel": 3}
    assert engine_after(same, same) == {"turns": 0}


def test_a_counter_that_went_backwards_is_a_gap() -> None:
    assert engine_after({"turns": 10}, {"turns": 9}) == {}
    assert engine_after({"busy": 2, "total": 9}, {"busy": 1, "total": 10}) == {}
    assert engine_after({"busy": 2, "total": 9}, {"busy": 3, "total": 8}) == {}
    assert engine_after({"busy": 2, "total": 9}, {"busy": 1, "total": 8}) == {}


def test_a_value_missing_on_either_side_is_a_gap() -> None:
    assert engine_after({"turns": None}, {"turns": 9}) == {}
    assert engine_after({"turns": 9}, {"turns": None}) == {}
    assert engine_after({"busy": 1, "total": None}, {"busy": 2, "total": 9}) == {}
    assert engine_after({"busy": None, "total": 1}, {"busy": 2, "total": 9}) == {}
    assert engine_after({"heat": 1.0}, {"heat": None}) == {}


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_a_gap_wherever_it_stands(odd: float) -> None:
    assert engine_after({"turns": odd}, {"turns": 9}) == {}
    assert engine_after({"turns": 9}, {"turns": odd}) == {}
    assert engine_after({"turns": odd}, {"turns": odd}) == {}
    assert engine_after({"busy": 1, "total": 1}, {"busy": 2, "total": odd}) == {}
    assert engine_after({"busy": 1, "total": odd}, {"busy": 2, "total": 1}) == {}
    assert engine_after({}, {"heat": odd}) == {}


def test_a_result_that_no_double_holds_is_a_gap() -> None:
    """JSON has no infinity: one such figure would keep the tick from every viewer."""
    assert engine_after({"turns": 0.0}, {"turns": 1e308}, 1e-3) == {}
    assert engine_after({"turns": -1e308}, {"turns": 1e308}) == {}
    assert engine_after({"busy": 0, "total": 0}, {"busy": 1e308, "total": 1e-5}) == {}


def test_two_readings_at_one_moment_make_no_rate() -> None:
    assert engine_after({"turns": 1}, {"turns": 2}, elapsed=0.0) == {}
    assert engine_after({"busy": 1, "total": 1}, {"busy": 2, "total": 3}, elapsed=0.0) == {}


def test_a_reading_from_later_makes_no_rate() -> None:
    assert engine_after({"turns": 1}, {"turns": 2}, elapsed=-1.0) == {}


def test_things_are_told_apart_by_their_key_wherever_they_stand() -> None:
    before = reading(START, wheel("left", turns=10), wheel("right", turns=1000))
    now = reading(START + 1, wheel("right", turns=1003), wheel("left", turns=11))
    assert derive(SCHEMA, before, now) == {"wheel": {"left": {"turns": 1}, "right": {"turns": 3}}}


def test_a_thing_that_appears_has_no_rate_yet_and_one_that_vanishes_is_not_there() -> None:
    first = reading(START, wheel("left", air=1, turns=10))
    second = reading(START + 1, wheel("right", air=2, turns=90))
    third = reading(START + 2, wheel("right", air=2, turns=91))
    assert derive(SCHEMA, first, second) == {"wheel": {"right": {"air": 2}}}
    assert derive(SCHEMA, second, third) == {"wheel": {"right": {"air": 2, "turns": 1}}}


def test_a_thing_that_was_away_for_one_reading_starts_again() -> None:
    away = reading(START + 1)
    back = reading(START + 2, wheel("left", turns=99))
    assert derive(SCHEMA, away, back) == {"wheel": {"left": {}}}


@pytest.mark.parametrize("odd", ["", "__proto__", "a) b (c", "\udcff", "\n", "x" * 1000])
def test_a_key_is_whatever_it_is(odd: str) -> None:
    before = reading(START, wheel(odd, turns=1))
    now = reading(START + 1, wheel(odd, turns=2))
    assert derive(SCHEMA, before, now) == {"wheel": {odd: {"turns": 1}}}


def test_a_family_without_records_is_not_there() -> None:
    assert derive(SCHEMA, None, reading(START)) == {}


def test_an_integer_of_the_kernel_loses_nothing_before_it_is_divided() -> None:
    """Two counters near 2**64 differ by less than a double of that size can show."""
    assert engine_after({"turns": 2**64 - 6}, {"turns": 2**64 - 1}, 1.0) == {"turns": 5}


ODD = (None, math.nan, math.inf, -math.inf, -1.0, 0, 0.0, 5e-324, 1e308, 2**64 - 1, True)


def _values(chance: random.Random) -> dict[str, Any]:
    """Values such as a broken source might give, mostly plausible."""
    return {
        name: chance.choice(ODD) if chance.random() < 0.3 else chance.uniform(0, 1e6)
        for name in ("turns", "busy", "total", "fuel", "heat")
    }


def _numbers(figures: Figures) -> Iterator[tuple[str, float]]:
    for values in figures.values():
        for name, value in values.items():
            if isinstance(value, dict):
                yield from ((n, v) for n, v in value.items() if isinstance(v, int | float))
            elif isinstance(value, int | float):
                yield name, value


@pytest.mark.parametrize("seed", range(20))
def test_whatever_counters_do_no_figure_of_them_is_negative_or_no_number(seed: int) -> None:
    chance = random.Random(seed)
    at, before = START, None
    for _ in range(300):
        at += chance.choice((0.0, 5e-324, 1e-9, 0.25, 1.0, 1e9))
        wheels = [
            wheel(place, turns=chance.choice((*ODD, chance.uniform(0, 9))))
            for place in "abcd"
            if chance.random() < 0.7
        ]
        now = reading(at, engine(**_values(chance)), *wheels)
        for name, figure in _numbers(derive(SCHEMA, before, now)):
            assert math.isfinite(figure), (name, before, now)
            assert figure >= 0 or name == "heat", (name, before, now)
        before = now


@pytest.mark.parametrize("seed", range(5))
def test_rates_over_any_readings_sum_up_to_the_counter(seed: int) -> None:
    chance = random.Random(seed)
    at, turns = START, 0
    before = reading(at, engine(turns=turns))
    summed = 0.0
    for _ in range(200):
        elapsed = chance.uniform(0.01, 3)
        at, turns = at + elapsed, turns + chance.randrange(1000)
        now = reading(at, engine(turns=turns))
        figures: Any = derive(SCHEMA, before, now)["engine"]
        summed += figures["turns"] * (now.at - before.at)
        before = now
    assert summed == pytest.approx(turns)
