"""All metrics of all record types, by name, and how each one is shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from monitor.model.exposition import Series, series_of
from monitor.model.metric import (
    METADATA_KEY,
    RATIO,
    SECONDS,
    Declaration,
    Kind,
    Quotient,
    Record,
)


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure as it is shown: on the stream, in the history, on the page, in the docs.

    `kind` is gauge, rate (a counter's increase a second), share (one counter's increase over
    another's) or info. `source` is the raw kind of the field that it comes from.
    """

    name: str
    family: str
    field: str
    kind: str
    unit: str
    help: str
    key: str | None
    source: Kind


@dataclass(frozen=True, slots=True)
class Division:
    """How one figure follows from two samples; `over` of None is the time between them."""

    figure: str
    of: str
    over: str | None


@dataclass(frozen=True, slots=True)
class Family:
    """The plan by which records of one type become figures, and of which topic they are."""

    name: str
    help: str
    topic: str
    key: str | None
    identity: tuple[str, ...]
    birth: str | None
    as_read: tuple[str, ...]
    divided: tuple[Division, ...]
    metrics: tuple[Metric, ...]
    types: Mapping[str, tuple[type, ...]]
    series: tuple[Series, ...]


class Schema:
    """Families by name and by record type. Two families of one name are an error."""

    def __init__(self, record_types: Iterable[type[Record]]) -> None:
        self.families: dict[str, Family] = {}
        self._by_type: dict[type[Record], Family] = {}
        for record_type in record_types:
            family = _plan(record_type)
            if family.name in self.families:
                raise ValueError(f"two record types declare the family {family.name!r}")
            self.families[family.name] = family
            self._by_type[record_type] = family
        self.metrics = {m.name: m for f in self.families.values() for m in f.metrics}

    def check(self, record: Record) -> None:
        """Raise TypeError, naming the field, unless every value is of a kind that can be shown.

        A collector is not believed: what it yields goes to every viewer, in one message.
        """
        family = self._by_type.get(type(record))
        if family is None:
            raise TypeError(f"{type(record).__name__} is no record type that was declared")
        for name, wanted in family.types.items():
            value = getattr(record, name)
            # What is not known may be missing, but nothing may be nameless.
            if not (_fit(value, wanted) or (value is None and name != family.key)):
                raise TypeError(f"{family.name}.{name} is {_said(value)}")

    def family_of(self, record: Record) -> Family:
        """The plan for this record; KeyError names a type that nobody declared."""
        return self._by_type[type(record)]


_TYPES: Mapping[Kind, tuple[type, ...]] = {
    Kind.KEY: (str,),
    Kind.GAUGE: (int, float),
    Kind.COUNTER: (int, float),
    Kind.INFO: (str, int, float, bool),
}
# The kernel's counters are no wider. A number that no double holds would stop every viewer's tick.
_MAX_BITS = 64


def _fit(value: object, wanted: tuple[type, ...]) -> bool:
    # True is an int to Python, and not a number to anybody who reads JSON.
    if isinstance(value, bool):
        return bool in wanted
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        return False
    return isinstance(value, wanted)


def _said(value: object) -> str:
    """What it is instead. Not its repr(): that may be megabytes, and raises for a huge int."""
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        return f"a number of {value.bit_length()} bits"
    return f"of type {type(value).__name__}"


def _rate_unit(unit: str) -> str:
    return RATIO if unit == SECONDS else f"{unit}/s"


def _declarations(record_type: type[Record]) -> dict[str, Declaration]:
    if not hasattr(record_type, "__dataclass_fields__"):
        raise TypeError(f"{record_type.__name__} is not decorated with @record")
    declared: dict[str, Declaration] = {}
    for f in fields(record_type):  # type: ignore[arg-type]  # checked above; a Record is one
        if METADATA_KEY not in f.metadata:
            raise TypeError(f"{record_type.__name__}.{f.name} declares no metric")
        declared[f.name] = f.metadata[METADATA_KEY]
    return declared


def _plan(record_type: type[Record]) -> Family:
    declared = _declarations(record_type)
    if not hasattr(record_type, "FAMILY"):
        raise TypeError(f"{record_type.__name__} has no FAMILY")
    name = record_type.FAMILY
    keys = [n for n, d in declared.items() if d.kind is Kind.KEY]
    if len(keys) > 1:
        raise TypeError(f"{record_type.__name__} has more than one key: {', '.join(keys)}")
    key = keys[0] if keys else None
    metrics, divided = _shown(record_type, declared, key)
    _check_divisions(record_type, declared, divided)
    return Family(
        name=name,
        help=(record_type.__doc__ or "").strip(),
        topic=record_type.TOPIC,
        key=key,
        identity=tuple(n for n, d in declared.items() if d.identity),
        birth=next((n for n, d in declared.items() if d.birth), None),
        as_read=tuple(n for n, d in declared.items() if d.kind in (Kind.GAUGE, Kind.INFO)),
        divided=tuple(divided),
        metrics=tuple(metrics),
        types={n: _TYPES[d.kind] for n, d in declared.items()},
        series=tuple(series_of(record_type, declared, key)),
    )


def _shown(
    record_type: type[Record], declared: dict[str, Declaration], key: str | None
) -> tuple[list[Metric], list[Division]]:
    """What is shown of a record, and what of that is divided."""
    name = record_type.FAMILY
    metrics: list[Metric] = []
    divided: list[Division] = []

    def show(figure: str, kind: str, unit: str, help: str, source: Kind) -> None:
        metrics.append(Metric(f"{name}.{figure}", name, figure, kind, unit, help, key, source))

    for field, d in declared.items():
        if d.kind is Kind.COUNTER and not d.shown:
            continue
        if d.kind is Kind.COUNTER:
            divided.append(Division(field, field, d.over))
            if d.over is None:
                show(field, "rate", _rate_unit(d.unit), d.help, d.kind)
            else:
                show(field, "share", RATIO, d.help, d.kind)
        elif d.kind is not Kind.KEY:
            show(field, d.kind.value, d.unit, d.help, d.kind)
    for figure, q in _quotients(record_type):
        divided.append(Division(figure, q.of, q.over))
        show(figure, "share", q.unit, q.help, Kind.COUNTER)
    return metrics, divided


def _quotients(record_type: type[Record]) -> Iterable[tuple[str, Quotient]]:
    for base in reversed(record_type.__mro__):
        for figure, q in vars(base).items():
            if isinstance(q, Quotient):
                yield figure, q


def _check_divisions(
    record_type: type[Record], declared: dict[str, Declaration], divided: list[Division]
) -> None:
    for division in divided:
        for part in (division.of, division.over):
            if part is not None and (
                part not in declared or declared[part].kind is not Kind.COUNTER
            ):
                raise TypeError(
                    f"{record_type.__name__}.{division.figure} divides by or of {part!r}, "
                    "which is no counter of it"
                )
