"""The file itself: opened, known for ours, set aside where it is not, bounded in bytes."""

import contextlib
import logging
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from monitor.clock import Clock
from monitor.history import layout
from monitor.log import event

logger = logging.getLogger(__name__)

NAME = "history.db"
# SQLite's own beside it: the write-ahead log, and its index.
_BESIDE = ("-wal", "-shm")
PAGE_BYTES = 4096
# sqlite.org/rescode.html, without what extended codes add: the file is not a database, or broken.
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_CODE = 0xFF
# The write-ahead log may take this share of all bytes, and not less than that: it has to hold the
# largest transaction, an hour of thousands of series.
_LOG_SHARE = 1 / 16
_LOG_LEAST = 1 << 20
# It is written back when that many pages are in it, or a fourth of its room: a page that was
# written several times until then is written back once. It is cut to twice that.
_LOG_PAGES = 1000
# The log's index (32 KiB for each 16 MiB of log), the lock, and the directory's own.
_OVERHEAD = 96 << 10
# Kilobytes of pages that a connection keeps.
_CACHE_KIB = 512
_BUSY_S = 2.0
# At once: they are moved within the file, through its log.
_VACUUM_PAGES = 128
_COUNT = {"page_count": "PRAGMA page_count", "freelist_count": "PRAGMA freelist_count"}


class NoRoom(Exception):
    """What is to be written does not fit into the history's size."""


def is_broken(fault: sqlite3.Error) -> bool:
    """Whether the file can no longer be read, as against written."""
    return getattr(fault, "sqlite_errorcode", 0) & _CODE in _BROKEN


def room_of(size: int) -> int:
    """Bytes of pages that a history of this size may have."""
    return size - _log_room(size) - _OVERHEAD


def _log_room(size: int) -> int:
    return max(int(size * _LOG_SHARE), _LOG_LEAST)


def connect(path: Path, *, reads: bool = False) -> sqlite3.Connection:
    """A connection for this thread. Raises sqlite3.Error."""
    db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, cached_statements=64)
    with contextlib.ExitStack() as undo:
        undo.callback(db.close)
        db.execute(f"PRAGMA cache_size = -{_CACHE_KIB:d}")
        db.execute("PRAGMA temp_store = MEMORY")
        if reads:
            db.execute("PRAGMA query_only = ON")
        undo.pop_all()
    return db


class File:
    """The writer's connection. Belongs to one thread; `size` bytes are never exceeded, the
    write-ahead log included.
    """

    def __init__(self, directory: Path, size: int, clock: Clock) -> None:
        """Open or begin it; what cannot be read is set aside. Raises sqlite3.Error, OSError."""
        self.path = directory / NAME
        self._size = size
        self._clock = clock
        self._log_room = _log_room(size)
        self._most = room_of(size) // PAGE_BYTES
        try:
            self.db = self._open()
        except (layout.Foreign, sqlite3.DatabaseError) as fault:
            if isinstance(fault, sqlite3.DatabaseError) and not is_broken(fault):
                raise
            self._set_aside(str(fault))
            self.db = self._open()

    def _open(self) -> sqlite3.Connection:
        db = connect(self.path)
        with contextlib.ExitStack() as undo:
            undo.callback(db.close)
            # Before anything is written to a file that may be somebody else's.
            layout.recognize(db)
            # Of an empty file only: pages that are free are given back where the size is made less.
            db.execute("PRAGMA auto_vacuum = INCREMENTAL")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            pages = min(_LOG_PAGES, self._log_room // 4 // PAGE_BYTES)
            db.execute(f"PRAGMA wal_autocheckpoint = {pages:d}")
            db.execute(f"PRAGMA journal_size_limit = {2 * pages * PAGE_BYTES:d}")
            layout.upgrade(db)
            db.execute(f"PRAGMA max_page_count = {self._most:d}")
            undo.pop_all()
        return db

    def renew(self, reason: str) -> None:
        """Set the file aside while it is open, and begin a new one."""
        with contextlib.suppress(sqlite3.Error):
            self.db.close()
        self._set_aside(reason)
        self.db = self._open()

    def _set_aside(self, reason: str) -> None:
        moment = datetime.fromtimestamp(self._clock.wall(), UTC)
        aside = self.path.with_name(f"{NAME}.{moment:%Y%m%dT%H%M%S.%fZ}")
        os.replace(self.path, aside)
        for end in _BESIDE:
            # With its log beside it, under its new name, it can still be looked into.
            with contextlib.suppress(FileNotFoundError):
                os.replace(f"{self.path}{end}", f"{aside}{end}")
        event(logger, logging.WARNING, "history.aside", reason=reason, kept_as=str(aside))

    def room(self) -> int:
        """Bytes that can still be written into pages; less than 0 where they are too many."""
        free = self._most - self._count("page_count") + self._count("freelist_count")
        return free * PAGE_BYTES

    def shrink(self) -> None:
        """Give back free pages of a file that is too large: its size was made less."""
        while self._count("page_count") > self._most and self._count("freelist_count"):
            self.db.execute(f"PRAGMA incremental_vacuum({_VACUUM_PAGES:d})").fetchall()
            self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self.db.execute(f"PRAGMA max_page_count = {self._most:d}")

    def _count(self, name: str) -> int:
        value: int = self.db.execute(_COUNT[name]).fetchone()[0]
        return value

    def admit(self, size: int) -> None:
        """Make sure that the log takes a transaction of so many bytes. Raises NoRoom."""
        # Each page is written whole, with a head, and index and inner pages beside it.
        need = int(1.3 * size) + 64 * PAGE_BYTES
        if self._log() + need <= self._log_room:
            return
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if self._log() + need > self._log_room:
            raise NoRoom(f"{need >> 10} KiB do not fit into a log of {self._log_room >> 10} KiB")

    def _log(self) -> int:
        try:
            return os.stat(f"{self.path}-wal").st_size
        except FileNotFoundError:
            return 0

    def close(self) -> None:
        """Write the log back and end. Raises sqlite3.Error."""
        self.db.close()
