"""The history: one thread takes ticks in, and alone writes the file."""

import contextlib
import enum
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

from monitor.clock import Clock
from monitor.history.chunk import Corrupt
from monitor.history.file import NoRoom, is_broken
from monitor.history.hold import LOCK, Hold
from monitor.history.marks import Mark
from monitor.history.notebook import Notebook, Unwritten
from monitor.history.writer import Writer
from monitor.log import event
from monitor.model.sample import Figures, Snapshot
from monitor.model.schema import Schema

logger = logging.getLogger(__name__)

# At most this is lost with the process: what was recorded since the last pack was written. One
# second of it is for the tick that is about to come.
PACK_S = 4.0
# A disk that was full is tried again so often.
RETRY_S = 5.0
# Ticks that wait while the disk stands, which a slow one may do for minutes. What comes then is
# lost.
MAX_WAITING = 240
# Between two portions of work that is not urgent: the loop, which needs the interpreter too, has
# its turn.
PAUSE_S = 0.002
# For the last pack on a stop.
STOP_S = 2.0

FAULTS = (sqlite3.Error, OSError, NoRoom, Corrupt)


class State(enum.StrEnum):
    """How the history is doing."""

    OK = "ok"
    DEGRADED = "degraded"  # it records, and cannot write at present
    OFF = "off"  # nothing is recorded


class Store:
    """`add` never waits. What it was given is on disk up to `saved_until` (Unix time).

    `lost` counts ticks that could not be kept; `writer` is there once the file is open.
    """

    def __init__(self, directory: Path, size: int, schema: Schema, clock: Clock) -> None:
        self.directory = directory
        self.state, self.reason = State.OFF, "not open"
        self.saved_until: float | None = None
        self.lost = 0
        self.writer: Writer | None = None
        self._size = size
        self._schema = schema
        self._clock = clock
        self._waiting: deque[tuple[float, Figures]] = deque()
        self._flushes: deque[Future[None]] = deque()
        self.notebook = Notebook()
        self._wake = threading.Event()
        self._stopping = False
        self._busy = False
        self._hold: Hold | None = None
        self._thread: threading.Thread | None = None
        # Of the store's thread: what goes on in portions, since when (monotonic) something is not
        # on disk, and when to try again.
        self._work: Iterator[None] | None = None
        self._unsaved_since: float | None = None
        self._retry_at = 0.0

    def open(self) -> None:
        """Begin. Raises Locked where another process has it; where the directory cannot be written
        the history is off, and says why."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._hold = Hold(self.directory / LOCK)
        except OSError as fault:
            self._set(State.OFF, f"{self.directory}: {fault.strerror or fault}")
            return
        self._set(State.OK, "")
        self._wake.set()
        # It must not keep the program from ending while the disk stands.
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._thread.start()

    def add(self, snapshot: Snapshot) -> None:
        """Take a tick. Costs microseconds, whatever the disk does."""
        if self._thread is None:
            return
        if len(self._waiting) >= MAX_WAITING:
            self.lost += 1
            return
        self._waiting.append((snapshot.time, snapshot.figures))
        self._wake.set()

    @property
    def health(self) -> str:
        """`ok`, or how it is doing and why, as `degraded: database or disk is full`."""
        return f"{self.state.value}: {self.reason}" if self.reason else self.state.value

    @property
    def idle(self) -> bool:
        """Whether all that was added has been taken in."""
        return not self._waiting and not self._busy and not self._wake.is_set()

    def flush(self) -> "Future[None]":
        """Done when all that was added is on disk, or could not be written."""
        done: Future[None] = Future()
        if self._thread is None or not self._thread.is_alive():
            done.set_result(None)
        else:
            self._flushes.append(done)
            self._wake.set()
        return done

    def mark(self, time: float, text: str) -> "Future[Mark]":
        """A mark that somebody else makes, on disk when it is done. It raises Unwritten; so does
        this where there is no history or too many wait."""
        if self._thread is None or not self._thread.is_alive():
            raise Unwritten(f"there is no history: {self.reason}")
        done = self.notebook.tell(time, text)
        self._wake.set()
        return done

    def close(self, timeout: float = STOP_S) -> None:
        """Write what is left and end; a disk that stands is not waited for longer than `timeout`
        seconds. May be called again, and before `open`."""
        thread, self._thread = self._thread, None
        self._stopping = True
        self._wake.set()
        if thread is not None:
            thread.join(timeout)
        if (thread is None or not thread.is_alive()) and self._hold is not None:
            self._hold.release()
            self._hold = None

    def _set(self, state: State, reason: str) -> None:
        if (state, reason) != (self.state, self.reason):
            level = logging.INFO if state is State.OK or self._stopping else logging.WARNING
            event(logger, level, "history.state", state=state.value, reason=reason or None)
            self.state, self.reason = state, reason

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._busy = False
                self._wake.wait(PAUSE_S if self._work is not None else RETRY_S)
                self._busy = True
                self._wake.clear()
                self._turn()
            self._turn()
        finally:
            if self.writer is not None:
                with contextlib.suppress(sqlite3.Error):
                    self.writer.close()
            self._set(State.OFF, "closed" if self._stopping else "its thread has ended")
            self.notebook.refuse(self.reason)
            self._answer(len(self._flushes))

    def _turn(self) -> None:
        """Take in what has come, write what is due, and go on with what is not urgent."""
        asked = len(self._flushes)
        try:
            self._attempt(urgent=asked > 0 or self._stopping)
        except FAULTS as fault:
            self._failed(fault)
        self._answer(asked)

    def _attempt(self, *, urgent: bool) -> None:
        now = self._clock.monotonic()
        may_write = urgent or now >= self._retry_at
        if self.writer is None:
            if not may_write:
                return
            self.writer = Writer(self.directory, self._size, self._schema, self._clock)
            # What an earlier life has left is put in order at once.
            self._unsaved_since = now - PACK_S
            self.notebook.begin(self.writer.until)
        while self._waiting:
            if self._unsaved_since is None:
                self._unsaved_since = now
            time, figures = self._waiting.popleft()
            self.writer.take(time, figures)
            self.notebook.look(time, figures)
        if may_write:
            self.notebook.write(self.writer)
        since = self._unsaved_since
        if since is not None and may_write and (urgent or now - since >= PACK_S):
            self._save(self.writer)
        if self._work is not None and may_write:
            for _ in self._work:
                return
            self._work = None

    def _save(self, writer: Writer) -> None:
        if writer.save():
            self._work = writer.work()
        self._unsaved_since = None
        self.saved_until = writer.recorder.until
        self._set(State.OK, "")

    def _failed(self, fault: Exception) -> None:
        self._work = None
        self._retry_at = self._clock.monotonic() + RETRY_S
        reason = str(fault)
        if self.writer is not None:
            self.lost += self.writer.shed()
            if isinstance(fault, Corrupt) or (
                isinstance(fault, sqlite3.Error) and is_broken(fault)
            ):
                try:
                    self.writer.renew(reason)
                    return
                except FAULTS as worse:
                    reason = str(worse)
        self._set(State.DEGRADED, reason)
        self.notebook.refuse(reason)

    def _answer(self, count: int) -> None:
        for _ in range(count):
            done = self._flushes.popleft()
            if not done.cancelled():
                done.set_result(None)
