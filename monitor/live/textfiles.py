"""The users' own metrics on the page of a scrape: read beside it, and rendered when they change."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from monitor.clock import Clock
from monitor.collectors.errand import Errands
from monitor.collectors.textfile import MTIME, SCRAPE_ERROR, TextfileResult, Textfiles
from monitor.model.exposition import GAUGE
from monitor.model.metric import Record
from monitor.wire.prometheus import Block, Exposition, block_of, rendered

# How long a scrape waits for the files. It is over before those that have not changed are looked
# at; what takes longer is on the next page.
PATIENCE_S = 0.1
# So long what was read last stands for what is being read. Prometheus too shows a sample for 5 min.
STANDS_S = 300.0
STILL_READ = "it is still being read: what was read last is shown"
LOST = "it is still being read: nothing is shown"


@dataclass(frozen=True, slots=True)
class _Text:
    """What was read, and its text in both formats: by whether that is OpenMetrics."""

    result: TextfileResult
    pages: dict[bool, str]


NOTHING = _Text(TextfileResult(), {False: "", True: ""})


class TextfileReading:
    """A collector without records: what is in the files nobody has declared.

    The files are read and rendered in an errand: they may be many, or lie on a mount that is dead.
    """

    name: ClassVar[str] = "textfile"
    records: ClassVar[tuple[type[Record], ...]] = ()
    period: ClassVar[float] = 0.0

    def __init__(self, directory: Path, reserved: Collection[str], clock: Clock) -> None:
        self._files = Textfiles(directory)
        self._reserved = frozenset(reserved)
        self._clock = clock
        self._errands: Errands[str, _Text] = Errands("textfiles", self._read)
        self._made = NOTHING  # of the errand's thread
        self._text = NOTHING
        self._came_at = -STANDS_S
        # What is in the way of what is there now.
        self._late: tuple[str, str] | None = None

    def collect(self) -> Iterable[Record]:
        """Ask, and take what has come. Waits only for what was not asked before."""
        waiting = self._errands.busy
        asked = self._errands.send("files")
        for _, text in self._errands.answers(0.0 if waiting else PATIENCE_S):
            self._text, self._came_at = text, self._clock.monotonic()
        self._late = None
        if not asked or self._errands.busy:
            stands = self._clock.monotonic() - self._came_at < STANDS_S
            self._text = self._text if stands else NOTHING
            self._late = (self._files.at, STILL_READ if stands else LOST)
        return ()

    def add_to(self, exposition: Exposition, *, openmetrics: bool) -> str:
        """Add whether all went well; the text of what was read last."""
        add_error(exposition, wrong=bool(self.errors()))
        return self._text.pages[openmetrics]

    def errors(self) -> list[tuple[str, str]]:
        """What is wrong with which file."""
        return self._text.result.errors + ([self._late] if self._late is not None else [])

    def _read(self, _: str) -> _Text:
        """In the errand's thread. Raises nothing."""
        result = self._files.read(self._reserved)
        if result is not self._made.result:
            self._made = _text(result, self._reserved)
        return self._made


def add_error(exposition: Exposition, *, wrong: bool) -> None:
    """Whether anything was wrong; 0 where there is no directory, as node_exporter has it."""
    exposition.put(SCRAPE_ERROR, GAUGE, "Whether something was wrong with a file", {}, wrong)


def _text(result: TextfileResult, reserved: Collection[str]) -> _Text:
    blocks = [_mtimes(result.mtimes)] if result.mtimes else []
    blocks += [block_of(f.name, f.type, f.help or "", f.samples) for f in result.families]
    pages = {wide: rendered(blocks, reserved, openmetrics=wide) for wide in (False, True)}
    return _Text(result, pages)


def _mtimes(mtimes: dict[str, float]) -> Block:
    samples = [(MTIME, (("file", path),), repr(mtime)) for path, mtime in mtimes.items()]
    return block_of(MTIME, GAUGE, "Unix time at which the file was written", samples)
