"""What each process used before a moment and after it, from one table of them after another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from monitor.history.reader import Table
from monitor.verdict.evidence import CPU, DISK, MEMORY, Actor, Kind

# Tables further apart than that have a gap between them, which nothing fills: so many of their
# steps, or what the slowest looks have between them (monitor/model/budget.py).
GAP_STEPS, GAP_S = 3.0, 12.0

Row = Mapping[str, Any]
OWN: Mapping[Kind, Callable[[Row], float]] = {
    CPU: lambda row: row.get("cpu") or 0.0,
    MEMORY: lambda row: row.get("rss") or 0.0,
    DISK: lambda row: (row.get("read_bytes") or 0.0) + (row.get("written_bytes") or 0.0),
}


@dataclass(slots=True)
class _Watched:
    """A process, the row that stands for it, and since when."""

    actor: Actor
    row: Row
    since: "_Clock"


@dataclass(frozen=True, slots=True)
class _Clock:
    """Seconds of either stretch that tables have told of so far."""

    before: float = 0.0
    during: float = 0.0


class Ledger:
    """A row that is the same object as in the table before costs a comparison: of 400 processes
    380 are such.

    A rate is of the time since the table before, and what lies across an end of the stretch is told
    of whole: what was told of is from `since` to `until`.
    """

    def __init__(self, kind: Kind, start: float, end: float) -> None:
        self._own = OWN.get(kind)
        self._reaps = kind is CPU
        self._start, self._end = start, end
        self.since, self.until = start, end
        self._clock = _Clock()
        self._last: float | None = None
        self._there: dict[str, _Watched] = {}
        self._ended: list[Actor] = []

    @property
    def knows(self) -> bool:
        """Whether processes can be told of at all: the kernel does not count all things by them."""
        return self._own is not None

    def take(self, table: Table) -> bool:
        """One table more, later than those before. Whether there is use in a later one."""
        passed = self._clock
        self._wind(table)
        rows: Mapping[str, Row] = table.document.get("process", {})
        for pid, row in rows.items():
            known = self._there.get(pid)
            if known is None:
                self._there[pid] = _Watched(_actor(pid, row), row, passed)
            elif known.row is not row:
                self._settle(known, passed)
                if known.row.get("started") != row.get("started"):
                    self._ended.append(known.actor)
                    known.actor = _actor(pid, row)
                # Who begins another program is called by that one's name from then on.
                known.actor.name = row.get("name") or known.actor.name
                known.row, known.since = row, passed
        for pid in self._there.keys() - rows.keys():
            gone = self._there.pop(pid)
            self._settle(gone, passed)
            self._ended.append(gone.actor)
        return table.time < self._end

    def _wind(self, table: Table) -> None:
        step = float(table.step)
        passed = table.time - self._last if self._last is not None else step
        seconds = passed if 0 < passed <= max(GAP_S, GAP_STEPS * step) else step
        self._last = table.time
        if table.time <= self._start:
            self._clock = _Clock(self._clock.before + seconds, self._clock.during)
        else:
            self.since = min(self.since, table.time - seconds)
            self.until = table.time
            self._clock = _Clock(self._clock.before, self._clock.during + seconds)

    def _settle(self, one: _Watched, until: _Clock) -> None:
        before = until.before - one.since.before
        during = until.during - one.since.during
        value = self._own(one.row) if self._own is not None else 0.0
        one.actor.own.before += value * before
        one.actor.own.during += value * during
        one.actor.seen += during
        if self._reaps:
            children = one.row.get("children") or 0.0
            one.actor.children.before += children * before
            one.actor.children.during += children * during

    def actors(self) -> list[Actor]:
        """All that there were, with their averages over the whole of either stretch. Ends it."""
        for one in self._there.values():
            self._settle(one, self._clock)
        found = [*self._ended, *(one.actor for one in self._there.values())]
        for actor in found:
            for level in (actor.own, actor.children):
                level.before /= self._clock.before or 1.0
                level.during /= self._clock.during or 1.0
        self._there, self._ended = {}, []
        return found


def _actor(pid: str, row: Row) -> Actor:
    return Actor(
        pid=int(pid),
        started=row.get("started"),
        name=row.get("name") or f"process {pid}",
        user=row.get("user"),
        unit=row.get("unit"),
        container=row.get("container"),
        parent=row.get("parent"),
        kernel=row.get("kernel") is True,
        denied=row.get("denied") or "",
    )
