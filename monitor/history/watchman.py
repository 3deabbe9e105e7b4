"""Sees what happens from one tick to the next that is worth a mark."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from monitor.history.marks import BOOT, MOUNT, OOM, RESTART, START, Mark
from monitor.model.sample import Figures

# Less than that and nothing is said of the time without a record.
UNRECORDED_S = 10.0
# The time that a clock and an uptime in whole seconds may be apart.
SLACK_S = 5.0
# Who lived for so long and is there again after so long at most has been restarted.
LASTING_S, AGAIN_S = 60.0, 30.0
# The same is not said again for so long: what crashes in a loop has one mark a minute.
SAID_S = 60.0

Row = Mapping[str, Any]
Table = Mapping[str, Row]


class Watchman:
    """Told of ticks in their order. Texts name things as they name themselves."""

    def __init__(self, until: float | None) -> None:
        """`until` is the end of what was recorded before, in Unix time."""
        self._until = until
        self._begun = False
        self._kills: float | None = None
        self._mounts: frozenset[str] | None = None
        self._processes: Table = {}
        self._gone: dict[tuple[Any, ...], tuple[float, str]] = {}
        self._said: dict[str, float] = {}

    def look(self, time: float, figures: Figures) -> list[Mark]:
        """What has happened since the tick before."""
        found = [
            *self._beginning(time, figures),
            *self._killed(time, figures),
            *self._mounted(time, figures),
            *self._restarted(time, figures),
        ]
        table = figures.get("process")
        if table is not None:
            self._processes = cast(Table, table)
        return [mark for mark in found if self._news(mark)]

    def _news(self, mark: Mark) -> bool:
        self._said = {text: at for text, at in self._said.items() if 0 <= mark.time - at < SAID_S}
        return self._said.setdefault(mark.text, mark.time) == mark.time

    def _beginning(self, time: float, figures: Figures) -> Iterator[Mark]:
        if self._begun:
            return
        self._begun = True
        uptime = figures.get("host", {}).get("uptime")
        gap = time - self._until if self._until is not None else None
        if isinstance(uptime, int | float) and (gap is None or uptime < gap + SLACK_S):
            yield Mark(time - uptime, BOOT, "The machine was started")
        unrecorded = gap is not None and gap > UNRECORDED_S
        yield Mark(
            time, START, f"Monitor started, after {_span(gap)}" if unrecorded else "Monitor started"
        )

    def _killed(self, time: float, figures: Figures) -> Iterator[Mark]:
        kills = figures.get("oom", {}).get("total")
        if not isinstance(kills, int | float):
            return
        before, self._kills = self._kills, kills
        if before is None or kills <= before:
            return
        count = kills - before
        said = "a process" if count == 1 else f"{count:.0f} processes"
        gone = self._largest_gone(figures.get("process"))
        yield Mark(time, OOM, f"Out of memory: the kernel ended {said}{gone}")

    def _largest_gone(self, now: Any) -> str:
        there = now if isinstance(now, dict) else {}
        gone = [
            (row.get("rss") or 0, pid) for pid, row in self._processes.items() if pid not in there
        ]
        if not gone:
            return ""
        _, pid = max(gone)
        return f"; {self._processes[pid].get('name')} (pid {pid}) is gone"

    def _mounted(self, time: float, figures: Figures) -> Iterator[Mark]:
        table = figures.get("filesystem")
        if table is None:
            return
        before, now = self._mounts, frozenset(table)
        self._mounts = now
        if before is None:
            return
        for place in sorted(now - before):
            yield Mark(time, MOUNT, f"Mounted: {place}")
        for place in sorted(before - now):
            yield Mark(time, MOUNT, f"Unmounted: {place}")

    def _restarted(self, time: float, figures: Figures) -> Iterator[Mark]:
        table: Any = figures.get("process")
        if not isinstance(table, dict) or table is self._processes:
            return
        before = self._processes
        same = {
            pid for pid in table.keys() & before.keys() if not _another(before[pid], table[pid])
        }
        for pid in before.keys() - same:
            self._note_end(time, pid, before)
        self._gone = {who: one for who, one in self._gone.items() if time - one[0] <= AGAIN_S}
        if not self._gone:
            return
        for pid in sorted(table.keys() - same, key=int):
            was = self._gone.pop(_identity(table[pid]), None)
            if was is not None:
                yield Mark(
                    time, RESTART, f"{table[pid].get('name')} restarted (pid {was[1]}, now {pid})"
                )

    def _note_end(self, time: float, pid: str, table: Table) -> None:
        """One of its kind alone: of many workers one that comes and goes is no restart."""
        row = table[pid]
        started = row.get("started")
        if row.get("kernel") or started is None or time - started < LASTING_S:
            return
        identity = _identity(row)
        if sum(_identity(other) == identity for other in table.values()) == 1:
            self._gone[identity] = (time, pid)


def _another(before: Row, now: Row) -> bool:
    return bool(before.get("started") != now.get("started"))


def _identity(row: Row) -> tuple[Any, ...]:
    """What stays the same when it is started again: what it is a part of, or else whose child."""
    place = row.get("container") or row.get("unit") or row.get("parent")
    return row.get("name"), row.get("user"), place


def _span(seconds: float | None) -> str:
    seconds = seconds or 0.0
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit} without a record"
    return f"{seconds:.0f} s without a record"
