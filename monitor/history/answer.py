"""Columns of an answer: put together of blocks, summed up, with rows where nothing was. Pure."""

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from monitor.history.rollup import Rolled, Stretch, roll, roll_up, stretches

# Two points further apart than so many steps have a gap between them: one tick may be missed.
_GAP_STEPS = 2.5


@dataclass(slots=True)
class Part:
    """What one source has: times, and of each series either figures as recorded (`raw`) or summed
    up. A series that it knows nothing of is not there. `step` is the seconds between two times."""

    times: "array[float]"
    step: float
    raw: dict[int, "array[float]"] = field(default_factory=dict)
    rolled: dict[int, Rolled] = field(default_factory=dict)

    @property
    def is_raw(self) -> bool:
        """Whether it is as recorded."""
        return not self.rolled

    def cut(self, start: float, end: float) -> "Part":
        """Times from `start` to `end`, both included."""
        first, last = bisect_left(self.times, start), bisect_right(self.times, end)
        if first == 0 and last == len(self.times):
            return self
        part = Part(self.times[first:last], self.step)
        part.raw = {s: values[first:last] for s, values in self.raw.items()}
        part.rolled = {
            s: Rolled(*(one[first:last] for one in columns)) for s, columns in self.rolled.items()
        }
        return part

    def summed(self, step: float) -> "Part":
        """Made into stretches of `step` seconds."""
        parts = stretches(self.times, step)
        summed = Part(array("d", [start for start, _, _ in parts]), step)
        summed.rolled = {s: roll_up(columns, parts) for s, columns in self.rolled.items()}
        summed.rolled.update((s, roll(values, parts)) for s, values in self.raw.items())
        return summed

    def plain(self) -> "Part":
        """As recorded, in the form of what is summed up."""
        plain = Part(self.times, self.step)
        for series, values in self.raw.items():
            there = array(values.typecode, [0.0 if math.isnan(v) else 1.0 for v in values])
            plain.rolled[series] = Rolled(values, values, values, there)
        return plain


@dataclass(frozen=True, slots=True)
class Columns:
    """One series: NaN where nothing was. As recorded, all three are one."""

    average: "array[float]"
    least: "array[float]"
    greatest: "array[float]"


def raw_answer(
    parts: Sequence[Part], wanted: Sequence[int], step: float
) -> tuple["array[float]", dict[int, Columns]]:
    """Of parts that are all as recorded: times and columns; of a step above 0, summed up."""
    times = _joined(parts)
    order = _order(times)
    columns = {s: _whole([part.raw.get(s) for part in parts], parts) for s in wanted}
    if order is not None:
        times = _sorted(times, order)
        columns = {s: _sorted(values, order) for s, values in columns.items()}
    if step:
        spans = stretches(times, step)
        starts = array("d", [start for start, _, _ in spans])
        rolled = {s: roll(values, spans) for s, values in columns.items()}
        return _with_gaps(starts, {s: _columns(one) for s, one in rolled.items()}, parts, step)
    same = {s: Columns(values, values, values) for s, values in columns.items()}
    return _with_gaps(times, same, parts, 0.0)


def rolled_answer(
    parts: Sequence[Part], wanted: Sequence[int], step: float
) -> tuple["array[float]", dict[int, Columns]]:
    """Of parts that are all summed up. Stretches of `step` seconds; one that is in two parts, as
    where one part ends, or where the clock was set back, is one in the answer."""
    times = _joined(parts)
    order = _order(times)
    if order is not None:
        times = _sorted(times, order)
    spans = _spans(times, step)
    found: dict[int, Columns] = {}
    for series in wanted:
        all_ = [part.rolled.get(series) for part in parts]
        whole = Rolled(
            *(
                _whole([None if one is None else one[rank] for one in all_], parts, fill)
                for rank, fill in enumerate((math.nan, math.nan, math.nan, 0.0))
            )
        )
        if order is not None:
            whole = Rolled(*(_sorted(one, order) for one in whole))
        found[series] = _columns(roll_up(whole, spans) if spans is not None else whole)
    if spans is not None:
        times = array("d", [start for start, _, _ in spans])
    return _with_gaps(times, found, parts, step)


def _spans(times: "array[float]", step: float) -> list[Stretch] | None:
    """None where each of the times is a stretch already."""
    spans = stretches(times, step) if step else []
    return spans if 0 < len(spans) < len(times) else None


def _columns(rolled: Rolled) -> Columns:
    return Columns(rolled.average, rolled.least, rolled.greatest)


def _joined(parts: Sequence[Part]) -> "array[float]":
    joined = array("d")
    for part in parts:
        joined.extend(part.times)
    return joined


def _whole(
    pieces: "Sequence[array[float] | None]", parts: Sequence[Part], fill: float = math.nan
) -> "array[float]":
    code = next((piece.typecode for piece in pieces if piece is not None), "f")
    whole: array[float] = array(code)
    for piece, part in zip(pieces, parts, strict=True):
        whole.extend(array(code, [fill]) * len(part.times) if piece is None else piece)
    return whole


def _order(times: "array[float]") -> list[int] | None:
    """In which order they rise; None where they do."""
    if all(a <= b for a, b in pairwise(times)):
        return None
    return sorted(range(len(times)), key=times.__getitem__)


def _sorted(values: "array[float]", order: Sequence[int]) -> "array[float]":
    return array(values.typecode, [values[i] for i in order])


def _with_gaps(
    times: "array[float]", columns: Mapping[int, Columns], parts: Sequence[Part], step: float
) -> tuple["array[float]", dict[int, Columns]]:
    """A row of nothing wherever nothing was: whoever draws a line must not draw it across."""
    if len(times) < 2:
        return times, dict(columns)
    pieces = [(p.times[0] - step, p.times[-1], max(step, p.step)) for p in parts if p.times]
    widest = max(width for _, _, width in pieces) * _GAP_STEPS
    holes = []
    for n, (a, b) in enumerate(pairwise(times), 1):
        # Most are near enough for any of the parts.
        if b - a > widest or (b - a > step * _GAP_STEPS and b - a > _near(pieces, a) * _GAP_STEPS):
            holes.append(n)
    if not holes:
        return times, dict(columns)
    filled = _filled(times, holes, [times[n - 1] + _near(pieces, times[n - 1]) for n in holes])
    nothing = [math.nan] * len(holes)
    made: dict[int, Columns] = {}
    for series, one in columns.items():
        average = _filled(one.average, holes, nothing)
        if one.least is one.average:
            made[series] = Columns(average, average, average)
        else:
            least = _filled(one.least, holes, nothing)
            made[series] = Columns(average, least, _filled(one.greatest, holes, nothing))
    return filled, made


def _near(pieces: Sequence[tuple[float, float, float]], time: float) -> float:
    """The step of the part that this time is in."""
    widths = (width for first, last, width in pieces if first <= time <= last)
    return min(widths, default=pieces[-1][2])


def _filled(values: "array[float]", holes: Sequence[int], by: Sequence[float]) -> "array[float]":
    filled: array[float] = array(values.typecode)
    last = 0
    for hole, value in zip(holes, by, strict=True):
        filled.extend(values[last:hole])
        filled.append(value)
        last = hole
    filled.extend(values[last:])
    return filled
