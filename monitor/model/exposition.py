"""Which series of the Prometheus text a record's fields are, and what they are called there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from monitor.model import metric
from monitor.model.metric import Declaration, Kind, Record

COUNTER = "counter"
GAUGE = "gauge"

# prometheus.io/docs/practices/naming: a name ends in its base unit, a counter in `_total`.
_UNIT_SUFFIXES = {
    metric.BYTES: "_bytes",
    metric.SECONDS: "_seconds",
    metric.RATIO: "_ratio",
    metric.HERTZ: "_hertz",
    metric.CELSIUS: "_celsius",
    metric.VOLTS: "_volts",
    metric.AMPERES: "_amperes",
    metric.WATTS: "_watts",
    metric.BITS_PER_SECOND: "_bytes",
    metric.BYTES_PER_SECOND: "_bytes",
}
# The base unit of what is carried is the byte.
_UNIT_SCALES = {metric.BITS_PER_SECOND: 1 / 8}


@dataclass(frozen=True, slots=True)
class Series:
    """One series for each record: `field` times `scale`, or 1 where that is None.

    `fixed` are labels with their values, `labels` are labels with the fields that hold theirs.
    `texts` are fields of which one at least must be known.
    """

    name: str
    type: str
    help: str
    field: str | None
    scale: float
    fixed: tuple[tuple[str, str], ...]
    labels: tuple[tuple[str, str], ...]
    texts: tuple[str, ...] = ()


def series_of(
    record_type: type[Record], declared: Mapping[str, Declaration], key: str | None
) -> Iterator[Series]:
    """All series of a record type. Raises TypeError where a label is of no field."""
    if not record_type.EXPORTED:
        return
    labels = tuple(record_type.LABELS.items()) or (((key, key),) if key is not None else ())
    for label, field in labels:
        if field not in declared:
            raise TypeError(f"{record_type.__name__}: the label {label!r} is of no field {field!r}")
    family = record_type.FAMILY
    about = (record_type.__doc__ or "").strip().partition("\n")[0]
    texts: dict[str, list[tuple[str, str]]] = {}
    for field, d in declared.items():
        if d.export.name is None or d.kind is Kind.KEY:
            continue
        if d.kind is Kind.INFO and d.unit == metric.TEXT:
            if d.export.name or field not in {f for _, f in labels}:
                name = d.export.name or f"monitor_{family}_info"
                texts.setdefault(name, []).append((d.export.text_label or field, field))
            continue
        yield Series(
            name=d.export.name or _default_name(family, field, d),
            type=d.export.type or (COUNTER if d.kind is Kind.COUNTER else GAUGE),
            # Several fields share a name and differ in a label: what they share is the family.
            help=about if d.export.labels else d.help,
            field=field,
            scale=d.export.scale if d.export.name else _UNIT_SCALES.get(d.unit, 1),
            fixed=d.export.labels,
            labels=labels,
        )
    for name, fields in texts.items():
        named = {label for label, _ in fields}
        shared = tuple(pair for pair in labels if pair[0] not in named)
        # By its default name it says that the thing is there, whatever is known of it.
        needed = () if name == f"monitor_{family}_info" else tuple(field for _, field in fields)
        yield Series(name, GAUGE, about, None, 1, (), (*shared, *fields), needed)


def _default_name(family: str, field: str, declaration: Declaration) -> str:
    unit = _UNIT_SUFFIXES.get(declaration.unit, "")
    total = "_total" if declaration.kind is Kind.COUNTER else ""
    return f"monitor_{family}_{field.removesuffix(unit)}{unit}{total}"
