"""The Prometheus text and OpenMetrics: prometheus.io/docs/instrumenting/exposition_formats.

Raw values, as they were read: rates are for whoever asks. What is not known has no line.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from monitor.model.export import UNTYPED
from monitor.model.exposition import COUNTER
from monitor.model.metric import Record
from monitor.wire.shapes import Labels, Shapes, label_text, number, scaled
from monitor.wire.text import clean

TOTAL = "_total"


@dataclass(slots=True)
class Block:
    """All samples of one name: what it is, and the value of each series by its name and labels.

    Of two samples with the same labels the first counts: Prometheus would refuse both.
    """

    name: str
    kind: str
    help: str
    values: dict[str, str] = field(default_factory=dict)


class Exposition:
    """Gathers blocks in the order in which their names first come; `text` renders them."""

    def __init__(self, shapes: Shapes) -> None:
        shapes.turn()
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
                        held[place] = number(scaled(value, series.scale))

    def put(self, name: str, kind: str, help: str, labels: Mapping[str, str], value: float) -> None:
        """One sample more."""
        place = name + _kept_text(tuple(labels.items()))
        self._block(name, kind, help).values.setdefault(place, number(value))

    def text(self, *, openmetrics: bool = False, more: str = "") -> Iterator[str]:
        """The page, in pieces of one name each. `more` are metrics that are text already."""
        for block in self._blocks.values():
            yield _openmetrics(block, self._blocks) if openmetrics else _classic(block)
        yield more
        if openmetrics:
            yield "# EOF\n"

    def _block(self, name: str, kind: str, help: str) -> Block:
        block = self._blocks.get(name)
        if block is None:
            block = self._blocks[name] = Block(name, kind, help)
        return block


def rendered(blocks: Iterable[Block], taken: Collection[str], *, openmetrics: bool) -> str:
    """Metrics as `more` of a page. `taken` are the names of all others that it may have."""
    blocks = list(blocks)
    if not openmetrics:
        return "".join(map(_classic, blocks))
    names = {block.name for block in blocks}.union(taken)
    return "".join(_openmetrics(block, names) for block in blocks)


def block_of(name: str, kind: str, help: str, samples: Iterable[tuple[str, Labels, str]]) -> Block:
    """A metric that was text before: its samples by name, labels and value as it stands."""
    block = Block(name, kind, clean(help))
    for sample, labels, value in samples:
        block.values.setdefault(sample + label_text(labels), value)
    return block


_kept_text = lru_cache(maxsize=1024)(label_text)


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
