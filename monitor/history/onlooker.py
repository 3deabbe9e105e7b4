"""The history of another process, or of one that has ended: read, never written, without its lock.

What that process has in memory is here taken from its packs, so that some five seconds are missing.
"""

import contextlib
import itertools
import math
import os
import sqlite3
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from monitor.history import file, layout, pack
from monitor.history.chunk import Corrupt
from monitor.history.hot import Hot
from monitor.history.layout import Foreign
from monitor.history.processes import ProcessRecorder
from monitor.history.reader import Answer, Reader, Table
from monitor.history.recorder import Recorder
from monitor.history.series import Name, Plan
from monitor.history.sought import Wanted
from monitor.history.tier import RAW, TIERS
from monitor.model.schema import Schema

# The shortest that a monitor may have: then a question for MAX_POINTS of these is answered as
# recorded, whatever the one was that this file was written with.
INTERVAL_S = 0.25
NO_FAMILIES = Schema(())
# Where a writer must not be read from, for milliseconds at most.
BUSY_S = 2.0


class Unreadable(Exception):
    """There is no history to read. Its text says why."""


@dataclass
class _Place:
    path: Path


@dataclass
class _Names:
    names: dict[Name, int] = field(default_factory=dict)


class _Memory:
    """What the writer would have in memory, as far as its packs tell. A `Source`."""

    def __init__(self, path: Path) -> None:
        self.generation = 0
        self.file = _Place(path)
        self.shelf = _Names()
        # The packs do not say of which block they will be; there is none below 0.
        self._numbers = itertools.count(-1, -1)
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.recorder = Recorder(Plan(NO_FAMILIES), _unasked, self._number)
        self.processes = ProcessRecorder(NO_FAMILIES, self._number)

    def _number(self) -> int:
        return next(self._numbers)

    def restore(self, hot: Hot) -> None:
        """Take the packs in, oldest first. Raises Corrupt."""
        self.forget()
        for series, processes in hot.left:
            if series:
                self.recorder.restore(pack.decode(series), hot.last)
            if processes:
                self.processes.restore(processes, hot.last_minute)


def _unasked(name: Name) -> int:
    raise AssertionError(name)  # nothing is recorded here


class Onlooker(Reader):
    """Answers as a `Reader`. All may raise Unreadable and TooMuch."""

    def __init__(self, directory: Path) -> None:
        """Raises Unreadable."""
        self._memory = _Memory(directory / file.NAME)
        self._version: int | None = None
        super().__init__(self._memory, INTERVAL_S)

    def _connect(self) -> sqlite3.Connection:
        return opened(self._memory.file.path)

    @contextlib.contextmanager
    def _view(self) -> Iterator[sqlite3.Connection]:
        """One moment for the whole question: a pack that becomes a block meanwhile would otherwise
        be in both, or in neither."""
        if self._db.in_transaction:
            yield self._db
            return
        try:
            self._db.execute("BEGIN")
            self._refresh()
            yield self._db
        except (sqlite3.Error, Corrupt) as fault:
            raise Unreadable(str(fault)) from fault
        finally:
            layout.roll_back(self._db)

    def _refresh(self) -> None:
        version: int = self._db.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version:
            self._memory.restore(Hot(self._db))
            self._version = version

    def query(self, wanted: Sequence[Wanted], start: float, end: float, points: int) -> Answer:
        with self._view():
            return super().query(wanted, start, end, points)

    def processes_at(self, time: float) -> Table | None:
        with self._view():
            return super().processes_at(time)

    def processes(self, start: float, end: float) -> Iterator[Table]:
        with self._view():
            pass  # for what is in packs; its minutes bear the numbers that they will have on disk
        try:
            yield from super().processes(start, end)
        except (sqlite3.Error, Corrupt) as fault:
            raise Unreadable(str(fault)) from fault

    def oldest(self) -> list[float]:
        """Unix time of the oldest of each tier, finest first; infinite where there is nothing."""
        with self._view() as db:
            found = dict(db.execute("SELECT tier, min(start) FROM block GROUP BY tier").fetchall())
            recorder = self._memory.recorder
            fresh = [sealed.times[0] for sealed in recorder.sealed] + list(recorder.page.times[:1])
        found[RAW.number] = min([*fresh, found.get(RAW.number, math.inf)])
        return [found.get(tier.number, math.inf) for tier in TIERS]


def opened(path: Path) -> sqlite3.Connection:
    """A connection that cannot write. Raises Unreadable."""
    try:
        there = path.is_file()
    except OSError as fault:
        raise Unreadable(f"{path}: {fault.strerror}") from None
    if not there:
        raise Unreadable(f"there is no {path}")
    try:
        return _checked(_connected(path, "mode=ro"), path)
    except sqlite3.OperationalError as fault:
        # The log's index cannot be made beside it. Without a log nobody writes it.
        if _has_log(path):
            raise Unreadable(f"{path}: {fault}") from None
        return _checked(_connected(path, "mode=ro&immutable=1"), path)


def _connected(path: Path, mode: str) -> sqlite3.Connection:
    address = f"file:{urllib.parse.quote(str(path.absolute()))}?{mode}"
    return sqlite3.connect(address, uri=True, timeout=BUSY_S, isolation_level=None)


def _checked(db: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    """Raises Unreadable, and OperationalError."""
    with contextlib.ExitStack() as undo:
        undo.callback(db.close)
        try:
            version = layout.recognize(db)
        except Foreign as fault:
            raise Unreadable(f"{path} is {fault}") from None
        except sqlite3.DatabaseError as fault:
            if isinstance(fault, sqlite3.OperationalError):
                raise
            raise Unreadable(f"{path}: {fault}") from None
        if version != layout.VERSION:
            raise Unreadable(f"{path} is of version {version}: start this monitor on it first")
        undo.pop_all()
    return db


def _has_log(path: Path) -> bool:
    try:
        return os.stat(f"{path}-wal").st_size > 0
    except FileNotFoundError:
        return False
