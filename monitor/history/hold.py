"""Who holds the history: one process at a time writes it."""

import errno
import fcntl
import os
from pathlib import Path

# In the directory of the history.
LOCK = "history.lock"


class Locked(Exception):
    """Another process holds the history. `pid` is its number, as it has said itself; None where it
    has not said it yet."""

    def __init__(self, path: Path, pid: int | None) -> None:
        who = "another process" if pid is None else f"process {pid}"
        super().__init__(f"{path.parent} is in use by {who}")
        self.pid = pid


def look(path: Path) -> None:
    """Whether it may be had, without keeping it. Raises Locked where not, and OSError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        _lock(descriptor, path, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path, kind: int) -> None:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except OSError as fault:
        if fault.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            raise
        said = os.pread(descriptor, 32, 0)
        raise Locked(path, int(said) if said.strip().isdigit() else None) from None


class Hold:
    """A lock that ends with the process, however that ends (flock(2)).

    It is on a file of its own: SQLite's locks are lost when any descriptor of its file is closed.
    """

    def __init__(self, path: Path) -> None:
        """Take it. Raises Locked, and OSError where the directory cannot be written."""
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _lock(self._descriptor, path, fcntl.LOCK_EX)
            self._sign()
        except (OSError, Locked):
            os.close(self._descriptor)
            raise

    def _sign(self) -> None:
        os.ftruncate(self._descriptor, 0)
        try:
            os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)
        except OSError as fault:
            # A full disk has room for a lock, if not for a name.
            if fault.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise

    def release(self) -> None:
        """Let another one have it."""
        os.close(self._descriptor)
