"""A file of secrets that is read again when it has changed."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from monitor.auth.secret_file import Refused
from monitor.log import event

logger = logging.getLogger(__name__)

T = TypeVar("T")
Stamp = tuple[int, ...]


class Watched(Generic[T]):
    """What `read` makes of the file at `path`. Of one thread at a time.

    What cannot be read leaves what was: a mistake must neither open the door nor lock out all.
    """

    def __init__(self, path: Path, read: Callable[[Path], T]) -> None:
        """Raises Refused."""
        self._path = path
        self._read = read
        # Before it is read: what changes meanwhile is seen later.
        self._stamp = self._look()
        self.value = read(path)

    def refresh(self) -> bool:
        """Whether it has changed, and was read."""
        stamp = self._look()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        try:
            self.value = self._read(self._path)
        except Refused as fault:
            event(logger, logging.ERROR, "secret.refused", reason=str(fault))
            return False
        event(logger, logging.INFO, "secret.read", file=self._path)
        return True

    def _look(self) -> Stamp | None:
        """What differs when it is another file, other bytes or other rights; None without one."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size
