"""From figures to the document of a topic, and from two documents to a merge patch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

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
from monitor.model.schema import Family, Metric, Schema
from monitor.wire.text import clean

Document = dict[str, Any]

# Decimals and digits beyond which a figure is noise: a viewer cannot see it, and a patch would
# carry it each second. 0 decimals make whole numbers.
DECIMALS = {
    BYTES: 0,
    BYTES_PER_SECOND: 0,
    BITS_PER_SECOND: 0,
    HERTZ: 0,
    RATIO: 3,
    SECONDS: 6,
}
OTHER_DECIMALS = 2
DIGITS = 4
# Durations and rates are made of two readings, and are known no better than that.
FEW_DIGITS = 3
# A number of bytes is told again when it has moved by this share of itself. Memory moves each
# second, and by less than anybody can see.
STEADY = 1 / 1024


@dataclass(frozen=True, slots=True)
class Form:
    """How figures of a metric are shown: with at most so many decimals, and so many digits where
    they have decimals; a `steady` one is told again only when it has moved.
    """

    decimals: int
    digits: int
    steady: bool

    @staticmethod
    def of(metric: Metric) -> "Form":
        """By its unit."""
        few = metric.unit == SECONDS or metric.unit.endswith("/s")
        decimals = DECIMALS.get(metric.unit, OTHER_DECIMALS)
        return Form(decimals, FEW_DIGITS if few else DIGITS, metric.unit == BYTES)

    def shown(self, value: Scalar, before: Scalar | None) -> Scalar:
        """The figure or text as it is told; `before` is what was told last."""
        if isinstance(value, str):
            return clean(value)
        if isinstance(value, float):
            value = self.rounded(value)
        if self.steady and isinstance(before, int) and abs(value - before) < before * STEADY:
            return before
        return value

    def rounded(self, value: float) -> float:
        """The figure without its noise, whole where nothing is left behind the point."""
        if not self.decimals or abs(value) >= 10**self.digits:
            return round(value)
        short = float(f"{round(value, self.decimals):.{self.digits}g}")
        return int(short) if short.is_integer() else short


class Documents:
    """Makes the document of one topic, tick by tick: figures rounded by their unit, names cleaned.

    Figures that are the same object as at the tick before are shown by the same object as before:
    of 2,000 processes nearly all are, and each would cost 5 us to be shown again.
    """

    def __init__(self, schema: Schema, topic: str | None = None) -> None:
        self._families = schema.families
        self._topic = topic
        self._forms = {
            name: {m.field: Form.of(m) for m in family.metrics}
            for name, family in self._families.items()
        }
        # Of each family the last figures of each thing, by its key.
        self._last: dict[str, dict[str, _Shown]] = {}

    def of(self, figures: Figures) -> Document:
        """The document of these figures; families of other topics are left out."""
        shown: Document = {}
        last, self._last = self._last, {}
        for name, values in figures.items():
            family = self._families[name]
            if self._topic is not None and family.topic != self._topic:
                continue
            keyed = family.key is not None
            things = cast(dict[str, Values], values if keyed else {"": values})
            before, forms = last.get(name, {}), self._forms[name]
            now = self._last[name] = {}
            for key, of in things.items():
                known = before.get(key)
                if known is None or known.values is not of:
                    known = _shown(forms, key, of, known)
                now[key] = known
            if keyed:
                shown[name] = {one.key: one.shown for one in now.values()}
            else:
                shown[name] = now[""].shown
        return shown


class _Shown(NamedTuple):
    """A thing's figures, and how they and its key are shown."""

    values: Values
    key: str
    shown: dict[str, Scalar]


def _shown(forms: Mapping[str, Form], key: str, values: Values, last: _Shown | None) -> _Shown:
    before = last.shown if last is not None else {}
    shown = {name: forms[name].shown(v, before.get(name)) for name, v in values.items()}
    return _Shown(values, clean(key), shown)


def document(schema: Schema, figures: Figures) -> Document:
    """The document of all families, made once."""
    return Documents(schema).of(figures)


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
