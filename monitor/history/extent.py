"""How much there is of what was, and how much will fit."""

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from monitor.history import file
from monitor.history.minutes import COARSE, COARSE_SPAN_S, FINE, KEEP_S, SHARE
from monitor.history.tier import RAW, TIERS, Tier

# Of less than that nobody can say what a day will take.
LEAST_S = 1800.0
# What is coarser is made hours or days later. Until there is one whole block of it, its points are
# taken to have so many times the bytes of a figure as recorded, and its frames those of a second.
# Measured under a mixed load, they had 2.9 to 3.3, and 3.7 (bench/day.py).
POINT, FRAME = 3.0, 3.7
# What is written takes more of the file than it is long: pages are not full, and there are inner
# ones. Measured: 1.06 to 1.09.
SLACK = 1.08


@dataclass(frozen=True, slots=True)
class Part:
    """One tier of the figures, or of the process table. Seconds and bytes.

    `start` is the Unix time of the oldest, None where there is nothing; `keeps` for how long it is
    kept by age, `rate` bytes a second, and `fits` for how long the size suffices at that, None
    where that cannot be said yet. `count` is how many points there are of a series, or frames.
    """

    step: float
    start: float | None
    recorded: float
    count: int
    size: int
    keeps: float
    rate: float | None = None
    fits: float | None = None

    @property
    def want(self) -> float:
        """Bytes of all that is kept by age."""
        return self.keeps * (self.rate or 0.0)


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
    figures = rated([_tier(db, tier) for tier in TIERS], [tier.span for tier in TIERS], POINT)
    frames = [_frames(db, step) for step in (FINE, COARSE)]
    fine, coarse = rated(frames, [LEAST_S, COARSE_SPAN_S], FRAME)
    starts = [*(part.start for part in (*figures, fine, coarse)), memory[0]]
    (hot,) = db.execute("SELECT ifnull(sum(length(data)), 0) FROM hot").fetchone()
    room = (file.room_of(size) - hot) / SLACK
    # Where there is no room for them, tens of seconds go before seconds.
    coarse, fine = fitted([coarse, fine], size * SHARE, [0.0, 0.0])
    room -= min(size * SHARE, fine.want + coarse.want)
    return Extent(
        start=min((start for start in starts if start is not None), default=None),
        until=memory[1],
        bytes=sum(_bytes(f"{path}{suffix}") for suffix in ("", "-wal")),
        figures=fitted(figures, room, [tier.floor * size for tier in TIERS]),
        processes=(fine, coarse),
    )


def _tier(db: sqlite3.Connection, tier: Tier) -> Part:
    start, seconds, count, size = db.execute(
        "SELECT min(start), ifnull(sum(end - start), 0), ifnull(sum(count), 0),"
        " ifnull(sum(size), 0) FROM block WHERE tier = ?",
        (tier.number,),
    ).fetchone()
    recorded = seconds if tier is RAW else count * tier.step
    return Part(tier.step or 1.0, start, recorded, count, size, tier.keep)


def _frames(db: sqlite3.Connection, step: int) -> Part:
    start, seconds, size = db.execute(
        "SELECT min(start), ifnull(sum(end - start + step), 0), ifnull(sum(size), 0)"
        " FROM process WHERE step = ?",
        (step,),
    ).fetchone()
    return Part(step, start, seconds, round(seconds / step), size, KEEP_S[step])


def rated(parts: Sequence[Part], spans: Sequence[float], times: float) -> list[Part]:
    """Each with its bytes a second, finest first: as measured from `spans` seconds on, until then
    as expected of the finest, of whose points each of theirs has `times` the bytes. None where
    that cannot be said yet. Pure."""
    finest = parts[0]
    if finest.recorded < LEAST_S or not finest.count:
        return list(parts)
    point = times * finest.size / finest.count
    return [
        replace(part, rate=part.size / part.recorded)
        if part is finest or part.recorded >= span
        else replace(part, rate=point / part.step)
        for part, span in zip(parts, spans, strict=True)
    ]


def fitted(parts: Sequence[Part], room: float, floors: Sequence[float]) -> tuple[Part, ...]:
    """Each with how long it fits into so many bytes. Where these do not suffice for all, the first
    goes first, but keeps its `floors` bytes. Pure."""
    done: list[Part] = []
    later = sum(part.want for part in parts)
    for part, floor in zip(parts, floors, strict=True):
        later -= part.want
        own = min(part.want, max(room - later, floor, 0.0))
        room -= own
        done.append(replace(part, fits=own / part.rate) if part.rate else part)
    return tuple(done)


def _bytes(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0
