"""All that was known in a stretch of time, as one compressed text for the page to read."""

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from monitor.history import text
from monitor.history.question import TooMuch
from monitor.history.reader import Reader
from monitor.history.sought import Wanted
from monitor.history.testimony import MAX_S, Nothing, testify
from monitor.model.metric import HOST
from monitor.model.sample import Figures
from monitor.model.schema import Schema
from monitor.verdict.evidence import KINDS
from monitor.verdict.judge import judge
from monitor.verdict.told import told
from monitor.wire.document import Document, diff

LONGEST_S = 86_400.0
# Points of a chart, and process tables: as many seconds as half an hour has.
POINTS = 1800
# A table that is whole among those that say what has changed, so that none is far.
WHOLE_EVERY = 60
# What was before is known of a process table for so long.
_BEFORE_S = 60.0
_LEVEL = 9
# Its header and trailer are those of gzip (RFC 1952), as browsers unpack.
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class About:
    """What the history does not keep: texts, such as names and kinds of things, as they are now, in
    the shape of a document; what the metrics are; the program's version; and when it was asked."""

    texts: Mapping[str, Any]
    metrics: Mapping[str, Any]
    version: str
    interval: float
    made: float


def texts(figures: Figures, schema: Schema) -> dict[str, Any]:
    """The texts among them, in their shape, of the topic `host` alone: the file is handed on, and
    command lines and who owns a socket are not for everybody."""
    families = schema.families
    return {
        family: _texts(values)
        for family, values in figures.items()
        if family in families and families[family].topic == HOST
    }


def _texts(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _texts(value) if isinstance(value, dict) else value
        for name, value in values.items()
        if isinstance(value, dict | str)
    }


def record(reader: Reader, schema: Schema, start: float, end: float, about: About) -> bytes:
    """gzip of JSON. Raises TooMuch, Nothing and what a reader does."""
    if end - start > LONGEST_S:
        raise TooMuch("a snapshot is of a day at most")
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    pieces = [packer.compress(piece) for piece in _pieces(reader, schema, start, end, about)]
    return b"".join([*pieces, packer.flush()])


def _pieces(
    reader: Reader, schema: Schema, start: float, end: float, about: About
) -> Iterator[bytes]:
    wanted = [
        Wanted(f"{family}.{field}", key)
        for family, field, key in reader.names()
        if family in schema.families and schema.families[family].topic == HOST
    ]
    figures = reader.query(wanted, start, end, POINTS)
    if not figures.times:
        raise Nothing("nothing was recorded then")
    head = {
        "texts": about.texts,
        "metrics": about.metrics,
        "version": about.version,
        "interval": about.interval,
        "made": about.made,
        "verdicts": _verdicts(reader, start, end),
        "marks": [asdict(mark) for mark in reader.marks(start, end)],
    }
    yield json.dumps(head)[:-1].encode()
    yield b',"figures":' + text.figures_json(figures, start, end, schema)
    yield b',"tables":['
    first = True
    for line in _tables(reader, start, end):
        yield line if first else b"," + line
        first = False
    yield b"]}"


def _tables(reader: Reader, start: float, end: float) -> Iterator[bytes]:
    """`[time, whole, document or what changed]`; the first is that of before the start, if any."""
    step = (end - start) / POINTS
    last: Document = {}
    since: float | None = None
    count = 0
    for table in reader.processes(start - _BEFORE_S, end):
        if since is not None and table.time - since < step:
            continue
        whole = count % WHOLE_EVERY == 0
        content = table.document if whole else diff(last, table.document)
        last, since = table.document, table.time
        count += 1
        yield json.dumps([round(table.time, 3), whole, content], separators=(",", ":")).encode()


def _verdicts(reader: Reader, start: float, end: float) -> dict[str, Any]:
    if end - start > MAX_S:
        return {}
    found = {}
    for name, kind in KINDS.items():
        try:
            found[name] = told(judge(testify(reader, kind, start, end)))
        except Nothing:
            continue
    return found
