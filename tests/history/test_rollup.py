"""Many figures as one: the average, least and greatest of what was there, and nothing else."""

import math
import random
import statistics
from array import array

from monitor.history.rollup import Rolled, roll, roll_up, stretches

GAP = math.nan


def rolled(values: list[float], times: list[float], step: float) -> Rolled:
    return roll(array("d", values), stretches(array("d", times), step))


def test_stretches_begin_at_multiples_of_the_step() -> None:
    times = array("d", [7.0, 9.999, 10.0, 19.5, 40.0])
    assert stretches(times, 10.0) == [(0.0, 0, 2), (10.0, 2, 4), (40.0, 4, 5)]
    assert stretches(array("d"), 10.0) == []


def test_a_part_of_a_stretch_is_the_average_of_what_is_there() -> None:
    columns = rolled([1.0, 2.0, 6.0, 5.0], [8.0, 9.0, 10.0, 11.0], 10.0)
    assert list(columns.average) == [1.5, 5.5]
    assert list(columns.least) == [1.0, 5.0]
    assert list(columns.greatest) == [2.0, 6.0]
    assert list(columns.counts) == [2.0, 2.0]


def test_gaps_are_left_out_and_a_stretch_of_gaps_is_one() -> None:
    columns = rolled([GAP, 4.0, GAP, GAP, -1.0], [0.0, 1.0, 10.0, 11.0, 20.0], 10.0)
    assert columns.average[0] == columns.least[0] == columns.greatest[0] == 4.0
    assert math.isnan(columns.average[1]) and math.isnan(columns.least[1])
    assert list(columns.counts) == [1.0, 0.0, 1.0]
    assert columns.average[2] == -1.0


def test_rolling_twice_is_rolling_once() -> None:
    dice = random.Random(3)
    times = [float(n) for n in range(3600) if dice.random() > 0.3]
    values = [dice.gauss(5, 2) if dice.random() > 0.2 else GAP for _ in times]
    # A whole stretch of gaps, too.
    values = [GAP if 600 <= t < 640 else v for t, v in zip(times, values, strict=True)]
    once = rolled(values, times, 60.0)
    parts = stretches(array("d", times), 10.0)
    finer = roll(array("d", values), parts)
    starts = array("d", [start for start, _, _ in parts])
    twice = roll_up(finer, stretches(starts, 60.0))
    for a, b in zip(once, twice, strict=True):
        for x, y in zip(a, b, strict=True):
            assert (math.isnan(x) and math.isnan(y)) or math.isclose(x, y, rel_tol=1e-12)


def test_against_statistics() -> None:
    dice = random.Random(4)
    values = [dice.random() for _ in range(100)]
    columns = rolled(values, [float(n) for n in range(100)], 10.0)
    for n in range(10):
        part = values[n * 10 : n * 10 + 10]
        assert math.isclose(columns.average[n], statistics.fmean(part))
        assert (columns.least[n], columns.greatest[n]) == (min(part), max(part))


def test_columns_survive_being_joined() -> None:
    columns = rolled([1.0, 2.0, 3.0], [0.0, 10.0, 20.0], 10.0)
    assert Rolled.parted(columns.joined()) == columns
