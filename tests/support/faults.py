"""Sources that only a server under test has: one that says much, and one that does what it is told.

What the probe does stands in a file, so that a test changes it while the server runs.
"""

import math
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar

from monitor.collectors.collector import Collector
from monitor.model.metric import COUNT, TEXT, Record, counter, gauge, info, key, record

HANG_S = 10.0
# A chunk of the bulk, in characters.
CHUNK = 1_000


@record
class Bulk(Record):
    """Texts of which nothing stays from one reading to the next."""

    FAMILY = "bulk"
    name: str = key("Which chunk")
    text: str | None = info(TEXT, "As long as it was asked for")


@record
class Probe(Record):
    """What a test looks at."""

    FAMILY = "probe"
    level: float | None = gauge(COUNT, "1, where it is well")
    total: float | None = counter(COUNT, "Readings so far")


def chunks(size: int, turn: int) -> dict[str, str]:
    """Texts of `size` characters together, other ones at each turn."""
    return {str(n): f"{turn % 10}" * CHUNK for n in range(size // CHUNK)}


def bulk_collector(size: int) -> type[Collector]:
    """Gives `size` bytes of news at each reading."""

    class BulkCollector:
        name: ClassVar[str] = "bulk"
        records: ClassVar[tuple[type[Record], ...]] = (Bulk,)
        period: ClassVar[float] = 0.0
        turn = 0

        def collect(self) -> Iterable[Record]:
            self.turn += 1
            return [Bulk(name=n, text=text) for n, text in chunks(size, self.turn).items()]

    return BulkCollector


class Told:
    """Gives what it is told to by a file; `say` hears when a hang is over (monotonic seconds)."""

    def __init__(self, path: Path, say: Callable[..., None]) -> None:
        self._path = path
        self._say = say
        self._readings = 0

    def __call__(self) -> Any:
        """The number of its reading, where all is well."""
        self._readings += 1
        what = self._path.read_text(encoding="ascii")
        if what == "raise":
            raise RuntimeError("the source is gone")
        if what == "hang":
            self._path.write_text("well", encoding="ascii")
            time.sleep(HANG_S)
            self._say(healed=time.monotonic())
        nonsense = {"bytes": b"\xff", "huge": 10**5000}
        return nonsense.get(what, math.nan if what == "nan" else self._readings)


def probe_collector(told: Told) -> type[Collector]:
    """Reads a `Told`."""

    class ProbeCollector:
        name: ClassVar[str] = "probe"
        records: ClassVar[tuple[type[Record], ...]] = (Probe,)
        period: ClassVar[float] = 0.0

        def collect(self) -> Iterable[Record]:
            read = told()
            return [Probe(level=read, total=read)]

    return ProbeCollector
