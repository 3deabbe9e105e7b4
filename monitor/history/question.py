"""What the file and the memory have of some series in some stretch of time."""

import math
import sqlite3
from collections.abc import Iterator, Sequence

from monitor.history import block, chunk
from monitor.history.answer import Part
from monitor.history.block import Head
from monitor.history.layout import SERIES_BITS
from monitor.history.rollup import Rolled
from monitor.history.tier import RAW, SOURCE, TIERS, Tier

# Chunks that one question may read: half a second of processor time.
MAX_CHUNKS = 20_000
# And look for: most containers that ever were are not in it.
MAX_SOUGHT = 500_000
# SQLite takes 32,766 values in a statement; these are enough for it to be as fast.
_MANY = 500
_BLOCKS = """\
SELECT id, tier, start, end, count, size FROM block
    WHERE tier = ? AND start BETWEEN ? AND ? AND end >= ? ORDER BY id"""
_UNROLLED = """\
SELECT id, tier, start, end, count, size FROM block
    WHERE tier = ? AND start BETWEEN ? AND ? AND end >= ? AND NOT rolled ORDER BY id"""
_MASK = (1 << SERIES_BITS) - 1


class TooMuch(Exception):
    """A question that would take too long; its text says what of it."""


class Question:
    """One question to the file."""

    def __init__(
        self,
        db: sqlite3.Connection,
        series: list[int],
        start: float,
        end: float,
        known: set[int],
    ) -> None:
        self.series = series
        self._db = db
        self._start, self._end = start, end
        self._known = known
        self._read = self._sought = 0

    def parts(self, tier: Tier, memory: list[Part]) -> list[Part]:
        """All that there is, oldest tier first."""
        found = self._fresh(tier, memory)
        found = [*self._of(tier, self._start, self._end), *found]
        lowest = min([*self._oldest(tier), *(part.times[0] for part in memory)], default=self._end)
        for coarser in TIERS[tier.number + 1 :]:
            if lowest <= self._start:
                break
            # What is too old for the finer one.
            found = [*self._of(coarser, self._start, math.nextafter(lowest, -math.inf)), *found]
            lowest = min([lowest, *self._oldest(coarser)])
        return [part for part in found if part.times]

    def _fresh(self, tier: Tier, memory: list[Part]) -> list[Part]:
        """What is not yet in this tier, from those that it is made of."""
        if tier is RAW:
            return [part.cut(self._start, self._end) for part in memory]
        source = SOURCE[tier]
        parts = self._fresh(source, memory)
        parts = [*self._of(source, self._start, self._end, unrolled=True), *parts]
        return [part.summed(tier.step) for part in parts if part.times]

    def _of(self, tier: Tier, start: float, end: float, *, unrolled: bool = False) -> list[Part]:
        """What the file has in one tier."""
        rows = self._db.execute(
            _UNROLLED if unrolled else _BLOCKS,
            (tier.number, start - tier.span, end, start),
        )
        heads = [head for head in map(_head, rows) if head.id not in self._known]
        self._sought += len(heads) * len(self.series)
        if self._sought > MAX_SOUGHT:
            raise self._too_much()
        return [self._part(tier, head).cut(start, end) for head in heads]

    def _part(self, tier: Tier, head: Head) -> Part:
        row = self._db.execute("SELECT times FROM block WHERE id = ?", (head.id,)).fetchone()
        times = block.unpack_times(row[0], head.count)
        part = Part(times, tier.step or pace(times))
        for series, data in self._chunks(head):
            if tier is RAW:
                part.raw[series] = chunk.decode(data, head.count)
            else:
                joined = chunk.decode(data, len(Rolled._fields) * head.count)
                part.rolled[series] = Rolled.parted(joined)
        return part

    def _chunks(self, head: Head) -> Iterator[tuple[int, bytes]]:
        first = head.id << SERIES_BITS
        for n in range(0, len(self.series), _MANY):
            ids = [first + series for series in self.series[n : n + _MANY]]
            marks = ",".join("?" * len(ids))
            rows = self._db.execute(f"SELECT id, data FROM chunk WHERE id IN ({marks})", ids)
            for number, data in rows:
                self._read += 1
                if self._read > MAX_CHUNKS:
                    raise self._too_much()
                yield number & _MASK, data

    def _too_much(self) -> TooMuch:
        return TooMuch(f"{len(self.series)} series over that time are too many at once")

    def _oldest(self, tier: Tier) -> list[float]:
        row = self._db.execute("SELECT min(start) FROM block WHERE tier = ?", (tier.number,))
        return [start for (start,) in row if start is not None]


def pace(times: Sequence[float]) -> float:
    """Seconds between two of these times."""
    return (times[-1] - times[0]) / (len(times) - 1) if len(times) > 1 else 1.0


def _head(row: tuple[int, int, float, float, int, int]) -> Head:
    return Head(*row)
