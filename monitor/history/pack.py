"""A few seconds of every series in one row: what is lost with the power is no more than that. Pure.

A pack is short-lived; when its block is sealed, it goes.
"""

import struct
import zlib
from array import array
from typing import NamedTuple

from monitor.history import chunk
from monitor.history.chunk import Corrupt

_HEAD = struct.Struct("<HB")
_PART = struct.Struct("<BIII")


class Pack(NamedTuple):
    """Ticks and the columns of each series, by series."""

    times: "array[float]"
    columns: dict[int, "array[float]"]
    bits: dict[int, int]


def encode(pack: Pack) -> bytes:
    """As bytes: of each group of series that are kept alike, who they are and all their figures."""
    groups: dict[int, list[int]] = {}
    for series, bits in pack.bits.items():
        groups.setdefault(bits, []).append(series)
    parts = [_HEAD.pack(len(pack.times), len(groups)), pack.times.tobytes()]
    for bits, members in groups.items():
        figures = pack.columns[members[0]][:0]
        for series in members:
            figures.extend(pack.columns[series])
        steps = array("i", [b - a for a, b in zip([0, *members], members, strict=False)])
        who, what = zlib.compress(steps.tobytes()), chunk.encode(figures, bits)
        parts += [_PART.pack(bits, len(members), len(who), len(what)), who, what]
    return b"".join(parts)


def decode(data: bytes) -> Pack:
    """Raises Corrupt."""
    try:
        count, groups = _HEAD.unpack_from(data)
        at = _HEAD.size + 8 * count
        pack = Pack(array("d", data[_HEAD.size : at]), {}, {})
        for _ in range(groups):
            bits, members, who, what = _PART.unpack_from(data, at)
            at += _PART.size
            steps = array("i", zlib.decompress(data[at : at + who]))
            at += who
            figures = chunk.decode(data[at : at + what], count * members)
            at += what
            series = 0
            for n, step in enumerate(steps):
                series += step
                pack.columns[series] = figures[n * count : (n + 1) * count]
                pack.bits[series] = bits
    except (struct.error, zlib.error, ValueError) as fault:
        raise Corrupt(str(fault)) from None
    return pack
