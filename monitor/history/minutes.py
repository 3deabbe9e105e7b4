"""The process table on disk: seconds, then tens of seconds, within bytes of their own."""

import copy
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from monitor.history import frames
from monitor.history.file import File
from monitor.history.frames import Frame, Minute
from monitor.history.shelf import Shelf, Stock
from monitor.history.tier import DAY
from monitor.model.metric import PROCESSES
from monitor.model.schema import Schema

# Seconds between two frames: as recorded, and as they are kept when that is long ago.
FINE, COARSE = 1, 10
# Coarse frames stand together for so many seconds.
COARSE_SPAN_S = 600.0
KEEP_S = {FINE: 1 * DAY, COARSE: 7 * DAY}
# Of all bytes of the history.
SHARE = 0.25


class Minutes:
    """Belongs to the store's thread. May raise sqlite3.Error and Corrupt."""

    def __init__(self, shelf: Shelf, file: File, schema: Schema, size: int) -> None:
        self._shelf = shelf
        self._db = file.db
        self._room = size * SHARE
        self._flows = flows(schema)
        self.stock = {FINE: Stock(), COARSE: Stock()}
        self.last = shelf.hot.last_minute
        for number, step, start, end, bytes_ in self._db.execute(
            "SELECT id, step, start, end, size FROM process"
        ):
            self.last = max(self.last, number)
            self._note(step, start, end, bytes_, 1)

    def _note(self, step: int, start: float, end: float, size: int, sign: int) -> None:
        self.stock[step].size += sign * size
        self.stock[step].seconds += sign * (end - start + step)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """The shelf's, and all or nothing here too."""
        with ExitStack() as undo:
            undo.callback(self._restore, copy.deepcopy(self.stock))
            with self._shelf.transaction():
                yield
            undo.pop_all()

    def _restore(self, stock: dict[int, Stock]) -> None:
        self.stock = stock

    def number(self) -> int:
        """For the next minute: they are in the order of their recording."""
        self.last += 1
        return self.last

    def adopt(self, other: "Minutes") -> None:
        """The numbers of a file that is no more, for this one that is new."""
        self.last = other.last

    def add(self, minute: Minute) -> None:
        """One that is over; within a transaction."""
        size = len(minute.data)
        self._db.execute(
            "INSERT INTO process (id, step, start, end, size, data) VALUES (?, ?, ?, ?, ?, ?)",
            (minute.id, minute.step, minute.start, minute.end, size, minute.data),
        )
        self._note(minute.step, minute.start, minute.end, size, 1)

    def work(self) -> Iterator[None]:
        """What is too old or too much, in small portions: seconds become tens, tens go."""
        while True:
            crowded = sum(stock.size for stock in self.stock.values()) > self._room
            coarse, fine = self.stock[COARSE], self.stock[FINE]
            if coarse.size and (crowded or coarse.seconds > KEEP_S[COARSE]):
                self.drop_oldest(COARSE)
            elif fine.size and (crowded or fine.seconds > KEEP_S[FINE] + COARSE_SPAN_S):
                self._thin_oldest()
            else:
                return
            yield

    def drop_oldest(self, step: int) -> bool:
        """The oldest of these frames go. False where there are none."""
        group = self._oldest(step)[:1]
        self._replace(step, group, None)
        return bool(group)

    def _oldest(self, step: int) -> list[tuple[int, float, float, int]]:
        """Those that stand in one span with the oldest: number, start, end, bytes."""
        rows = self._db.execute(
            "SELECT id, start, end, size FROM process WHERE step = ? ORDER BY id LIMIT 16", (step,)
        ).fetchall()
        group: list[tuple[int, float, float, int]] = []
        for row in rows:
            apart = group and row[1] // COARSE_SPAN_S != group[0][1] // COARSE_SPAN_S
            if apart or (group and row[1] <= group[-1][2]):
                break
            group.append(row)
        return group

    def _thin_oldest(self) -> None:
        group = self._oldest(FINE)
        kept: list[Frame] = list(frames.thinned(self._frames(group), COARSE, self._flows))
        lines = frames.chain(kept)
        thin = Minute(group[0][0], COARSE, kept[0][0], kept[-1][0], frames.pack(lines))
        self._replace(FINE, group, thin)

    def _frames(self, group: list[tuple[int, float, float, int]]) -> Iterator[Frame]:
        for number, *_ in group:
            (data,) = self._db.execute(
                "SELECT data FROM process WHERE id = ?", (number,)
            ).fetchone()
            yield from frames.frames(frames.unpack(data))

    def _replace(
        self, step: int, group: list[tuple[int, float, float, int]], by: Minute | None
    ) -> None:
        with self.transaction():
            for number, start, end, size in group:
                self._db.execute("DELETE FROM process WHERE id = ?", (number,))
                self._note(step, start, end, size, -1)
            if by is not None:
                self.add(by)


def flows(schema: Schema) -> dict[str, frozenset[str]]:
    """Of each family of processes the figures that are rates, which are averaged."""
    return {
        family.name: frozenset(m.field for m in family.metrics if m.kind in ("rate", "share"))
        for family in schema.families.values()
        if family.topic == PROCESSES
    }
