"""From samples to figures: the one place where a rate is made."""

import math
from typing import NamedTuple, cast

from monitor.model.metric import Record, Scalar
from monitor.model.sample import Figures, Sample, Values
from monitor.model.schema import Division, Family, Schema


class Known(NamedTuple):
    """A record, what was made of it, and whether its rates have come to rest."""

    record: Record
    values: Values
    rested: bool
    family: str
    key: str | None


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
        # What is known of the last sample's records, by the record and by what it is of.
        self._records: dict[int, Known] = {}
        self._things: dict[tuple[str, str | None], Known] = {}

    def forget(self) -> None:
        """The next sample is the first of a new line: no rate is made with it."""
        self._records, self._things = {}, {}

    def figures(self, now: Sample, *, since: bool = True) -> Figures:
        """The figures of one sample; rates need the one before it, unless `since` is false."""
        if not since:
            self.forget()
        elapsed = now.at - self._at if self._records else 0.0
        self._at = now.at
        before, self._records = self._records, {}
        figures: Figures = {}
        for record in now.records:
            known = before.get(id(record))
            if known is None or not known.rested or elapsed <= 0:
                known = self._known(record, elapsed)
            self._records[id(record)] = known
            if known.key is None:
                figures[known.family] = known.values
            else:
                things = figures.setdefault(known.family, {})
                cast(dict[str, Values], things)[known.key] = known.values
        if len(self._things) > len(self._records):  # some are gone
            self._things = {(one.family, one.key): one for one in self._records.values()}
        return figures

    def _known(self, record: Record, elapsed: float) -> Known:
        family = self._schema.family_of(record)
        key = None if family.key is None else str(getattr(record, family.key))
        before = self._things.get((family.name, key))
        earlier = before.record if before is not None else None
        values = _figures_of(family, earlier, record, elapsed)
        rested = earlier is record and elapsed > 0
        known = Known(record, values, rested, family.name, key)
        self._things[family.name, key] = known
        return known


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
