"""Marks on their way to the file: what the store's thread sees, and what others tell it."""

from collections import deque
from concurrent.futures import Future

from monitor.history.marks import MOST, NOTE, Mark
from monitor.history.watchman import Watchman
from monitor.history.writer import Writer
from monitor.model.sample import Figures

# More than these do not wait to be written.
MAX_TOLD = 64


class Unwritten(Exception):
    """A mark could not be written; its text says why."""


class Notebook:
    """`tell` is for other threads, the rest belongs to the store's."""

    def __init__(self) -> None:
        self._watchman: Watchman | None = None
        self._seen: list[Mark] = []
        self._told: deque[tuple[Mark, Future[Mark]]] = deque()

    def tell(self, time: float, text: str) -> "Future[Mark]":
        """A mark that somebody makes. The future raises Unwritten, and so does this."""
        if len(self._told) >= MAX_TOLD:
            raise Unwritten("too many marks wait already")
        done: Future[Mark] = Future()
        self._told.append((Mark(time, NOTE, text), done))
        return done

    def begin(self, until: float | None) -> None:
        """The file is open; `until` is the end of what was recorded before."""
        if self._watchman is None:
            self._watchman = Watchman(until)

    def look(self, time: float, figures: Figures) -> None:
        """A tick."""
        if self._watchman is not None:
            self._seen = (self._seen + self._watchman.look(time, figures))[-MOST:]

    def write(self, writer: Writer) -> None:
        """All that waits. May raise what the writer does; then it waits on."""
        if self._seen:
            writer.mark(self._seen)
            self._seen = []
        while self._told:
            mark, done = self._told[0]
            [written] = writer.mark([mark])
            self._told.popleft()
            if not done.cancelled():
                done.set_result(written)

    def refuse(self, reason: str) -> None:
        """Who has told of something learns that it was not written."""
        while self._told:
            _, done = self._told.popleft()
            if not done.cancelled():
                done.set_exception(Unwritten(reason))
