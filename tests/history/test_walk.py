"""Any stretch of time is walked through once, as finely as it is there."""

import math
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.history.choice import choose
from monitor.history.onlooker import INTERVAL_S, Onlooker
from monitor.history.reader import MAX_POINTS
from monitor.history.tier import RAW, TIERS
from monitor.history.walk import pieces, windows
from monitor.history.writer import Writer
from tests.history.figures import BEGAN, one, record_, writing

ONE = ("load", "one", "")
USAGE = ("core", "usage", "1")
DAY = 86_400.0
NEVER = math.inf
NOW = BEGAN + 1000 * DAY

KEPT = {
    "all tiers": [NOW - 14 * DAY, NOW - 30 * DAY, NOW - 92 * DAY, NOW - 731 * DAY],
    "a new machine": [NOW - 100, NEVER, NEVER, NEVER],
    "its first hours": [NOW - 9000, NOW - 9000, NOW - 9000, NEVER],
    "finer goes further back": [NOW - 40 * DAY, NOW - 30 * DAY, NOW - 50 * DAY, NOW - 45 * DAY],
    "nothing": [NEVER, NEVER, NEVER, NEVER],
}


@pytest.mark.parametrize("oldest", KEPT.values(), ids=KEPT)
@pytest.mark.parametrize("span", [0.0, 1.0, 3600.0, 20 * DAY, 800 * DAY])
def test_a_stretch_is_covered_once_from_where_there_is_something(
    oldest: list[float], span: float
) -> None:
    found = list(windows(oldest, NOW - span, NOW))
    if min(oldest) == NEVER:
        assert not found
        return
    assert found[0][0] == max(NOW - span, min(oldest))
    assert found[-1][1] == NOW
    assert all(after[0] - before[1] < 1e-6 for before, after in pairwise(found))
    assert all(before[1] <= after[0] for before, after in pairwise(found))
    assert all(points <= MAX_POINTS for _, _, points in found)


@pytest.mark.parametrize("oldest", KEPT.values(), ids=KEPT)
def test_nothing_is_summed_up_that_is_there(oldest: list[float]) -> None:
    for first, last, points in windows(oldest, NOW - 800 * DAY, NOW):
        finest = next(tier for tier in TIERS if oldest[tier.number] <= first)
        choice = choose(last - first, points, INTERVAL_S)
        # What is left over at a tier's end may be less than a point: there a finer one is asked,
        # which has nothing.
        assert choice.step == finest.step or last - first < finest.step


def test_what_was_recorded_comes_back_once_whatever_tier_it_is_in(tmp_path: Path) -> None:
    hours = 3
    with writing(tmp_path) as writer:
        record_(writer, BEGAN, hours * 3600)
        drop_seconds(writer, until=BEGAN + 5400)
        onlooker = Onlooker(tmp_path)
        times: list[float] = []
        figures: list[float] = []
        steps: set[float] = set()
        for answer in pieces(onlooker, [USAGE, ONE], BEGAN, BEGAN + hours * 3600):
            assert len(answer.times) <= MAX_POINTS
            times += answer.times
            figures += answer.columns[ONE].average
            assert len(answer.columns[USAGE].average) == len(answer.times)
            steps.add(answer.step)
        onlooker.close()
    assert times == sorted(set(times))
    recorded = [n for n, time in enumerate(times) if time >= BEGAN + 5400]
    assert [times[n] for n in recorded] == [BEGAN + n for n in range(5400, hours * 3600)]
    assert [figures[n] for n in recorded] == [one(times[n]) for n in recorded]
    assert times[: recorded[0]] == [BEGAN + n for n in range(0, 5400, 10)]
    assert steps == {0.0, 10.0}


def drop_seconds(writer: Writer, until: float) -> None:
    """As the keeper does where there is no room."""
    while (oldest := writer.shelf.oldest(RAW)) is not None and oldest.end < until:
        with writer.shelf.transaction():
            writer.shelf.drop(oldest)
