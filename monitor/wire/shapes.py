"""What of a page stays from one to the next: names with their labels. How values are written."""

import math
from collections.abc import Iterable
from operator import attrgetter

from monitor.model.exposition import Series
from monitor.model.metric import Record
from monitor.model.schema import Schema
from monitor.wire.text import clean

Labels = tuple[tuple[str, str], ...]


class Shapes:
    """What of a page stays from one to the next: names with their labels, put together once.

    They were half of the work of a page.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._shapes: dict[type[Record], tuple[Shape, ...]] = {}

    def turn(self) -> None:
        """Another page begins: what is not on two of them in turn is forgotten."""
        for shapes in list(self._shapes.values()):
            for shape in shapes:
                shape.turn()

    def of(self, record: Record) -> "tuple[Shape, ...]":
        """The shapes of records like this one, one for all series that have the same labels."""
        shapes = self._shapes.get(type(record))
        if shapes is None:
            alike: dict[tuple[Labels, Labels], list[Series]] = {}
            for series in self._schema.family_of(record).series:
                alike.setdefault((series.labels, series.fixed), []).append(series)
            shapes = tuple(Shape(*labels, tuple(series)) for labels, series in alike.items())
            self._shapes[type(record)] = shapes
        return shapes


class Shape:
    """Series of a record type whose labels are the same: names, and the fields that hold them."""

    def __init__(self, labels: Labels, fixed: Labels, series: tuple[Series, ...]) -> None:
        self.series = series
        self._labels = labels
        self._fixed = fixed
        # Not one getattr() a field: there are a thousand of them.
        self._held = attrgetter(*(source for _, source in labels)) if labels else _nothing
        fields = [one.field for one in series if one.field is not None]
        self._values = attrgetter(*fields) if 1 < len(fields) == len(series) else None
        # Those of this page, and of the page before as far as they have not come again.
        self._places: dict[object, tuple[str, ...]] = {}
        self._before: dict[object, tuple[str, ...]] = {}

    def turn(self) -> None:
        """Another page begins."""
        self._before, self._places = self._places, {}

    def values_of(self, record: Record) -> tuple[float | None, ...]:
        """What is known of each series."""
        if self._values is None:
            return tuple(_value_of(series, record) for series in self.series)
        values: tuple[float | None, ...] = self._values(record)
        return values

    def places_of(self, record: Record) -> tuple[str, ...]:
        """Each series' name with its labels."""
        held = self._held(record)
        places = self._places.get(held)
        if places is None:
            places = self._before.pop(held, None)
            if places is None:
                text = self._text(record)
                places = tuple(series.name + text for series in self.series)
            self._places[held] = places
        return places

    def _text(self, record: Record) -> str:
        pairs: list[tuple[str, str]] = []
        for label, source in self._labels:
            value = getattr(record, source)
            # What is not known is an empty label, which to Prometheus is the same as none.
            pairs.append((label, "" if value is None else str(value)))
        return label_text((*pairs, *self._fixed))


def _nothing(record: Record) -> object:
    return None


def scaled(value: float, scale: float) -> float:
    """Without the noise of the last digit: 100 times 0.57 is 56.99999999999999 to a double."""
    return value if scale == 1 else float(f"{value * scale:.15g}")


def _value_of(series: Series, record: Record) -> float | None:
    """None where it is not known, and where nothing is known that the series is there to say."""
    if series.field is not None:
        value: float | None = getattr(record, series.field)
        return value
    known = not series.texts or any(getattr(record, text) is not None for text in series.texts)
    return 1 if known else None


def label_text(pairs: Iterable[tuple[str, str]]) -> str:
    """Labels as they stand behind a name."""
    inside = ",".join(f'{label}="{_escaped(clean(value))}"' for label, value in pairs)
    return f"{{{inside}}}" if inside else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def number(value: float) -> str:
    """A value as both formats have it."""
    if type(value) is int:  # the most of them
        return str(value)
    if isinstance(value, int):
        return str(int(value))  # True is 1
    if math.isfinite(value):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return "NaN" if math.isnan(value) else ("+Inf" if value > 0 else "-Inf")
