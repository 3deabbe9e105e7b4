"""A stretch of history: the times of its ticks, and a column of figures a series. Pure."""

import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from monitor.history.chunk import Corrupt
from monitor.history.tier import Tier

# Times are kept in milliseconds: the tick is no more exact.
_MS = 1000


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a block without its figures. `start` and `end` are Unix times of its first
    and last tick, or stretch; `count` is how many there are, `size` bytes of all its chunks."""

    id: int
    tier: int
    start: float
    end: float
    count: int
    size: int


@dataclass(slots=True)
class Sealed:
    """A block that is to be written: its chunks by series."""

    tier: Tier
    id: int
    times: "array[float]"
    chunks: dict[int, bytes] = field(default_factory=dict)
    # The last of the rows that it takes the place of.
    last_hot: int = 0
    # Whether nothing is to be made of it any more.
    rolled: bool = False

    @property
    def size(self) -> int:
        """Bytes that it takes on disk, more or less: SQLite adds some 12 to a row."""
        return sum(map(len, self.chunks.values())) + 12 * len(self.chunks) + 4 * len(self.times)


def pack_times(times: Sequence[float]) -> bytes:
    """Times as bytes: the first, and what each is more than a regular one would be."""
    stamps = [round(time * _MS) for time in times]
    steps = array("q", [b - a for a, b in pairwise(stamps)])
    return stamps[0].to_bytes(8, "little", signed=True) + zlib.compress(_shuffle(steps))


def unpack_times(data: bytes, count: int) -> "array[float]":
    """The times. Raises Corrupt."""
    try:
        steps = _unshuffle(zlib.decompress(data[8:]))
    except (zlib.error, ValueError) as fault:
        raise Corrupt(str(fault)) from None
    if len(steps) != count - 1:
        raise Corrupt(f"{len(steps) + 1} times of {count}")
    stamp = int.from_bytes(data[:8], "little", signed=True)
    times = array("d", [stamp / _MS])
    for step in steps:
        stamp += step
        times.append(stamp / _MS)
    return times


def _shuffle(steps: "array[int]") -> bytes:
    raw = steps.tobytes()
    return b"".join(raw[rank::8] for rank in range(8))


def _unshuffle(planes: bytes) -> "array[int]":
    raw = bytearray(len(planes))
    count = len(planes) // 8
    for rank in range(8):
        raw[rank::8] = planes[rank * count : (rank + 1) * count]
    return array("q", bytes(raw))
