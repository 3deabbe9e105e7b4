"""The Prometheus text and OpenMetrics: prometheus.io/docs/instrumenting/exposition_formats.

Raw values, as they were read: rates are for whoever asks. What is not known has no line.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter

from monitor.model.export import UNTYPED
from monitor.model.exposition import COUNTER, Series
from monitor.model.metric import Record
from monitor.model.schema import Schema
from monitor.wire.text import clean

TOTAL = "_total"
Labels = tuple[tuple[str, str], ...]
# Label sets of one shape that are remembered; beyond, those of interfaces and disks that are gone
# are most of them.
MAX_PLACES = 4096


@dataclass(slots=True)
class Block:
    """All samples of one name: what it is, and the value of each series by its name and labels.

    Of two samples with the same labels the first counts: Prometheus would refuse both.
    """

    name: str
    kind: str
    help: str
    values: dict[str, str] = field(default_factory=dict)


class Shapes:
    """What of a page stays from one to the next: names with their labels, put together once.

    They were half of the work of a page.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._shapes: dict[type[Record], tuple[_Shape, ...]] = {}

    def of(self, record: Record) -> "tuple[_Shape, ...]":
        """The shapes of records like this one, one for all series that have the same labels."""
        shapes = self._shapes.get(type(record))
        if shapes is None:
            alike: dict[tuple[Labels, Labels], list[Series]] = {}
            for series in self._schema.family_of(record).series:
                alike.setdefault((series.labels, series.fixed), []).append(series)
            shapes = tuple(_Shape(*labels, tuple(series)) for labels, series in alike.items())
            self._shapes[type(record)] = shapes
        return shapes


class _Shape:
    """Series of a record type whose labels are the same: names, and the fields that hold them."""

    def __init__(self, labels: Labels, fixed: Labels, series: tuple[Series, ...]) -> None:
        self.series = series
        self._labels = labels
        self._fixed = fixed
        # Not one getattr() a field: there are a thousand of them.
        self._held = attrgetter(*(source for _, source in labels)) if labels else _nothing
        fields = [one.field for one in series if one.field is not None]
        self._values = attrgetter(*fields) if 1 < len(fields) == len(series) else None
        self._places: dict[object, tuple[str, ...]] = {}

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
            if len(self._places) >= MAX_PLACES:
                self._places.clear()
            text = self._text(record)
            places = self._places[held] = tuple(series.name + text for series in self.series)
        return places

    def _text(self, record: Record) -> str:
        pairs: list[tuple[str, str]] = []
        for label, source in self._labels:
            value = getattr(record, source)
            # What is not known is an empty label, which to Prometheus is the same as none.
            pairs.append((label, "" if value is None else str(value)))
        return _label_text((*pairs, *self._fixed))


def _nothing(record: Record) -> object:
    return None


class Exposition:
    """Gathers blocks in the order in which their names first come; `text` renders them."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._blocks: dict[str, Block] = {}

    def add(self, records: Iterable[Record]) -> None:
        """All series of these records."""
        for record in records:
            for shape in self._shapes.of(record):
                values, places = shape.values_of(record), shape.places_of(record)
                for series, place, value in zip(shape.series, places, values, strict=True):
                    if value is None:
                        continue
                    held = self._block(series.name, series.type, series.help).values
                    if place not in held:
                        held[place] = _number(_scaled(value, series.scale))

    def put(self, name: str, kind: str, help: str, labels: Mapping[str, str], value: float) -> None:
        """One sample more."""
        place = name + _kept_text(tuple(labels.items()))
        self._block(name, kind, help).values.setdefault(place, _number(value))

    def put_text(
        self, name: str, kind: str, help: str, samples: Iterable[tuple[str, Labels, str]]
    ) -> None:
        """A metric that was text before: its samples by name, labels and value as it stands."""
        values = self._block(name, kind, help).values
        for sample, labels, value in samples:
            values.setdefault(sample + _label_text(labels), value)

    def text(self, *, openmetrics: bool = False) -> Iterator[str]:
        """The page, in pieces of one name each, so that whoever writes it can pause."""
        for block in self._blocks.values():
            yield _openmetrics(block, self._blocks) if openmetrics else _classic(block)
        if openmetrics:
            yield "# EOF\n"

    def _block(self, name: str, kind: str, help: str) -> Block:
        block = self._blocks.get(name)
        if block is None:
            block = self._blocks[name] = Block(name, kind, help)
        return block


def _scaled(value: float, scale: float) -> float:
    """Without the noise of the last digit: 100 times 0.57 is 56.99999999999999 to a double."""
    return value if scale == 1 else float(f"{value * scale:.15g}")


def _value_of(series: Series, record: Record) -> float | None:
    """None where it is not known, and where nothing is known that the series is there to say."""
    if series.field is not None:
        value: float | None = getattr(record, series.field)
        return value
    known = not series.texts or any(getattr(record, text) is not None for text in series.texts)
    return 1 if known else None


def _label_text(pairs: Iterable[tuple[str, str]]) -> str:
    inside = ",".join(f'{label}="{_escaped(clean(value))}"' for label, value in pairs)
    return f"{{{inside}}}" if inside else ""


_kept_text = lru_cache(maxsize=1024)(_label_text)


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    if type(value) is int:  # the most of them
        return str(value)
    if isinstance(value, int):
        return str(int(value))  # True is 1
    if math.isfinite(value):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return "NaN" if math.isnan(value) else ("+Inf" if value > 0 else "-Inf")


def _help(text: str) -> str:
    return " ".join(text.split()).replace("\\", r"\\")


def _classic(block: Block) -> str:
    return _classic_head(block.name, block.kind, block.help) + _lines(block)


@lru_cache(maxsize=4096)
def _classic_head(name: str, kind: str, help: str) -> str:
    return f"# HELP {name} {_help(help)}\n# TYPE {name} {kind}\n"


def _lines(block: Block) -> str:
    return "".join([f"{series} {value}\n" for series, value in block.values.items()])


def _openmetrics(block: Block, taken: Collection[str]) -> str:
    """A counter's name is without its suffix there, and its samples with it (OpenMetrics 1.0)."""
    name, kind = block.name, block.kind
    family = name.removesuffix(TOTAL)
    if kind == COUNTER and (family == name or family in taken):
        kind = UNTYPED  # no counter may be called so there
    family = family if kind == COUNTER else name
    shown = "unknown" if kind == UNTYPED else kind
    text = _help(block.help).replace('"', r"\"")
    head = f"# TYPE {family} {shown}\n# HELP {family} {text}\n"
    return head + _lines(block)
