"""What is recorded and not yet in a block: packs of a few seconds in some sixty rows, which are
written over in turn. Belongs to the store's thread.

A row keeps its length, filled up with zeros, so that SQLite overwrites its one page and touches
nothing else. Rows that were inserted and deleted wrote five times as much.
"""

import copy
import sqlite3
import struct
from dataclasses import dataclass, field

from monitor.history.chunk import Corrupt

_HEAD = struct.Struct("<QQII")
# What fits into one page of 4,096 bytes beside SQLite's own, and into each one more
# (sqlite.org/fileformat2.html, "B-tree Cell Format").
_FIRST, _FURTHER = 4050, 4092


@dataclass(slots=True)
class _Rows:
    """Of each row the number of its pack and of the last minute of processes in it; and up to which
    pack there are blocks, and up to which minute minutes."""

    packs: list[tuple[int, int]] = field(default_factory=list)
    series: int = 0
    processes: int = 0

    def free(self) -> int | None:
        """A row whose pack has been made into something better."""
        for n, (pack, minute) in enumerate(self.packs):
            if pack <= self.series and minute <= self.processes:
                return n
        return None


class Hot:
    """Packs by number, which rises by one each. All may raise sqlite3.Error."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """Raises Corrupt."""
        self._db = db
        self._rows = _Rows()
        marks = db.execute("SELECT series, processes FROM mark").fetchone()
        self._rows.series, self._rows.processes = marks
        # Series and processes of those that still count, oldest first.
        self.left: list[tuple[bytes, bytes]] = []
        found = {}
        for row, data in db.execute("SELECT id, data FROM hot ORDER BY id"):
            number, minute, first, second = _head(data)
            self._rows.packs += [(0, 0)] * (row - len(self._rows.packs))
            self._rows.packs[row - 1] = (number, minute)
            at = _HEAD.size
            found[number] = (
                data[at : at + first] if number > self._rows.series else b"",
                data[at + first : at + first + second] if minute > self._rows.processes else b"",
            )
        self.left += [found[number] for number in sorted(found)]
        self.last = max([self._rows.series, *found])

    @property
    def last_minute(self) -> int:
        """The last minute that there is."""
        return self._rows.processes

    def save(self) -> tuple[_Rows, int]:
        """What to `restore` where the transaction fails."""
        return copy.deepcopy(self._rows), self.last

    def restore(self, saved: tuple[_Rows, int]) -> None:
        """The transaction has failed."""
        self._rows, self.last = saved

    def add(self, series: bytes, processes: bytes, minute: int) -> None:
        """A pack of each; `minute` is the last one that has processes in it."""
        self.last += 1
        head = _HEAD.pack(self.last, minute, len(series), len(processes))
        data = head + series + processes
        over = max(0, len(data) - _FIRST)
        data = data.ljust(_FIRST + -(-over // _FURTHER) * _FURTHER, b"\0")
        packs, free = self._rows.packs, self._rows.free()
        if free is None:
            packs.append((self.last, minute))
            self._db.execute("INSERT INTO hot (id, data) VALUES (?, ?)", (len(packs), data))
        else:
            packs[free] = (self.last, minute)
            self._db.execute("UPDATE hot SET data = ? WHERE id = ?", (data, free + 1))

    def cool(self, *, series: int = 0, processes: int = 0) -> None:
        """There are blocks up to that pack, and minutes up to that one."""
        self._rows.series = max(self._rows.series, series)
        self._rows.processes = max(self._rows.processes, processes)
        marks = (self._rows.series, self._rows.processes)
        self._db.execute("UPDATE mark SET series = ?, processes = ?", marks)


def _head(data: bytes) -> tuple[int, int, int, int]:
    try:
        number, minute, series, processes = _HEAD.unpack_from(data)
    except struct.error as fault:
        raise Corrupt(str(fault)) from None
    if series + processes > len(data) - _HEAD.size:
        raise Corrupt("a pack that is longer than its row")
    return number, minute, series, processes
