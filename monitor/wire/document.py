"""From figures to the document of a topic, and from two documents to a merge patch."""

from typing import Any, cast

from monitor.model.metric import (
    BITS_PER_SECOND,
    BYTES,
    BYTES_PER_SECOND,
    HERTZ,
    RATIO,
    SECONDS,
    Scalar,
)
from monitor.model.sample import Figures, Values
from monitor.model.schema import Family, Schema
from monitor.wire.text import clean

Document = dict[str, Any]

# Decimals beyond which a figure is noise: a viewer cannot see it and a patch would carry it each
# second. 0 makes whole numbers.
DECIMALS = {
    BYTES: 0,
    BYTES_PER_SECOND: 0,
    BITS_PER_SECOND: 0,
    HERTZ: 0,
    RATIO: 4,
    SECONDS: 6,
}
OTHER_DECIMALS = 2


def decimals_of(unit: str) -> int:
    """How many decimals figures of this unit are shown with."""
    return DECIMALS.get(unit, OTHER_DECIMALS)


class Documents:
    """Makes the document of one topic, tick by tick: figures rounded by their unit, names cleaned.

    Figures that are the same object as at the tick before are shown by the same object as before:
    of 2,000 processes nearly all are, and each would cost 5 us to be shown again.
    """

    def __init__(self, schema: Schema, topic: str | None = None) -> None:
        self._families = schema.families
        self._topic = topic
        self._decimals = {
            name: {m.field: decimals_of(m.unit) for m in family.metrics}
            for name, family in self._families.items()
        }
        # The last figures of each thing and how they were shown.
        self._last: dict[tuple[str, str], tuple[Values, dict[str, Scalar]]] = {}

    def of(self, figures: Figures) -> Document:
        """The document of these figures; families of other topics are left out."""
        shown: Document = {}
        last, self._last = self._last, {}
        for name, values in figures.items():
            family = self._families[name]
            if self._topic is not None and family.topic != self._topic:
                continue
            if family.key is None:
                shown[name] = self._thing(last, name, "", cast(Values, values))
            else:
                things = cast(dict[str, Values], values)
                shown[name] = {
                    clean(key): self._thing(last, name, key, of) for key, of in things.items()
                }
        return shown

    def _thing(
        self,
        last: dict[tuple[str, str], tuple[Values, dict[str, Scalar]]],
        family: str,
        key: str,
        values: Values,
    ) -> dict[str, Scalar]:
        known = last.get((family, key))
        if known is None or known[0] is not values:
            known = (values, _fields(values, self._decimals[family]))
        self._last[family, key] = known
        return known[1]


def document(schema: Schema, figures: Figures) -> Document:
    """The document of all families, made once."""
    return Documents(schema).of(figures)


def _fields(values: Values, decimals: dict[str, int]) -> dict[str, Scalar]:
    return {field: _shown(value, decimals[field]) for field, value in values.items()}


def _shown(value: Scalar, decimals: int) -> Scalar:
    if isinstance(value, float):
        return rounded(value, decimals)
    return clean(value) if isinstance(value, str) else value


def rounded(value: float, decimals: int) -> float:
    """The figure with its unit's decimals; a whole number where that is none."""
    return round(value, decimals) if decimals else round(value)


def diff(old: Document, new: Document) -> Document:
    """The merge patch (RFC 7386) that makes `new` of `old`: what changed, None for what is gone."""
    patch: Document = {name: None for name in old if name not in new}
    for name, value in new.items():
        before = old.get(name)
        if before is value and value is not None:
            continue
        if isinstance(value, dict) and isinstance(before, dict):
            changed = diff(before, value)
            if changed:
                patch[name] = changed
        elif name not in old or before != value or type(before) is not type(value):
            patch[name] = value
    return patch


def described(family: Family, collector: str) -> dict[str, dict[str, str]]:
    """What the welcome says of each of a family's metrics, and whose state says how they do."""
    entries: dict[str, dict[str, str]] = {}
    for metric in family.metrics:
        entry = {"kind": metric.kind, "unit": metric.unit, "help": metric.help}
        entry["collector"] = collector
        if metric.key is not None:
            entry["key"] = metric.key
        entries[metric.name] = entry
    return entries
