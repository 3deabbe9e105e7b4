"""What a reader has to know of whoever writes the file, or stands in for it."""

from pathlib import Path
from typing import Protocol

from monitor.history.processes import ProcessRecorder
from monitor.history.recorder import Recorder
from monitor.history.series import Name


class Place(Protocol):
    """Where the file is."""

    @property
    def path(self) -> Path:
        """The database."""


class Names(Protocol):
    """What was recorded lately."""

    @property
    def names(self) -> dict[Name, int]:
        """Series, and their numbers."""


class Source(Protocol):
    """A file, and what is not yet in it. `generation` rises when another file takes its place."""

    @property
    def generation(self) -> int: ...

    @property
    def file(self) -> Place: ...

    @property
    def shelf(self) -> Names: ...

    @property
    def recorder(self) -> Recorder: ...

    @property
    def processes(self) -> ProcessRecorder: ...
