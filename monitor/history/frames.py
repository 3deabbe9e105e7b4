"""The process table second by second: a key frame, and what changed since. Pure.

A frame is the document of the stream's topic `processes`, as a viewer would have been sent it; what
follows it are JSON Merge Patches (RFC 7386). One line of JSON a second, `[time, document]` or
`[time, patch]`, a minute of them deflated: with 300 processes at work, 120 bytes a second.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.history.chunk import Corrupt
from monitor.wire.document import Document, diff

_LEVEL = 6
# A minute of 30,000 processes is 10 MB. What says that it is more was not written here.
_MOST_BYTES = 256 << 20
_DIGITS = 4

Frame = tuple[float, Document]


@dataclass(frozen=True, slots=True)
class Minute:
    """Frames that stand together: the first is whole, the others are patches. `step` is seconds
    between two, 1 for each tick."""

    id: int
    step: int
    start: float
    end: float
    data: bytes


def line(time: float, document: Document) -> str:
    """One frame, whole or as a patch."""
    return json.dumps([round(time, 3), document], separators=(",", ":"))


def moment(text: str) -> float:
    """The time of a line. Raises Corrupt."""
    try:
        return float(text[1 : text.index(",")])
    except ValueError as fault:
        raise Corrupt(str(fault)) from None


def chain(whole: Iterable[Frame]) -> list[str]:
    """Lines of these frames: the first whole, the others as patches."""
    lines: list[str] = []
    before: Document = {}
    for time, document in whole:
        lines.append(line(time, diff(before, document) if lines else document))
        before = document
    return lines


def pack(lines: Iterable[str]) -> bytes:
    """Lines as bytes."""
    return zlib.compress("\n".join(lines).encode(), _LEVEL)


def unpack(data: bytes) -> list[str]:
    """Raises Corrupt."""
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(data, _MOST_BYTES)
        if not unpacker.eof:
            raise Corrupt("frames that do not end")
        return text.decode().split("\n")
    except (zlib.error, ValueError) as fault:
        raise Corrupt(str(fault)) from None


def frames(lines: Sequence[str], until: float | None = None) -> Iterator[Frame]:
    """Each frame whole, up to that time. Things that did not change are the same objects as in the
    frame before. Raises Corrupt.
    """
    document: Document = {}
    for text in lines:
        try:
            time, patch = json.loads(text)
        except ValueError as fault:
            raise Corrupt(str(fault)) from None
        if until is not None and time > until:
            return
        document = merged(document, patch)
        yield time, document


def merged(document: Document, patch: Document) -> Document:
    """RFC 7386; the document itself stays as it is, and is given back where nothing changes."""
    if not patch:
        return document
    new = dict(document)
    for name, value in patch.items():
        if value is None:
            new.pop(name, None)
        elif isinstance(value, dict):
            before = new.get(name)
            new[name] = merged(before if isinstance(before, dict) else {}, value)
        else:
            new[name] = value
    return new


def thinned(
    minutes: Iterable[Frame], step: float, flows: dict[str, frozenset[str]]
) -> Iterator[Frame]:
    """One frame for each `step` seconds: who was there in any part of them, with figures as they
    were last. Those in `flows`, by family, are averages over all of the ticks: a process that was
    busy in one of ten was so for a tenth of the time.
    """
    window: list[Document] = []
    start: float | None = None
    for time, document in minutes:
        begin = time // step * step
        if start is not None and begin != start:
            yield start, _summed(window, flows)
            window = []
        start = begin
        window.append(document)
    if start is not None:
        yield start, _summed(window, flows)


def _summed(window: Sequence[Document], flows: dict[str, frozenset[str]]) -> Document:
    summed: Document = {}
    for name in dict.fromkeys(family for document in window for family in document):
        tables = [document.get(name, {}) for document in window]
        things: dict[str, Any] = {}
        for table in tables:
            things.update(table)
        for key, thing in things.items():
            past = [table.get(key) for table in tables]
            if any(one is not thing for one in past):
                things[key] = _averaged(thing, past, flows.get(name, frozenset()))
        summed[name] = things
    return summed


def _averaged(
    thing: dict[str, Any], past: Sequence[dict[str, Any] | None], flows: frozenset[str]
) -> dict[str, Any]:
    averaged = dict(thing)
    for field in flows:
        known = [one[field] for one in past if one is not None and field in one]
        if known:
            averaged[field] = float(f"{sum(known) / len(past):.{_DIGITS}g}")
    return averaged
