"""From samples to figures: the one place where a rate is made."""

import math

from monitor.model.metric import Record, Scalar
from monitor.model.sample import Figures, Sample, Values
from monitor.model.schema import Division, Family, Schema


def derive(schema: Schema, before: Sample | None, now: Sample) -> Figures:
    """The figures of one sample; rates need the one before it.

    A counter that went backwards, a value missing on either side, and an increase over nothing are
    gaps: the figure is absent. Time is the monotonic time between the two readings.
    """
    elapsed = now.at - before.at if before is not None else 0.0
    earlier = _by_identity(schema, before.records) if before is not None else {}
    figures: Figures = {}
    for record in now.records:
        family = schema.family_of(record)
        identity = _identity(family, record)
        values = _figures_of(family, earlier.get(identity), record, elapsed)
        if family.key is None:
            figures[family.name] = values
        else:
            things = figures.setdefault(family.name, {})
            things[identity[1]] = values  # type: ignore[assignment]  # keyed by construction
    return figures


def _identity(family: Family, record: Record) -> tuple[str, str]:
    return family.name, "" if family.key is None else str(getattr(record, family.key))


def _by_identity(schema: Schema, records: tuple[Record, ...]) -> dict[tuple[str, str], Record]:
    return {_identity(schema.family_of(r), r): r for r in records}


def _figures_of(family: Family, before: Record | None, now: Record, elapsed: float) -> Values:
    values: Values = {}
    for name in family.as_read:
        value: Scalar | None = getattr(now, name)
        if value is not None and _sane(value):
            values[name] = value
    if before is not None and elapsed > 0:
        for division in family.divided:
            figure = _divide(division, before, now, elapsed)
            if figure is not None:
                values[division.figure] = figure
    return values


def _divide(division: Division, before: Record, now: Record, elapsed: float) -> float | None:
    grown = _growth(division.of, before, now)
    base = elapsed if division.over is None else _growth(division.over, before, now)
    if grown is None or not base:
        return None
    figure = grown / base
    return figure if math.isfinite(figure) else None


def _growth(name: str, before: Record, now: Record) -> float | None:
    old: float | None = getattr(before, name)
    new: float | None = getattr(now, name)
    if old is None or new is None:
        return None
    grown = new - old
    return grown if grown >= 0 and math.isfinite(grown) else None


def _sane(value: Scalar) -> bool:
    return not isinstance(value, float) or math.isfinite(value)
