"""Questions about what was, answered from the file and from memory, without delaying who writes."""

import math
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from monitor.history import answer, chunk, file, frames, marks, sought
from monitor.history.answer import Columns, Part
from monitor.history.block import Sealed
from monitor.history.choice import choose
from monitor.history.extent import Extent, extent
from monitor.history.frames import Minute
from monitor.history.marks import Mark
from monitor.history.minutes import COARSE, COARSE_SPAN_S, FINE
from monitor.history.question import Question, pace
from monitor.history.series import Name
from monitor.history.sought import Wanted
from monitor.history.source import Source
from monitor.history.tier import TIERS
from monitor.wire.document import Document

# As many points of one series as Prometheus gives.
MAX_POINTS = 11_000
# What was recorded before the moment asked for still stands for it so long.
_STANDS_S = 60.0
# A tick that was missed leaves the one before it to stand for both.
_NEAR_INTERVALS = 2.5


@dataclass(frozen=True, slots=True)
class Answer:
    """Unix times, and of each series that was there a column for them: NaN where nothing was.

    Each stands for `step` seconds from its time on; 0 is as recorded, and then average, least and
    greatest are the same column.
    """

    step: float
    times: "array[float]"
    columns: dict[Name, Columns]


@dataclass(frozen=True, slots=True)
class Table:
    """The process table as it was at `time`, for `step` seconds from then on: the document of the
    topic `processes`."""

    time: float
    step: int
    document: Document


@dataclass(frozen=True, slots=True)
class Instant:
    """What every series was at `time`, for `step` seconds from then on; 0 is as recorded."""

    time: float
    step: float
    values: dict[Name, float]


