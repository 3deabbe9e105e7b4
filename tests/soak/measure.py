"""From what was seen each minute to a verdict. Pure."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bench.tables import Target

MEBIBYTE = 1 << 20
HOUR_S = 3600
# Of the issue.
MAX_SLOPE = 1.0  # MiB an hour
MAX_MISSED = 1.0  # of 10,000
# Less than this share of what was to come was no such load.
LOAD = 0.95
# How long a stop may take, and until all are back after it.
STOP_S, BACK_S = 3.0, 10.0


@dataclass(frozen=True)
class Fit:
    """A straight line by least squares. `error` is the standard error of the slope."""

    slope: float
    error: float


def fit(points: Sequence[tuple[float, float]]) -> Fit | None:
    """None where two points or fewer leave no error to be told."""
    n = len(points)
    if n < 3:
        return None
    mean_x = math.fsum(x for x, _ in points) / n
    mean_y = math.fsum(y for _, y in points) / n
    spread = math.fsum((x - mean_x) ** 2 for x, _ in points)
    slope = math.fsum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    rest = math.fsum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in points)
    return Fit(slope, math.sqrt(rest / (n - 2) / spread))


@dataclass(frozen=True)
class Minute:
    """What the server held at its end, and what happened meanwhile.

    `at` is seconds since the viewers came, `rss` bytes, `viewers` and the machine's `processes` on
    the average, `cpu` a share of one core, `longest` the longest time in seconds for which a steady
    viewer was sent nothing.
    """

    at: float
    rss: float
    tasks: int
    descriptors: int
    viewers: int
    processes: int
    cpu: float
    came: int
    ticks: int
    missed: int
    longest: float
    complaints: int

    @property
    def cells(self) -> tuple[str, ...]:
        """A row of the table."""
        return (
            f"{self.at / 60:.1f}",
            f"{self.rss / MEBIBYTE:.2f}",
            str(self.tasks),
            str(self.descriptors),
            str(self.viewers),
            str(self.processes),
            f"{100 * self.cpu:.1f}",
            str(self.came),
            str(self.ticks),
            str(self.missed),
            f"{self.longest:.2f}",
            str(self.complaints),
        )


@dataclass(frozen=True)
class Restart:
    """One end of the server, and its beginning again. Seconds; `back` until all steady viewers had
    come back, None where they did not. `code` is None where it had to be killed."""

    signal: str
    code: int | None
    stopped: float
    back: float | None

    @property
    def well(self) -> bool:
        """Whether it ended as it was asked to, and all came back."""
        wanted = -9 if self.signal == "SIGKILL" else 0
        return self.code == wanted and self.back is not None


@dataclass
class Record:
    """All of one soak. Counts are of the minutes, without the restarts.

    `steadies` viewers stay, and are sent a tick each second. `steady`, `others` and `server` count
    what happened by its name; `held` and `left` are tasks and descriptors before the viewers came
    and after all had gone.
    """

    warm_up: float
    steadies: int
    viewers: int
    a_second: int
    minutes: list[Minute] = field(default_factory=list)
    steady: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    server: Counter[str] = field(default_factory=Counter)
    held: tuple[int, int] | None = None
    left: tuple[int, int] | None = None
    restarts: list[Restart] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def slope(self, after: float) -> Fit | None:
        """MiB an hour, of the minutes that began later than `after` seconds."""
        ends = [minute.at for minute in self.minutes]
        began = dict(zip(ends, [0.0, *ends], strict=False))
        late = [m for m in self.minutes if began[m.at] >= after]
        return fit([(m.at / HOUR_S, m.rss / MEBIBYTE) for m in late])


def targets(record: Record) -> Iterator[Target]:
    """Those of the issue, and what they rest on."""
    slope = record.slope(record.warm_up)
    yield Target("RSS slope", MAX_SLOPE, "MiB/h", slope.slope if slope else None)
    yield Target("log lines above INFO", 0, "lines", len(record.complaints))
    for what, count in (("the server", record.server), ("steady viewers", record.steady)):
        missed = 10_000 * count["missed"] / count["ticks"] if count["ticks"] else None
        yield Target(f"ticks that {what} missed", MAX_MISSED, "of 10,000", missed)
    # Nothing is missed in a stream that stands still.
    due = record.steadies * record.minutes[-1].at if record.minutes else 0
    sent = record.steady["ticks"] / due if due else None
    yield Target("ticks a second, to each steady viewer", LOAD, "", sent, at_least=True)
    for what, figure in (
        ("patches that did not apply", record.steady["broken"] + record.others["broken"]),
        ("steady viewers that were dropped", record.steady["lost"]),
        ("visits that failed", record.others["failed"]),
        ("pages that were not served", record.others["unanswered"]),
        ("gaps told to who came back", _gaps(record.others)),
    ):
        yield Target(what, 0, "times", figure)
    for number, what in enumerate(("tasks", "descriptors")):
        more = None
        if record.held is not None and record.left is not None:
            more = record.left[number] - record.held[number]
        yield Target(f"{what} left when all had gone", 0, "more", more)
    yield from _load(record)
    if record.restarts:
        yield from _restarts(record.restarts)


def _gaps(count: Counter[str]) -> int:
    return sum(number for name, number in count.items() if name.startswith("gap "))


def _load(record: Record) -> Iterator[Target]:
    """Whether it was the load that it was to be."""
    minutes = record.minutes
    mean = math.fsum(m.viewers for m in minutes) / len(minutes) if minutes else None
    yield Target("viewers", LOAD * record.viewers, "", mean, at_least=True)
    seconds = minutes[-1].at if minutes else 0
    pace = sum(m.came for m in minutes) / seconds if seconds else None
    yield Target("viewers that came", LOAD * record.a_second, "a second", pace, at_least=True)
    yield Target("came back and missed nothing", 1, "times", record.others["back"], at_least=True)
    yield Target("slow or stopped ones dropped", 1, "times", record.others["cut"], at_least=True)


def _restarts(restarts: Sequence[Restart]) -> Iterator[Target]:
    yield Target("restarts that went wrong", 0, "times", sum(not r.well for r in restarts))
    yield Target("longest stop", STOP_S, "s", max(r.stopped for r in restarts))
    back = max((r.back for r in restarts if r.back is not None), default=None)
    yield Target("longest until all were back", BACK_S, "s", back)


def passed(record: Record) -> bool:
    """Whether all of it was met."""
    return all(target.met for target in targets(record))
