"""The thread that answers questions about what was."""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from monitor.history.chunk import Corrupt
from monitor.history.question import TooMuch
from monitor.history.reader import Reader
from monitor.history.store import Store

# More than these do not wait for an answer, nor more of one asker: they are told so.
MAX_WAITING, MAX_EACH = 32, 8
STOP_S = 1.0

T = TypeVar("T")


class Busy(Exception):
    """Too many questions wait already."""


class Unreadable(Exception):
    """The file could not be read; its text says why."""


class Absent(Exception):
    """There is no history to ask; its text says why."""


class Archive:
    """Asks a `Reader` in a thread of its own, one question after another: they delay neither the
    writer nor the loop. `asyncio.wrap_future` makes what `ask` gives one to await.
    """

    def __init__(self, store: Store, interval: float) -> None:
        self._store = store
        self._interval = interval
        self._waiting: deque[tuple[Future[Any], Callable[[Reader], Any], str]] = deque()
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._reader: Reader | None = None

    def ask(self, question: Callable[[Reader], T], who: str = "") -> "Future[T]":
        """What the question makes of the reader, such as `lambda r: r.query(...)`. `who` asks is
        told apart, where that is known, so that nobody takes all places.

        Its future raises Absent, TooMuch and Unreadable. Raises Busy.
        """
        if len(self._waiting) >= MAX_WAITING or self._stopping:
            raise Busy(f"{MAX_WAITING} questions wait already")
        if who and sum(asker == who for _, _, asker in list(self._waiting)) >= MAX_EACH:
            raise Busy(f"{MAX_EACH} of your questions wait already")
        done: Future[T] = Future()
        self._waiting.append((done, question, who))
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
        while not self._stopping:
            self._wake.wait()
            self._wake.clear()
            while self._waiting and not self._stopping:
                done, question, _ = self._waiting.popleft()
                self._answer(done, question)
        for done, _, _ in self._waiting:
            done.cancel()
        if self._reader is not None:
            self._reader.close()

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
            if (
                not done.done()
            ):  # a fault of this program ends the thread, and leaves nobody waiting
                done.set_exception(Absent("the question failed"))

    def _opened(self) -> Reader:
        if self._reader is None:
            writer = self._store.writer
            if writer is None:
                raise Absent(self._store.reason or "the history is just being opened")
            self._reader = Reader(writer, self._interval)
        return self._reader
