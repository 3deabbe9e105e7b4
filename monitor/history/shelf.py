"""What is in the tables, and every statement that changes it. Belongs to the store's thread."""

import copy
from array import array
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass

from monitor.history import block
from monitor.history.block import Head, Sealed
from monitor.history.file import File
from monitor.history.hot import Hot
from monitor.history.layout import SERIES_BITS, roll_back
from monitor.history.series import Name
from monitor.history.tier import TIERS, Tier

_LAST = {
    "block": "SELECT max(id) FROM block",
    "series": "SELECT max(id) FROM series",
}


@dataclass(slots=True)
class Stock:
    """What a tier holds: bytes, and seconds that were recorded."""

    size: int = 0
    seconds: float = 0.0


class Shelf:
    """Blocks, minutes and what is not yet in either. All may raise sqlite3.Error."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._db = file.db
        # Of the series that were recorded lately. Others may copy it.
        self.names: dict[Name, int] = {}
        # Those that are not in the file yet.
        self._new: dict[Name, int] = {}
        self.stock = {tier.number: Stock() for tier in TIERS}
        self.hot = Hot(self._db)
        self.last_block = self._last("block")
        self.last_series = self._last("series")
        self._take_stock()

    def _last(self, table: str) -> int:
        found: int | None = self._db.execute(_LAST[table]).fetchone()[0]
        return found or 0

    def _take_stock(self) -> None:
        rows = self._db.execute("SELECT tier, start, end, count, size FROM block")
        for tier, start, end, count, size in rows:
            self._note(Head(0, tier, start, end, count, size), 1)

    def _note(self, head: Head, sign: int) -> None:
        stock = self.stock[head.tier]
        stock.size += sign * head.size
        step = TIERS[head.tier].step
        stock.seconds += sign * (step * head.count if step else head.end - head.start)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, in memory too."""
        self._db.execute("BEGIN IMMEDIATE")
        with ExitStack() as undo:
            undo.callback(self._restore, copy.deepcopy(self.stock), self.last_block)
            undo.callback(self.hot.restore, self.hot.save())
            undo.callback(roll_back, self._db)
            yield
            self._db.execute("COMMIT")
            undo.pop_all()

    def _restore(self, stock: dict[int, Stock], last_block: int) -> None:
        self.stock, self.last_block = stock, last_block

    def identify(self, name: Name) -> int:
        """The number of a series, which it keeps. One that is new is told to the file later."""
        known = self.names.get(name)
        if known is not None:
            return known
        row = self._db.execute(
            "SELECT id FROM series WHERE family = ? AND field = ? AND key = ?", name
        ).fetchone()
        if row is None:
            self.last_series += 1
            self._new[name] = self.last_series
        self.names[name] = number = self.last_series if row is None else int(row[0])
        return number

    def adopt(self, other: "Shelf") -> None:
        """The names and numbers of a file that is no more, for this one that is new."""
        self.names, self._new = dict(other.names), dict(other.names)
        self.last_series, self.last_block = other.last_series, other.last_block
        self.hot.last = other.hot.last

    def forget_names(self, still: Container[int]) -> None:
        """Those that are not recorded any more: if they come again, they are looked up."""
        kept = {name: number for name, number in self.names.items() if number in still}
        self.names = {**kept, **self._new}

    def add_names(self) -> None:
        """Those that the file does not know."""
        self._db.executemany(
            "INSERT INTO series (family, field, key, id) VALUES (?, ?, ?, ?)",
            [(*name, number) for name, number in self._new.items()],
        )

    def added_names(self) -> None:
        """The transaction that added them has ended well."""
        self._new = {}

    def remove_names(self, numbers: Iterable[int]) -> None:
        """Of series that nothing is left of, and that are not recorded."""
        self._db.executemany("DELETE FROM series WHERE id = ?", [(number,) for number in numbers])

    def number(self) -> int:
        """For the next block: they are in the order of their recording."""
        self.last_block += 1
        return self.last_block

    def add(self, sealed: Sealed) -> None:
        """A block."""
        times, tier = sealed.times, sealed.tier.number
        head = Head(sealed.id, tier, times[0], times[-1], len(times), sealed.size)
        self._db.execute(
            "INSERT INTO block (id, tier, start, end, count, size, rolled, times)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*astuple(head), sealed.rolled, block.pack_times(times)),
        )
        first = head.id << SERIES_BITS
        self._db.executemany(
            "INSERT INTO chunk (id, data) VALUES (?, ?)",
            [(first + series, sealed.chunks[series]) for series in sorted(sealed.chunks)],
        )
        self._note(head, 1)

    def open_heads(self, tier: Tier) -> list[Head]:
        """Blocks that are to be made into something coarser or longer, oldest first."""
        rows = self._db.execute(
            "SELECT id, tier, start, end, count, size FROM block"
            " WHERE tier = ? AND NOT rolled ORDER BY id",
            (tier.number,),
        )
        return [Head(*row) for row in rows]

    def heads(self) -> list[Head]:
        """All blocks, the longest first, as they have most series in them."""
        rows = self._db.execute(
            "SELECT id, tier, start, end, count, size FROM block ORDER BY tier DESC, id DESC"
        )
        return [Head(*row) for row in rows]

    def meeting(self, tier: Tier, head: Head) -> list[Head]:
        """Blocks of a tier that are of the same time as this one."""
        rows = self._db.execute(
            "SELECT id, tier, start, end, count, size FROM block"
            " WHERE tier = ? AND start BETWEEN ? AND ? AND end >= ?",
            (tier.number, head.start - tier.span - tier.step, head.end, head.start - tier.step),
        )
        return [Head(*row) for row in rows]

    def oldest(self, tier: Tier) -> Head | None:
        """The block that was recorded first."""
        row = self._db.execute(
            "SELECT id, tier, start, end, count, size FROM block WHERE tier = ? ORDER BY id",
            (tier.number,),
        ).fetchone()
        return Head(*row) if row is not None else None

    def mark_rolled(self, heads: Iterable[Head]) -> None:
        """Nothing is to be made of them any more."""
        self._db.executemany("UPDATE block SET rolled = 1 WHERE id = ?", [(h.id,) for h in heads])

    def times(self, head: Head) -> "array[float]":
        """Its times. Raises Corrupt."""
        row = self._db.execute("SELECT times FROM block WHERE id = ?", (head.id,)).fetchone()
        return block.unpack_times(row[0], head.count)

    def members(self, heads: Sequence[Head]) -> list[int]:
        """All series of these blocks."""
        found: set[int] = set()
        for head in heads:
            rows = self._db.execute("SELECT id FROM chunk WHERE id BETWEEN ? AND ?", _span(head))
            found.update(row[0] & ((1 << SERIES_BITS) - 1) for row in rows)
        return sorted(found)

    def chunk(self, head: Head, series: int) -> bytes | None:
        """One series of a block."""
        row = self._db.execute(
            "SELECT data FROM chunk WHERE id = ?", ((head.id << SERIES_BITS) + series,)
        ).fetchone()
        return row[0] if row is not None else None

    def drop(self, head: Head) -> None:
        """A block and all that is in it."""
        self._db.execute("DELETE FROM chunk WHERE id BETWEEN ? AND ?", _span(head))
        if self._db.execute("DELETE FROM block WHERE id = ?", (head.id,)).rowcount:
            self._note(head, -1)


def _span(head: Head) -> tuple[int, int]:
    """The ids of the first and the last chunk that it may have."""
    return head.id << SERIES_BITS, ((head.id + 1) << SERIES_BITS) - 1
