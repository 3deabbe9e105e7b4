"""How much there is of what was, and how much will fit."""

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from monitor.history.minutes import COARSE, FINE, KEEP_S, SHARE
from monitor.history.tier import RAW, TIERS, Tier

# Of less than that nobody can say what a day will take.
LEAST_S = 600.0
# Of what is as it was recorded, and of what stands for steps of so many seconds.
_RECORDED = "SELECT min(start), sum(end - start), sum(size) FROM block WHERE tier = ?"
_STEPS = "SELECT min(start), sum(count), sum(size) FROM block WHERE tier = ?"
_PROCESSES = "SELECT min(start), sum(end - start), sum(size) FROM process WHERE step = ?"


@dataclass(frozen=True, slots=True)
class Part:
    """One tier of the figures, or of the process table. Seconds and bytes.

    `start` is the Unix time of the oldest, None where there is nothing; `keeps` for how long it is
    kept by age, and `fits` for how long the size suffices at this machine's rate, None where that
    cannot be said yet.
    """

    step: float
    start: float | None
    recorded: float
    size: int
    keeps: float
    fits: float | None = None

    @property
    def rate(self) -> float | None:
        """Bytes a second."""
        return self.size / self.recorded if self.recorded >= LEAST_S else None


@dataclass(frozen=True, slots=True)
class Extent:
    """All of it. `bytes` is what the files take."""

    start: float | None
    until: float | None
    bytes: int
    figures: tuple[Part, ...]
    processes: tuple[Part, ...]


def extent(
    db: sqlite3.Connection, path: Path, size: int, memory: tuple[float | None, float | None]
) -> Extent:
    """What there is; `size` is the most that it may take, `memory` the first and the last moment
    that is not in blocks yet. May raise sqlite3.Error."""
    figures = [_tier(db, tier) for tier in TIERS]
    processes = [_processes(db, step) for step in (FINE, COARSE)]
    starts = [*(part.start for part in (*figures, *processes)), memory[0]]
    return Extent(
        start=min((start for start in starts if start is not None), default=None),
        until=memory[1],
        bytes=sum(_bytes(f"{path}{suffix}") for suffix in ("", "-wal")),
        figures=fitted(figures, size * (1 - SHARE), RAW.floor * size),
        processes=fitted(processes, size * SHARE, 0.0),
    )


def _tier(db: sqlite3.Connection, tier: Tier) -> Part:
    step = tier.step or 1.0
    if step > 1:
        start, count, size = db.execute(_STEPS, (tier.number,)).fetchone()
        return Part(step, start, (count or 0) * step, size or 0, tier.keep)
    start, seconds, size = db.execute(_RECORDED, (tier.number,)).fetchone()
    return Part(step, start, seconds or 0, size or 0, tier.keep)


def _processes(db: sqlite3.Connection, step: int) -> Part:
    start, seconds, size = db.execute(_PROCESSES, (step,)).fetchone()
    return Part(step, start, seconds or 0, size or 0, KEEP_S[step])


def fitted(parts: list[Part], room: float, floor: float) -> tuple[Part, ...]:
    """Each with how long it fits into so many bytes: where these do not suffice, the finest goes
    first, but keeps `floor` bytes. Pure."""
    finest, *others = parts
    done = [
        Part(p.step, p.start, p.recorded, p.size, p.keeps, p.keeps if p.rate else None)
        for p in others
    ]
    wanted = sum(p.keeps * p.rate for p in others if p.rate)
    fits = None
    if finest.rate:
        fits = min(finest.keeps, max(room - wanted, floor) / finest.rate)
    return (
        Part(finest.step, finest.start, finest.recorded, finest.size, finest.keeps, fits),
        *done,
    )


def _bytes(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0
