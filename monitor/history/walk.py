"""All that there is of some series over any stretch of time, a piece at a time."""

import math
from collections.abc import Iterator, Sequence
from itertools import accumulate

from monitor.history.answer import Columns
from monitor.history.onlooker import INTERVAL_S, Onlooker
from monitor.history.reader import MAX_POINTS, Answer
from monitor.history.series import Name
from monitor.history.sought import Wanted
from monitor.history.tier import RAW, TIERS

# Seconds of a piece, its points, and of how many a point is.
Window = tuple[float, float, int]


def pieces(onlooker: Onlooker, names: Sequence[Name], start: float, end: float) -> Iterator[Answer]:
    """In the order of time, as finely as it is there; each has no more than MAX_POINTS points, and
    none that was in the one before. May raise what a Reader does."""
    wanted = [Wanted(f"{family}.{field}", key) for family, field, key in names]
    told = -math.inf
    for first, last, points in windows(onlooker.oldest(), start, end):
        answer = onlooker.query(wanted, first, last, points)
        skip = sum(time <= told for time in answer.times)
        if skip < len(answer.times):
            told = answer.times[-1]
            yield _without(answer, skip)


def windows(oldest: Sequence[float], start: float, end: float) -> Iterator[Window]:
    """First and last moment, and points, of questions that are answered without summing up: each
    from the finest tier that goes so far back. `oldest` is from when on each of them has something.
    """
    since = list(accumulate(oldest, min))
    for tier in reversed(TIERS):
        first, last = max(start, since[tier.number]), end
        if tier is not RAW:
            # What begins with the finer one is that one's.
            last = min(end, math.nextafter(since[tier.number - 1], -math.inf))
        step = tier.step or INTERVAL_S
        while first <= last and first < math.inf:
            until = min(first + MAX_POINTS * step, last)
            points = MAX_POINTS if tier is RAW else math.ceil((until - first) / step)
            yield first, until, max(1, points)
            if until == last:
                break
            first = until


def _without(answer: Answer, skip: int) -> Answer:
    """Without its first moments."""
    if not skip:
        return answer
    columns = {}
    for name, one in answer.columns.items():
        average = one.average[skip:]
        if one.least is one.average:
            columns[name] = Columns(average, average, average)
        else:
            columns[name] = Columns(average, one.least[skip:], one.greatest[skip:])
    return Answer(answer.step, answer.times[skip:], columns)
