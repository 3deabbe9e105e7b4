"""What `monitor export` writes, a piece at a time, so that a year takes no more memory than an
hour."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import groupby
from pathlib import Path

from monitor import collectors
from monitor.history.onlooker import Onlooker, Unreadable
from monitor.history.question import TooMuch
from monitor.history.reader import Answer
from monitor.history.series import Name
from monitor.history.walk import pieces
from monitor.model.schema import Schema
from monitor.wire import rows
from monitor.wire.rows import Run

# Series that are read together, which is faster than one by one: with three columns of MAX_POINTS
# each they are 7 MB.
TOGETHER = 50
FAULTS = (Unreadable, TooMuch)

Rows = Callable[[Run], Iterable[str]]


class Unknown(Exception):
    """A metric that there is nothing of. Its text names it."""


class Export:
    """Of one history. All of it may raise FAULTS."""

    def __init__(self, directory: Path, metrics: Sequence[str]) -> None:
        """`metrics` are names, none for all. Raises Unknown."""
        self._schema = Schema(collectors.record_types())
        self._onlooker = Onlooker(directory)
        self._names = self._onlooker.names()
        if metrics:
            there = {_metric(name) for name in self._names}
            for metric in metrics:
                if metric not in there and metric not in self._schema.metrics:
                    raise Unknown(_nothing_of(metric, there))
            self._names = [name for name in self._names if _metric(name) in metrics]

    def close(self) -> None:
        """Give the file back."""
        self._onlooker.close()

    def text(self, form: str, start: float, end: float) -> Iterator[str]:
        """All from `start` to `end` (Unix times), as `csv`, `jsonl` or `openmetrics`."""
        if form == "openmetrics":
            yield from self._openmetrics(start, end)
            return
        if form == "csv":
            yield rows.CSV_HEAD
        make: Rows = rows.csv_rows if form == "csv" else rows.json_rows
        for first in range(0, len(self._names), TOGETHER):
            yield from self._of(self._names[first : first + TOGETHER], start, end, make)

    def _openmetrics(self, start: float, end: float) -> Iterator[str]:
        """One series after another, and those of a metric together: it wants them so."""
        for metric, names in groupby(self._names, _metric):
            head: str | None = rows.openmetrics_head(metric, self._schema.metrics.get(metric))
            for name in names:
                for line in self._of([name], start, end, rows.openmetrics_rows):
                    if head is not None:
                        yield head
                        head = None
                    yield line
        yield rows.OPENMETRICS_END

    def _of(self, names: Sequence[Name], start: float, end: float, make: Rows) -> Iterator[str]:
        for answer in pieces(self._onlooker, names, start, end):
            times = rows.stamps(answer.times)
            for name in answer.columns:
                yield "".join(make(self._run(name, times, answer)))

    def _run(self, name: Name, times: Sequence[str], answer: Answer) -> Run:
        columns = answer.columns[name]
        metric, key = _metric(name), name[2]
        declared = self._schema.metrics.get(metric)
        if columns.least is columns.average:
            return Run(metric, key, declared, times, columns.average)
        return Run(metric, key, declared, times, columns.average, columns.least, columns.greatest)


def _metric(name: Name) -> str:
    return f"{name[0]}.{name[1]}"


def _nothing_of(metric: str, there: Iterable[str]) -> str:
    close = get_close_matches(metric[:64], there, n=1)
    meant = f"; did you mean {close[0]}?" if close else ""
    return f"no history of {metric[:64]!r}{meant}"
