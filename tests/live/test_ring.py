"""The last minutes, as they were: in order, with their gaps, and nothing older."""

import json
import random
import tracemalloc
from collections import deque
from typing import Any

import pytest

from monitor.live.ring import Ring
from monitor.model.metric import BYTES, COUNT, FLAG, TEXT, Record, counter, gauge, info, key, record
from monitor.model.sample import Snapshot
from monitor.model.schema import Schema

TICKS = 5
START = 1_763_850_000.0
# Of 5,000 things, each takes some 300 bytes while it is remembered.
ENOUGH_BYTES = 100_000


@record
class Wheel(Record):
    """Many."""

    FAMILY = "wheel"
    place: str = key("Where")
    air: float | None = gauge(COUNT, "Now")
    turns: float | None = counter(COUNT, "Turns")


@record
class Tank(Record):
    """One."""

    FAMILY = "tank"
    fuel: float | None = gauge(BYTES, "Now")
    brand: str | None = info(TEXT, "Brand")
    open: bool | None = info(FLAG, "Whether it is open")


SCHEMA = Schema([Wheel, Tank])
ALL = tuple(SCHEMA.metrics)


def tick(n: int, **figures: Any) -> Snapshot:
    return Snapshot(seq=n + 1, time=START + n, at=5_000.0 + n, samples={}, figures=figures)


def test_an_empty_ring_has_no_times_and_no_figures() -> None:
    ring = Ring(SCHEMA, TICKS)
    assert ring.times() == []
    assert ring.history(ALL) == {}


@pytest.mark.parametrize("count", range(1, 4 * TICKS + 1))
def test_it_holds_the_last_ticks_oldest_first(count: int) -> None:
    ring = Ring(SCHEMA, TICKS)
    for n in range(count):
        ring.add(tick(n, tank={"fuel": n}))
    kept = range(max(0, count - TICKS), count)
    assert ring.times() == [START + n for n in kept]
    assert ring.history(("tank.fuel",)) == {"tank": {"fuel": list(kept)}}


def test_a_figure_that_was_not_known_is_a_gap_where_it_was_not() -> None:
    ring = Ring(SCHEMA, TICKS)
    for n in range(8):
        ring.add(tick(n, tank={"fuel": n} if n % 2 else {}))
    assert ring.history(("tank.fuel",)) == {"tank": {"fuel": [3, None, 5, None, 7]}}
    ring.add(tick(8))
    assert ring.history(("tank.fuel",)) == {"tank": {"fuel": [None, 5, None, 7, None]}}


def test_a_thing_that_appears_has_gaps_before_and_one_that_went_has_gaps_after() -> None:
    ring = Ring(SCHEMA, TICKS)
    for n in range(3):
        ring.add(tick(n, wheel={"left": {"air": n}}))
    for n in range(3, 5):
        ring.add(tick(n, wheel={"right": {"air": n}}))
    assert ring.history(("wheel.air",)) == {
        "wheel": {
            "left": {"air": [0, 1, 2, None, None]},
            "right": {"air": [None, None, None, 3, 4]},
        }
    }


@pytest.mark.parametrize("began", range(TICKS))
def test_what_was_not_seen_for_the_whole_ring_is_forgotten(began: int) -> None:
    """At whatever tick it went: nothing lists a thing of which there is no figure."""
    ring = Ring(SCHEMA, TICKS)
    for n in range(began + 1):
        ring.add(tick(n, wheel={"left": {"air": n}}))
    for n in range(began + 1, began + TICKS):
        ring.add(tick(n))
        assert ring.history(("wheel.air",))["wheel"]["left"]["air"].count(None) == n - began
    ring.add(tick(began + TICKS))
    assert ring.history(ALL) == {}
    ring.add(tick(began + TICKS + 1, wheel={"left": {"air": 9}}))
    assert ring.history(ALL) == {"wheel": {"left": {"air": [None] * 4 + [9]}}}


def test_things_that_come_and_go_do_not_pile_up() -> None:
    ring = Ring(SCHEMA, TICKS)
    tracemalloc.start()
    try:
        for n in range(5_000):
            ring.add(tick(n, wheel={f"w{n}": {"air": n}}))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(ring.history(("wheel.air",))["wheel"]) == TICKS
    assert held < ENOUGH_BYTES


def test_only_what_was_asked_for_is_answered() -> None:
    ring = Ring(SCHEMA, TICKS)
    ring.add(tick(0, wheel={"left": {"air": 1, "turns": 2}}, tank={"fuel": 3}))
    assert ring.history(()) == {}
    assert ring.history(("wheel.turns",)) == {"wheel": {"left": {"turns": [2]}}}
    assert ring.history(("tank.fuel", "wheel.air")) == {
        "wheel": {"left": {"air": [1]}},
        "tank": {"fuel": [3]},
    }


def test_texts_and_flags_are_not_figures() -> None:
    ring = Ring(SCHEMA, TICKS)
    ring.add(tick(0, tank={"fuel": 1, "brand": "X", "open": True}))
    assert ring.history(ALL) == {"tank": {"fuel": [1]}}


def test_figures_have_the_decimals_of_their_unit_and_names_are_fit_to_be_shown() -> None:
    ring = Ring(SCHEMA, TICKS)
    ring.add(tick(0, wheel={"\udcff\n": {"air": 1.23456}}, tank={"fuel": 7.6}))
    assert ring.history(ALL) == {
        "wheel": {"\\xff\\x0a": {"air": [1.23]}},
        "tank": {"fuel": [8]},
    }


def test_times_are_the_wall_clocks_also_when_it_is_set_back() -> None:
    ring = Ring(SCHEMA, TICKS)
    for n, time in enumerate((START, START + 1, START - 3600, START - 3599)):
        ring.add(Snapshot(n + 1, time, 5_000.0 + n, {}, {}))
    assert ring.times() == [START, START + 1, START - 3600, START - 3599]


@pytest.mark.parametrize("seed", range(10))
def test_it_agrees_with_a_plain_list_of_the_last_ticks(seed: int) -> None:
    chance = random.Random(seed)
    ring = Ring(SCHEMA, TICKS)
    last: deque[dict[str, float]] = deque(maxlen=TICKS)
    for n in range(200):
        now = {place: round(chance.uniform(0, 9), 2) for place in "abc" if chance.randrange(3)}
        if chance.randrange(10) == 0:
            now = {}
        last.append(now)
        ring.add(tick(n, wheel={place: {"air": air} for place, air in now.items()}))
        expected = {
            place: {"air": [then.get(place) for then in last]}
            for place in "abc"
            if any(place in then for then in last)
        }
        shown = ring.history(("wheel.air",))
        assert shown == ({"wheel": expected} if expected else {})
        json.dumps(shown, allow_nan=False)
