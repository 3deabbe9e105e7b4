"""The contract that every collector keeps."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Protocol, runtime_checkable

from monitor.model.metric import Record
from monitor.model.sample import Unavailable


class Collector(Protocol):
    """Reads one source. One file holds one collector, its records and its pure parser.

    `period` is the least number of seconds between two readings; 0 is every tick.
    """

    name: ClassVar[str]
    records: ClassVar[tuple[type[Record], ...]]
    period: ClassVar[float]

    def collect(self) -> Iterable[Record]:
        """Read now, in the reader's thread. May block; may raise anything, which becomes a gap.

        Raises `Unavailable` where this machine does not have the source.
        """


@runtime_checkable
class Keeps(Protocol):
    """A collector that keeps much open from one reading to the next."""

    def close(self) -> None:
        """Give it back, in the reader's thread: there is no further reading."""


def need_linux(what: str) -> None:
    """Raise `Unavailable` anywhere but on Linux."""
    if not sys.platform.startswith("linux"):
        raise Unavailable(f"{what} is a feature of Linux")


def read_bytes(path: str, limit: int) -> bytes:
    """At most so many bytes of a file of /proc or /sys, by one read. Raises OSError.

    Three system calls and nothing else: pathlib and buffers cost five times as much.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, limit)
    finally:
        os.close(descriptor)


def read_text(path: Path) -> str:
    """A file of /proc or /sys; bytes that are not UTF-8 survive as surrogates. Raises OSError.

    Not opened as a text: that would make newlines of the carriage returns in a name.
    """
    return path.read_bytes().decode("utf-8", "surrogateescape")
