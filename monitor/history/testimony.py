"""What the history knows of a stretch of time and of the time before it, for a verdict."""

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, pstdev

from monitor.history.ledger import GAP_S, Ledger
from monitor.history.question import TooMuch
from monitor.history.reader import Answer, Reader
from monitor.history.sought import Wanted
from monitor.verdict.evidence import CPU, DISK, MEMORY, NETWORK, Evidence, Kind, Level

# A stretch is compared with as long a time before it, but with no less than that.
LEAST_BEFORE_S = 60.0
# Each second of a longer one has all its processes: that would take a second of processor time.
MAX_S = 3600.0
POINTS = 5_000
# Neighbouring seconds resemble each other: so many of them count for one.
ALIKE = 5

METRICS: Mapping[Kind, tuple[str, ...]] = {
    CPU: ("cpu.usage", "cpu.steal", "processes.cpu_rest", "core.usage"),
    MEMORY: ("memory.used",),
    DISK: ("disk.read_bytes", "disk.written_bytes", "disk.physical"),
    NETWORK: ("network.receive_bytes", "network.transmit_bytes", "network.physical"),
}


class Nothing(Exception):
    """Nothing was recorded then; its text says of when."""


def testify(reader: Reader, kind: Kind, start: float, end: float) -> Evidence:
    """All that a verdict needs. Raises Nothing, TooMuch and what a reader does."""
    if end - start > MAX_S:
        raise TooMuch(f"from and to are more than {MAX_S / 60:.0f} minutes apart")
    earliest = start - max(LEAST_BEFORE_S, end - start)
    ledger = Ledger(kind, start, end)
    if ledger.knows:
        for table in reader.processes(earliest, end + GAP_S):
            if not ledger.take(table):
                break
    # The machine's own figures are of the very time that is known of its processes.
    since, until = ledger.since, ledger.until
    wanted = [Wanted(metric) for metric in METRICS[kind]]
    answer = reader.query(wanted, earliest, until, POINTS)
    figures = Figures(answer, since)
    if not figures.during:
        raise Nothing("nothing was recorded then")
    if not figures.before:
        raise Nothing("nothing was recorded before that, to compare it with")
    total, named, spread = _machine(kind, figures)
    before = (answer.times[figures.before[0]], since)
    return Evidence(kind, since, until, before, total, spread, ledger.actors(), named)


class Figures:
    """An answer, cut in two."""

    def __init__(self, answer: Answer, start: float) -> None:
        self._answer = answer
        times = answer.times
        self.before = [n for n, time in enumerate(times) if time <= start]
        self.during = [n for n, time in enumerate(times) if time > start]

    def keys(self, metric: str) -> list[str]:
        """What there is of it."""
        family, _, field = metric.partition(".")
        return [key for one, of, key in self._answer.columns if (one, of) == (family, field)]

    def level(self, metric: str, key: str = "") -> Level:
        """Its averages."""
        column = self._column(metric, key)
        return Level(_mean(column, self.before), _mean(column, self.during))

    def before_of(self, metric: str, key: str = "") -> list[float]:
        """Its figures of the time before."""
        column = self._column(metric, key)
        return [column[n] for n in self.before if math.isfinite(column[n])]

    def _column(self, metric: str, key: str) -> Sequence[float]:
        family, _, field = metric.partition(".")
        columns = self._answer.columns.get((family, field, key))
        return columns.average if columns is not None else array("d")


def _mean(column: Sequence[float], places: Iterable[int]) -> float:
    values = [column[n] for n in places if column and math.isfinite(column[n])]
    return fmean(values) if values else 0.0


def _machine(kind: Kind, figures: Figures) -> tuple[Level, dict[str, Level], float]:
    """The machine's own figure, what is known of it beside processes, and its standard error."""
    if kind is CPU:
        cores = len(figures.keys("core.usage")) or 1
        named = {
            "interrupts and what ended unseen": figures.level("processes.cpu_rest"),
            "the hypervisor (steal)": _times(figures.level("cpu.steal"), cores),
        }
        total = _times(figures.level("cpu.usage"), cores)
        return total, named, _error(figures.before_of("cpu.usage")) * cores
    if kind is MEMORY:
        return figures.level("memory.used"), {}, _error(figures.before_of("memory.used"))
    family, fields = METRICS[kind][0].partition(".")[0], METRICS[kind][:2]
    devices = [key for key in figures.keys(fields[0]) if _counts(figures, family, key)]
    levels = {(field, key): figures.level(field, key) for field in fields for key in devices}
    total = Level(sum(x.before for x in levels.values()), sum(x.during for x in levels.values()))
    squares = sum(_error(figures.before_of(*one)) ** 2 for one in levels)
    named = {}
    if kind is NETWORK:
        # The kernel counts by interface; by process it does not.
        words = {fields[0]: "received by", fields[1]: "sent by"}
        named = {f"what was {words[field]} {key}": level for (field, key), level in levels.items()}
    return total, named, math.sqrt(squares)


def _counts(figures: Figures, family: str, key: str) -> bool:
    """A device, and no layer over others. Of a network where there is none of these, the loop."""
    physical = [one for one in figures.keys(f"{family}.physical") if _flag(figures, family, one)]
    return key in physical if physical else True


def _flag(figures: Figures, family: str, key: str) -> bool:
    return figures.level(f"{family}.physical", key).during >= 0.5


def _times(level: Level, factor: float) -> Level:
    return Level(level.before * factor, level.during * factor)


def _error(values: Sequence[float]) -> float:
    """The standard error of their mean."""
    return pstdev(values) / math.sqrt(max(1.0, len(values) / ALIKE)) if len(values) > 1 else 0.0
