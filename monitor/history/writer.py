"""All that the store's thread works with: what is in memory, the file, and how one becomes the
other."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from monitor.clock import Clock
from monitor.history import marks, pack
from monitor.history.block import Sealed
from monitor.history.chunk import Corrupt
from monitor.history.file import File, is_broken
from monitor.history.frames import Minute
from monitor.history.keeper import Keeper
from monitor.history.marks import Mark
from monitor.history.minutes import Minutes
from monitor.history.processes import ProcessRecorder
from monitor.history.recorder import Recorder
from monitor.history.series import Name, Plan
from monitor.history.shelf import Shelf
from monitor.model.sample import Figures
from monitor.model.schema import Schema

# What waits in memory for a disk that is full. Deflated as it is, that is half a day of 300 series
# and 300 processes.
MAX_WAITING_BYTES = 8 << 20
# One transaction, where much has been waiting.
_BATCH_BYTES = 512 << 10
# Minutes of processes are written so many at a time: each transaction writes pages beside theirs.
_MINUTES = 5
# What a mark takes beside its text, its place in the index too.
_MARK_BYTES = 64


class Writer:
    """Belongs to the store's thread. All of it may raise sqlite3.Error, OSError, NoRoom, Corrupt.

    `generation` rises when a new file takes the old one's place.
    """

    def __init__(self, directory: Path, size: int, schema: Schema, clock: Clock) -> None:
        """Open the file, and take in what an earlier life had not yet put in order."""
        self._schema = schema
        self._size = size
        self.file = File(directory, size, clock)
        self.generation = 0
        with ExitStack() as undo:
            undo.callback(self.close)
            try:
                self._begin()
            except (sqlite3.Error, Corrupt) as fault:
                if isinstance(fault, sqlite3.Error) and not is_broken(fault):
                    raise
                self.file.renew(str(fault))
                self._begin()
            undo.pop_all()

    def _begin(self) -> None:
        self._build()
        self.recorder = Recorder(Plan(self._schema), self._series_number, self._block_number)
        self.processes = ProcessRecorder(self._schema, self._minute_number)
        self._restore()
        self.until = self._until()

    def _until(self) -> float | None:
        """The end of what an earlier life has recorded."""
        found = self.file.db.execute("SELECT max(end) FROM block").fetchone()[0]
        ends = [sealed.times[-1] for sealed in self.recorder.sealed]
        ends += self.recorder.page.times[-1:]
        return max([*ends, *([found] if found is not None else [])], default=None)

    def _build(self) -> None:
        file, size = self.file, self._size
        self.shelf = Shelf(file)
        self.minutes = Minutes(self.shelf, file, self._schema, size)
        self._keeper = Keeper(self.shelf, self.minutes, file, size, self._series_held)
        # Where the history may be smaller than it was.
        self._keeper.make_room(0)

    # Of the file that is open now, which need not be the first one.
    def _series_number(self, name: Name) -> int:
        return self.shelf.identify(name)

    def _block_number(self) -> int:
        return self.shelf.number()

    def _minute_number(self) -> int:
        return self.minutes.number()

    def _series_held(self) -> set[int]:
        recorder = self.recorder
        sealed = (one.chunks for one in recorder.sealed)
        return set(self.shelf.names.values()).union(recorder.page.columns, *sealed)

    def _restore(self) -> None:
        hot = self.shelf.hot
        for series, processes in hot.left:
            if series:
                self.recorder.restore(pack.decode(series), hot.last)
            if processes:
                self.processes.restore(processes, hot.last_minute)
        hot.left.clear()
        self.recorder.seal(hot.last)
        self.minutes.last = max(self.minutes.last, self.processes.id)
        self.processes.seal()

    def renew(self, reason: str) -> None:
        """Set a broken file aside. What is in memory goes into the new one."""
        shelf, minutes = self.shelf, self.minutes
        self.file.renew(reason)
        self._build()
        self.shelf.adopt(shelf)
        self.minutes.adopt(minutes)
        self.recorder.retain(set(shelf.names.values()))
        self.processes.repack()
        self.generation += 1

    def take(self, time: float, figures: Figures) -> None:
        """One tick."""
        last = self.shelf.hot.last
        self.recorder.add(time, figures, last)
        self.processes.add(time, figures)

    def mark(self, seen: list[Mark]) -> list[Mark]:
        """Write marks, and give them back with their numbers."""
        size = sum(len(mark.text) + _MARK_BYTES for mark in seen)
        self._keeper.make_room(size)
        self.file.admit(size)
        return marks.write(self.file.db, seen)

    def save(self) -> bool:
        """Write all that is in memory. Whether blocks are among it, of which more is to be made."""
        while len(batch := self._batch()) < len(self.recorder.sealed):
            self._write(batch, [], None, None)
        new = self.recorder.page.pack()
        packed = pack.encode(new) if new is not None else None
        minutes = list(self.processes.sealed)
        if not batch and len(minutes) < _MINUTES:
            minutes = []  # until then the packs serve
        self._write(batch, minutes, packed, self.processes.pack())
        if batch:
            self.shelf.forget_names(self.recorder.page.columns)
        return bool(batch)

    def _batch(self) -> list[Sealed]:
        size = 0
        batch: list[Sealed] = []
        for sealed in self.recorder.sealed:
            size += sealed.size
            if batch and size > _BATCH_BYTES:
                break
            batch.append(sealed)
        return batch

    def _write(
        self,
        blocks: list[Sealed],
        minutes: list[Minute],
        series: bytes | None,
        processes: bytes | None,
    ) -> None:
        size = sum(sealed.size for sealed in blocks) + sum(len(m.data) for m in minutes)
        size += len(series or b"") + len(processes or b"")
        if not size:
            return
        self._keeper.make_room(size)
        self.file.admit(size)
        with self.minutes.transaction():
            self._insert(blocks, minutes, series, processes)
        self.shelf.added_names()
        self.recorder.written(blocks)
        self.processes.written(minutes)
        if series is not None:
            self.recorder.page.packed = len(self.recorder.page.times)
        if processes is not None:
            self.processes.packed()

    def _insert(
        self,
        blocks: list[Sealed],
        minutes: list[Minute],
        series: bytes | None,
        processes: bytes | None,
    ) -> None:
        shelf = self.shelf
        shelf.add_names()
        for sealed in blocks:
            shelf.add(sealed)
            shelf.hot.cool(series=sealed.last_hot)
        for minute in minutes:
            self.minutes.add(minute)
            shelf.hot.cool(processes=minute.id)
        if series is not None or processes is not None:
            shelf.hot.add(series or b"", processes or b"", self.processes.id)

    def work(self) -> Iterator[None]:
        """What is not urgent, in small portions."""
        return self._keeper.work()

    def shed(self) -> int:
        """Give up the oldest of what waits for the disk where that is too much: ticks lost."""
        lost = 0
        while self._held() > MAX_WAITING_BYTES:
            blocks, minutes = self.recorder.sealed, self.processes.sealed
            if blocks and (not minutes or blocks[0].times[0] <= minutes[0].start):
                lost += len(blocks[0].times)
                self.recorder.written(blocks[:1])
            else:
                self.processes.written(minutes[:1])
        return lost

    def _held(self) -> int:
        return sum(s.size for s in self.recorder.sealed) + sum(
            len(m.data) for m in self.processes.sealed
        )

    def close(self) -> None:
        """The last word."""
        self.file.close()
