"""Many figures as one: average, least and greatest of each stretch of time. Pure."""

import math
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from operator import mul, truediv
from typing import NamedTuple

# A stretch: when it begins, and the slice of the figures that are in it.
Stretch = tuple[float, int, int]


class Rolled(NamedTuple):
    """Columns of one length: of each stretch the average, the least, the greatest, and how many
    figures there were. A stretch without any is a gap in all of them, and its count is 0."""

    average: "array[float]"
    least: "array[float]"
    greatest: "array[float]"
    counts: "array[float]"

    @staticmethod
    def empty(typecode: str) -> "Rolled":
        """Columns of no length."""
        return Rolled(array(typecode), array(typecode), array(typecode), array(typecode))

    @staticmethod
    def gap(typecode: str, length: int) -> "Rolled":
        """Columns of nothing."""
        nothing = array(typecode, [math.nan]) * length
        return Rolled(nothing, nothing, nothing, array(typecode, [0.0]) * length)

    @staticmethod
    def parted(joined: "array[float]") -> "Rolled":
        """From the four of them one after another."""
        n = len(joined) // 4
        return Rolled(joined[:n], joined[n : 2 * n], joined[2 * n : 3 * n], joined[3 * n :])

    def joined(self) -> "array[float]":
        """All four, one after another."""
        return self.average + self.least + self.greatest + self.counts

    def extend(self, other: "Rolled") -> None:
        """Let the other's figures follow."""
        for ours, theirs in zip(self, other, strict=True):
            ours.extend(theirs)


def stretches(times: Sequence[float], step: float) -> list[Stretch]:
    """Parts of ascending times by multiples of `step` seconds; those without any are left out."""
    found: list[Stretch] = []
    first = 0
    while first < len(times):
        start = times[first] // step * step
        end = bisect_left(times, start + step, first)
        found.append((start, first, max(end, first + 1)))
        first = found[-1][2]
    return found


def roll(values: "array[float]", parts: Sequence[Stretch]) -> Rolled:
    """Of figures as they were recorded, NaN being a gap."""
    figures = values.tolist()
    pieces = [figures[first:end] for _, first, end in parts]
    if math.isnan(sum(figures)):
        pieces = [[v for v in piece if not math.isnan(v)] for piece in pieces]
    return _rolled(values.typecode, pieces, pieces, list(map(sum, pieces)), list(map(len, pieces)))


def roll_up(finer: Rolled, parts: Sequence[Stretch]) -> Rolled:
    """Of what has been rolled before. Averages weigh as much as the figures that they are of."""
    counts = finer.counts.tolist()
    least, greatest = finer.least.tolist(), finer.greatest.tolist()
    totals = list(map(mul, finer.average, counts))
    if 0.0 in counts:
        there = [[i for i in range(first, end) if counts[i]] for _, first, end in parts]
        low = [[least[i] for i in some] for some in there]
        high = [[greatest[i] for i in some] for some in there]
        sums = [sum(totals[i] for i in some) for some in there]
    else:
        low = [least[first:end] for _, first, end in parts]
        high = [greatest[first:end] for _, first, end in parts]
        sums = [sum(totals[first:end]) for _, first, end in parts]
    numbers = [sum(counts[first:end]) for _, first, end in parts]
    return _rolled(finer.average.typecode, low, high, sums, numbers)


def _rolled(
    code: str,
    low: Sequence[Sequence[float]],
    high: Sequence[Sequence[float]],
    sums: Sequence[float],
    counts: Sequence[float],
) -> Rolled:
    # By map() and not part by part: a year of points is summed up in half the time.
    if all(counts):
        average = array(code, map(truediv, sums, counts))
        return Rolled(
            average, array(code, map(min, low)), array(code, map(max, high)), array(code, counts)
        )
    gap = math.nan
    return Rolled(
        array(code, [s / n if n else gap for s, n in zip(sums, counts, strict=True)]),
        array(code, [min(some, default=gap) for some in low]),
        array(code, [max(some, default=gap) for some in high]),
        array(code, counts),
    )
