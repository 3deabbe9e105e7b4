"""The files of one process in /proc, those that are read again and again by kept descriptors."""

import errno
import os
from dataclasses import dataclass, field

from monitor.collectors.collector import read_bytes
from monitor.collectors.user_names import UserNames

# The process ended while it was being read.
GONE = {errno.ESRCH, errno.ENOENT}
DENIED = {errno.EACCES, errno.EPERM}


@dataclass(slots=True)
class Surroundings:
    """What all processes of a machine share: units, names, and how many descriptors may be kept."""

    proc: str
    ticks_a_second: int
    page_bytes: int
    # Unix time of the start, taken once: setting the clock must not make other processes of all.
    booted: float
    descriptors: int
    # Since Linux 6.2 the size of /proc/PID/fd is the number of descriptors, told to anybody.
    counts_files: bool
    users: UserNames = field(default_factory=UserNames)


class Gone(Exception):
    """The process has ended."""


class KeptFiles:
    """A kept descriptor is of its process for ever, whoever takes the number."""

    __slots__ = ("_descriptors", "_surroundings", "directory")

    def __init__(self, pid: int, surroundings: Surroundings) -> None:
        self.directory = f"{surroundings.proc}/{pid}"
        self._surroundings = surroundings
        self._descriptors: dict[str, int] = {}

    def __del__(self) -> None:
        # With the program ends the collector, which nobody tells.
        self.close()

    def close(self) -> None:
        """Give the descriptors back."""
        while self._descriptors:
            _, descriptor = self._descriptors.popitem()
            self._surroundings.descriptors += 1
            os.close(descriptor)

    def keep(self, name: str) -> int | None:
        """The descriptor of a file of it; None where no more may be kept, or there is no such file.

        Raises Gone.
        """
        kept, around = self._descriptors, self._surroundings
        if name not in kept:
            if around.descriptors <= 0:
                return None
            try:
                kept[name] = os.open(f"{self.directory}/{name}", os.O_RDONLY | os.O_CLOEXEC)
            except OSError as fault:
                if fault.errno == errno.ESRCH:
                    raise Gone from fault
                return None
            around.descriptors -= 1
        return kept[name]

    def peruse(self, name: str, limit: int) -> bytes:
        """A file of it that is read again and again. Raises Gone, and OSError if it is refused."""
        path, kept, around = f"{self.directory}/{name}", self._descriptors, self._surroundings
        try:
            if name in kept:
                return os.pread(kept[name], limit, 0)
            if around.descriptors <= 0:
                return read_bytes(path, limit)
            kept[name] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            around.descriptors -= 1
            return os.pread(kept[name], limit, 0)
        except OSError as fault:
            raise gone_or(fault) from fault

    def read(self, name: str, limit: int) -> bytes:
        """A file of it; empty where that may not be read. Raises Gone and OSError."""
        try:
            return read_bytes(f"{self.directory}/{name}", limit)
        except OSError as fault:
            if fault.errno in DENIED:
                return b""
            raise gone_or(fault) from fault


def gone_or(fault: OSError) -> Exception:
    """What it means of a process."""
    return Gone() if fault.errno in GONE else fault
