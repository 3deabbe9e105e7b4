"""One process, held by its directory in /proc, and what could not be read of it."""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from types import TracebackType
from typing import TypeVar

T = TypeVar("T")

# The most of a file that is taken where nothing else is said: status is 1.5 KB, and more with as
# many groups as a user may have (NGROUPS_MAX, 65,536).
FILE_BYTES = 1 << 20

DENIED = {errno.EACCES, errno.EPERM}
# It ended, or it never had such a thing: a thread of the kernel has no memory.
MISSING = {errno.ENOENT, errno.ESRCH}
NO_PERMISSION = "no permission"


class ProcessGone(Exception):
    """There is no such process, or not any more, or this user may not see it."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"there is no process {pid}, or none that this monitor may see")


class Reading:
    """What is read of one process. Files are opened below its directory, which is of that process
    for ever: one that takes its number is not found there.

    `denied` says of what may not be read why; `absent` of what there is none of, why; `cut` of what
    is longer than is told, how much there is, or None where nobody counted.
    """

    def __init__(self, pid: int, proc: str) -> None:
        """Raises ProcessGone and OSError."""
        self.pid = pid
        self.proc = proc
        self.denied: dict[str, str] = {}
        self.absent: dict[str, str] = {}
        self.cut: dict[str, int | None] = {}
        try:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
            # O_PATH: with hidepid=1 the directory is seen and may not be read.
            self._directory = os.open(f"{proc}/{pid}", flags | getattr(os, "O_PATH", 0))
        except OSError as fault:
            if fault.errno in MISSING:
                raise ProcessGone(pid) from fault
            raise

    def __enter__(self) -> "Reading":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        os.close(self._directory)

    def owner(self) -> int:
        """The number of the user whose rights it has: its directory is theirs. Raises OSError."""
        return os.fstat(self._directory).st_uid

    def raw(self, name: str, limit: int = FILE_BYTES) -> bytes:
        """A file of it, at most `limit` bytes. Raises OSError."""
        descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._directory)
        try:
            parts: list[bytes] = []
            left = limit
            # Some files of /proc give a page at a time.
            while left > 0 and (part := os.read(descriptor, left)):
                parts.append(part)
                left -= len(part)
            return b"".join(parts)
        finally:
            os.close(descriptor)

    def file(self, what: str, name: str, limit: int = FILE_BYTES) -> bytes | None:
        """A file of it, or None: `denied` says `what` if it may not be read."""
        return self.attempt(what, lambda: self.raw(name, limit))

    def link(self, what: str, name: str) -> str | None:
        """Where a link of it leads; None as in `file`."""
        return self.attempt(what, lambda: os.readlink(name, dir_fd=self._directory))

    def entries(self, what: str, name: str, most: int) -> list[str] | None:
        """The first `most` names in a directory of it, in the kernel's order; None as in `file`."""

        def read() -> list[str]:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
            descriptor = os.open(name, flags, dir_fd=self._directory)
            try:
                with os.scandir(descriptor) as found:
                    return [entry.name for entry in islice(found, most)]
            finally:
                os.close(descriptor)

        return self.attempt(what, read)

    def size(self, name: str) -> int | None:
        """What the kernel gives as the size of a directory; None where it says nothing."""
        with suppress(OSError):
            return os.stat(name, dir_fd=self._directory).st_size or None
        return None

    def attempt(self, what: str, read: Callable[[], T]) -> T | None:
        """What it reads; None where there is no such thing, or where it may not be read."""
        try:
            return read()
        except OSError as fault:
            self.note(what, fault)
            return None

    def note(self, what: str, fault: OSError) -> None:
        """Remember why it could not be read; that there is none is no reason."""
        if fault.errno in DENIED:
            self.denied[what] = NO_PERMISSION
        elif fault.errno not in MISSING:
            self.denied[what] = os.strerror(fault.errno) if fault.errno else str(fault)

    def attribute(self, name: str, attribute: str) -> bytes | None:
        """An extended attribute of what a link of it leads to; None where there is none."""
        if not hasattr(os, "getxattr"):
            return None
        with suppress(OSError):
            return os.getxattr(f"{self.proc}/self/fd/{self._directory}/{name}", attribute)
        return None
