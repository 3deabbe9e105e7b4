"""The thread that answers questions about what was."""

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from monitor.history.chunk import Corrupt
from monitor.history.question import TooMuch
from monitor.history.reader import Reader
from monitor.history.store import Store
from monitor.history.turns import Turns

# More than these do not wait for an answer: they are told so.
MAX_WAITING = 32
STOP_S = 1.0

T = TypeVar("T")
Waiting = tuple[Future[Any], Callable[[Reader], Any]]


class Busy(Exception):
    """Too many questions wait already."""


class Unreadable(Exception):
    """The file could not be read; its text says why."""


class Absent(Exception):
    """There is no history to ask; its text says why."""


class Archive:
    """Asks a `Reader` in a thread of its own, one question after another: they delay neither the
    writer nor the loop. `asyncio.wrap_future` makes what `ask` gives one to await.

    All who ask have their turn, however many questions one of them has.
    """

    def __init__(self, store: Store, interval: float) -> None:
        self._store = store
        self._interval = interval
        self._waiting: Turns[Waiting] = Turns(MAX_WAITING)
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._reader: Reader | None = None

    def ask(self, question: Callable[[Reader], T], asker: str = "") -> "Future[T]":
        """What the question makes of the reader, such as `lambda r: r.query(...)`; `asker` is the
        host that asks.

        Its future raises Absent, TooMuch, Unreadable, and Busy where it had to make room for
        another. Raises Busy.
        """
        done: Future[T] = Future()
        busy = Busy(f"{MAX_WAITING} questions wait already")
        refused = (done, question) if self._stopping else self._waiting.put(asker, (done, question))
        if refused is not None:
            if refused[0] is done:
                raise busy
            _refuse(refused, busy)
        if self._thread is None or not self._thread.is_alive():
            # Only now: many never ask, and a thread is a quarter of a megabyte.
            self._thread = threading.Thread(target=self._run, name="archive", daemon=True)
            self._thread.start()
        self._wake.set()
        return done

    def close(self, timeout: float = STOP_S) -> None:
        """Answer nobody any more. May be called again."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._wake.wait()
                self._wake.clear()
                while (one := self._next()) is not None:
                    self._answer(*one)
        finally:
            # Of another thread SQLite would not have it.
            reader, self._reader = self._reader, None
            if reader is not None:
                reader.close()
            while (one := self._waiting.take()) is not None:
                _refuse(one, Absent("who answers has ended"))

    def _next(self) -> Waiting | None:
        return None if self._stopping else self._waiting.take()

    def _answer(self, done: "Future[Any]", question: Callable[[Reader], Any]) -> None:
        if not done.set_running_or_notify_cancel():
            return
        try:
            done.set_result(question(self._opened()))
        except (Absent, TooMuch) as fault:
            done.set_exception(fault)
        except (Corrupt, sqlite3.Error) as fault:
            done.set_exception(Unreadable(str(fault)))
        finally:
            if not done.done():
                # A fault of this program ends the thread, and leaves nobody waiting.
                done.set_exception(Absent("the question failed"))

    def _opened(self) -> Reader:
        if self._reader is None:
            writer = self._store.writer
            if writer is None:
                raise Absent(self._store.reason or "the history is just being opened")
            self._reader = Reader(writer, self._interval)
        return self._reader


def _refuse(one: Waiting, fault: Exception) -> None:
    if one[0].set_running_or_notify_cancel():
        one[0].set_exception(fault)
