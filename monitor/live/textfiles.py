"""The users' own metrics on the page of a scrape: read in its thread, added as they stand."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import ClassVar

from monitor.collectors.textfile import MTIME, SCRAPE_ERROR, TextfileResult, Textfiles
from monitor.model.metric import Record
from monitor.wire.prometheus import Exposition


class TextfileReading:
    """A collector without records: what is in the files nobody has declared."""

    name: ClassVar[str] = "textfile"
    records: ClassVar[tuple[type[Record], ...]] = ()
    period: ClassVar[float] = 0.0

    def __init__(self, directory: Path, reserved: Collection[str]) -> None:
        self._files = Textfiles(directory)
        self._reserved = reserved
        self._result = TextfileResult()

    def collect(self) -> Iterable[Record]:
        self._result = self._files.read(self._reserved)
        return ()

    def add_to(self, exposition: Exposition) -> list[tuple[str, str]]:
        """Add what was read last; what is wrong with which file."""
        result = self._result
        for family in result.families:
            exposition.put_text(family.name, family.type, family.help or "", family.samples)
        for path, mtime in result.mtimes.items():
            help = "Unix time at which the file was written"
            exposition.put(MTIME, "gauge", help, {"file": path}, mtime)
        add_error(exposition, wrong=bool(result.errors))
        return result.errors


def add_error(exposition: Exposition, *, wrong: bool) -> None:
    """Whether anything was wrong; 0 where there is no directory, as node_exporter has it."""
    exposition.put(SCRAPE_ERROR, "gauge", "Whether something was wrong with a file", {}, wrong)
