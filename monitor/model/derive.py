"""From samples to figures: the one place where a rate is made."""

import math
from typing import cast

from monitor.model.metric import Record, Scalar
from monitor.model.sample import Figures, Sample, Values
from monitor.model.schema import Division, Family, Schema

Identity = tuple[str, str]


class Deriver:
    """Makes the figures of one collector's samples, each with the help of the one before.

    A counter that went backwards, a value missing on either side, and an increase over nothing are
    gaps: the figure is absent. Time is the monotonic time between the two readings.

    A record that is the same object as before has not changed: once its rates have come to rest,
    its figures are the same object too, and whoever works on them further can tell by that. Of
    2,000 processes 1,900 are such.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._at = 0.0
        # The last records, their figures, and whether those are at rest.
        self._last: dict[Identity, tuple[Record, Values, bool]] = {}

    def forget(self) -> None:
        """The next sample is the first of a new line: no rate is made with it."""
        self._last = {}

    def figures(self, now: Sample, *, since: bool = True) -> Figures:
        """The figures of one sample; rates need the one before it, unless `since` is false."""
        elapsed = now.at - self._at if since and self._last else 0.0
        last = self._last if since else {}
        self._at = now.at
        self._last = {}
        figures: Figures = {}
        for record in now.records:
            family = self._schema.family_of(record)
            key = "" if family.key is None else str(getattr(record, family.key))
            before = last.get((family.name, key))
            if before is not None and before[0] is record and elapsed > 0:
                rested = before[2]
                values = before[1] if rested else _figures_of(family, record, record, elapsed)
                self._last[family.name, key] = (record, values, True)
            else:
                earlier = before[0] if before is not None else None
                values = _figures_of(family, earlier, record, elapsed)
                self._last[family.name, key] = (record, values, False)
            if family.key is None:
                figures[family.name] = values
            else:
                cast(dict[str, Values], figures.setdefault(family.name, {}))[key] = values
        return figures


def derive(schema: Schema, before: Sample | None, now: Sample) -> Figures:
    """The figures of one sample, given the one before it."""
    deriver = Deriver(schema)
    if before is not None:
        deriver.figures(before)
    return deriver.figures(now)


def _figures_of(family: Family, before: Record | None, now: Record, elapsed: float) -> Values:
    values: Values = {}
    for name in family.as_read:
        value: Scalar | None = getattr(now, name)
        if value is not None and _sane(value):
            values[name] = value
    born = family.birth is not None and getattr(now, family.birth) is True
    if before is not None and not _is_same_thing(family, before, now):
        before = None
    if elapsed > 0 and (born or before is not None):
        for division in family.divided:
            figure = _divide(division, None if born else before, now, elapsed)
            if figure is not None:
                values[division.figure] = figure
    return values


def _is_same_thing(family: Family, before: Record, now: Record) -> bool:
    return all(getattr(before, name) == getattr(now, name) for name in family.identity)


def _divide(division: Division, before: Record | None, now: Record, elapsed: float) -> float | None:
    grown = _growth(division.of, before, now)
    base = elapsed if division.over is None else _growth(division.over, before, now)
    if grown is None or not base:
        return None
    figure = grown / base
    return figure if math.isfinite(figure) else None


def _growth(name: str, before: Record | None, now: Record) -> float | None:
    """None for `before`: it began after that reading, and its counters with it."""
    old: float | None = getattr(before, name) if before is not None else 0
    new: float | None = getattr(now, name)
    if old is None or new is None:
        return None
    grown = new - old
    return grown if grown >= 0 and math.isfinite(grown) else None


def _sane(value: Scalar) -> bool:
    return not isinstance(value, float) or math.isfinite(value)