class Reader:
    """Belongs to one thread, not the store's. May raise sqlite3.Error, Corrupt, TooMuch."""

    def __init__(self, writer: Source, interval: float) -> None:
        self._writer = writer
        self._interval = interval
        self._generation = writer.generation
        self._db = self._connect()

    def close(self) -> None:
        """Give the file back."""
        self._db.close()

    def _connect(self) -> sqlite3.Connection:
        return file.connect(self._writer.file.path, reads=True)

    @contextmanager
    def _view(self) -> Iterator[sqlite3.Connection]:
        """The file as it is at one moment."""
        if self._generation != self._writer.generation:
            self._db.close()
            self._generation = self._writer.generation
            self._db = self._connect()
        self._db.execute("BEGIN")
        try:
            yield self._db
        finally:
            self._db.execute("ROLLBACK")

    def names(self) -> list[Name]:
        """All series that there is something of."""
        fresh = self._writer.shelf.names.copy()
        with self._view() as db:
            kept = db.execute("SELECT family, field, key FROM series").fetchall()
        return sorted({*fresh, *kept})

    def extent(self, size: int) -> Extent:
        """How much there is, and how much will fit into so many bytes."""
        recorder = self._writer.recorder
        with recorder.lock:
            first, until = next(iter(recorder.page.times), None), recorder.until
        with self._view() as db:
            return extent(db, self._writer.file.path, size, (first, until))

    def count(self, wanted: Sequence[Wanted]) -> int:
        """How many series that would be."""
        fresh = self._writer.shelf.names.copy()
        with self._view() as db:
            return len({**sought.known(db, wanted), **sought.fresh(fresh, wanted)})

    def query(self, wanted: Sequence[Wanted], start: float, end: float, points: int) -> Answer:
        """What was from `start` to `end` (Unix times), in at most `points` points, and some where
        nothing was."""
        points = min(max(1, points), MAX_POINTS)
        choice = choose(end - start, points, self._interval)
        step = choice.step
        fresh = self._writer.shelf.names.copy()
        with self._view() as db:
            series = {**sought.known(db, wanted), **sought.fresh(fresh, wanted)}
        if not series:
            return Answer(step, array("d"), {})
        numbers = sorted(set(series.values()))
        # Memory first, and the file as it is after that: what is written meanwhile is then in both,
        # and told by its number. The other way round it could be in neither.
        memory, known = self._remembered(numbers)
        with self._view() as db:
            first = start // step * step if step else start
            parts = Question(db, numbers, first, end, known).parts(choice.tier, memory)
        there = {s for part in parts for s in (*part.raw, *part.rolled)}
        numbers = [s for s in numbers if s in there]
        if not numbers:
            # Others were recorded then, at times that are no answer to this.
            return Answer(step, array("d"), {})
        if all(part.is_raw for part in parts):
            if not step and sum(len(part.times) for part in parts) > points:
                step = math.ceil((end - start) / points / self._interval) * self._interval
            times, columns = answer.raw_answer(parts, numbers, step)
        else:
            plain = [part.plain() if part.is_raw else part for part in parts]
            times, columns = answer.rolled_answer(plain, numbers, step)
        return Answer(step, times, {n: columns[s] for n, s in series.items() if s in there})

    def instant(self, time: float) -> Instant | None:
        """What everything was then, as finely as it is still there; None where nothing was."""
        wanted = [
            Wanted(metric) for metric in {f"{name[0]}.{name[1]}": None for name in self.names()}
        ]
        step = self._finest(time)
        back = step or _NEAR_INTERVALS * self._interval
        found = self.query(wanted, time - back, time, 1 if step else MAX_POINTS)
        for n in range(len(found.times) - 1, -1, -1):
            at = {name: one.average[n] for name, one in found.columns.items()}
            values = {name: value for name, value in at.items() if math.isfinite(value)}
            if values and time - found.times[n] < max(back, found.step):
                return Instant(found.times[n], found.step, values)
        return None

    def _finest(self, time: float) -> float:
        """The step of the finest tier that goes back so far."""
        with self._view() as db:
            oldest = dict(db.execute("SELECT tier, min(start) FROM block GROUP BY tier").fetchall())
        reach = [tier for tier in TIERS if oldest.get(tier.number, math.inf) <= time]
        return reach[0].step if reach else 0.0

    def marks(self, start: float, end: float) -> list[Mark]:
        """What happened then, oldest first; of very many the newest."""
        with self._view() as db:
            return marks.read(db, start, end)

    def processes_at(self, time: float) -> Table | None:
        """The process table as it was then; None where nothing is known of it. Where the clock was
        set back, what was recorded later counts."""
        found: Table | None = None
        for step, data in self._minutes(time - _STANDS_S, time):
            for at, document in frames.frames(frames.unpack(data), time):
                if time - at < max(step, _STANDS_S) and (found is None or at >= found.time):
                    found = Table(at, step, document)
        return found

    def processes(self, start: float, end: float) -> Iterator[Table]:
        """The tables of all seconds from `start` to `end`, in the order of their recording. A
        process that has not changed is the same object as in the table before."""
        for step, data in self._minutes(start, end):
            for time, document in frames.frames(frames.unpack(data), end):
                if time >= start:
                    yield Table(time, step, document)

    def _minutes(self, start: float, end: float) -> Iterator[tuple[int, bytes]]:
        recorder = self._writer.processes
        with recorder.lock:
            memory = list(recorder.sealed)
            if recorder.lines:
                data = frames.pack(recorder.lines)
                memory.append(Minute(recorder.id, FINE, recorder.start, recorder.end, data))
        kept = {minute.id for minute in memory}
        with self._view() as db:
            rows = db.execute(
                "SELECT id FROM process WHERE step IN (?, ?)"
                " AND start BETWEEN ? AND ? AND end >= ? ORDER BY id",
                (FINE, COARSE, start - COARSE_SPAN_S, end, start - COARSE),
            ).fetchall()
        for (number,) in rows:
            if number not in kept:
                # One at a time: a day of them is 10 MB. One that is gone has been summed up since.
                row = self._db.execute("SELECT step, data FROM process WHERE id = ?", (number,))
                yield from row
        for minute in memory:
            if minute.start <= end and minute.end >= start:
                yield minute.step, minute.data

    def _remembered(self, series: Sequence[int]) -> tuple[list[Part], set[int]]:
        """What is only in memory, and the numbers of those blocks."""
        recorder = self._writer.recorder
        with recorder.lock:
            sealed = list(recorder.sealed)
            page = recorder.page
            count = len(page.times)
            times = page.times[:]
            own = {s: page.columns[s][:count] for s in series if s in page.columns}
        parts = [_unsealed(one, series) for one in sealed]
        if count:
            parts.append(Part(times, pace(times), raw=own))
        return parts, {page.id, *(one.id for one in sealed)}


def _unsealed(sealed: Sealed, series: Iterable[int]) -> Part:
    count = len(sealed.times)
    own = {s: chunk.decode(sealed.chunks[s], count) for s in series if s in sealed.chunks}
    return Part(sealed.times, pace(sealed.times), raw=own)
