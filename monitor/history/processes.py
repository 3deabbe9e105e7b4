"""The process table of the running minute in memory, and each minute that is over as a `Minute`."""

import operator
import threading
from collections.abc import Callable

from monitor.history import frames
from monitor.history.chunk import Corrupt
from monitor.history.frames import Minute
from monitor.history.tier import MINUTE
from monitor.model.metric import PROCESSES
from monitor.model.sample import Figures
from monitor.model.schema import Schema
from monitor.wire.document import Document, Documents, diff


class ProcessRecorder:
    """Takes ticks in; belongs to the store's thread. Others read under `lock`.

    `sealed` are minutes that are not on disk yet, oldest first; `lines` those of the running one.
    """

    def __init__(self, schema: Schema, number: Callable[[], int]) -> None:
        """`number` gives minutes their numbers."""
        self.lock = threading.Lock()
        self.lines: list[str] = []
        self.sealed: list[Minute] = []
        self._documents = Documents(schema, PROCESSES)
        self._families = [f.name for f in schema.families.values() if f.topic == PROCESSES]
        self._last: Document = {}
        self._read: list[object] = []
        self._number = number
        self.id = number()
        self.start = self.end = 0.0
        self._unpacked: list[str] = []

    def add(self, time: float, figures: Figures) -> None:
        """Take one tick in; a new minute begins with a frame that is whole."""
        if self.lines and not self.end < time < (self.start // MINUTE + 1) * MINUTE:
            self.seal()
        read: list[object] = [figures.get(name) for name in self._families]
        # They are looked at less often than all else: a line is a look, so that a rate is known to
        # be of the time since the line before it.
        if self.lines and all(map(operator.is_, read, self._read)):
            return
        self._read = read
        shown = self._documents.of({n: figures[n] for n in self._families if n in figures})
        if self.lines:
            text = frames.line(time, diff(self._last, shown))
        else:
            text = frames.line(time, shown)
        self._last = shown
        self._note(time, text)
        self._unpacked.append(f"{self.id} {text}")

    def _note(self, time: float, text: str) -> None:
        with self.lock:
            if not self.lines:
                self.start = time
            self.end = time
            self.lines.append(text)

    def pack(self) -> bytes | None:
        """The lines that are not on disk, with the numbers of their minutes; None where there are
        none."""
        return frames.pack(self._unpacked) if self._unpacked else None

    def packed(self) -> None:
        """They are now."""
        self._unpacked = []

    def repack(self) -> None:
        """The file that they were in is no more."""
        self._unpacked = [f"{self.id} {text}" for text in self.lines]

    def restore(self, data: bytes, written: int) -> None:
        """A pack of an earlier life; minutes up to `written` are on disk. Raises Corrupt."""
        for entry in frames.unpack(data):
            number, _, text = entry.partition(" ")
            if not number.isdigit():
                raise Corrupt("a line without the number of its minute")
            if int(number) <= written:
                continue
            if int(number) != self.id:
                self.seal()
                self.id = int(number)
            self._note(frames.moment(text), text)

    def seal(self) -> None:
        """End the minute."""
        if not self.lines:
            return
        minute = Minute(self.id, 1, self.start, self.end, frames.pack(self.lines))
        with self.lock:
            self.sealed.append(minute)
            self.lines, self.id = [], self._number()

    def written(self, minutes: list[Minute]) -> None:
        """They are on disk, or given up."""
        with self.lock:
            self.sealed = [minute for minute in self.sealed if minute not in minutes]
