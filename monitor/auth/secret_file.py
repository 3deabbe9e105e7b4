"""Files that hold secrets: read only where nobody else could have, written whole or not at all."""

import contextlib
import os
import secrets
import stat
from pathlib import Path

# None of ours comes near it; it ends the reading of what is no such file.
LIMIT_BYTES = 1 << 20
OTHERS = stat.S_IRWXO
GROUP = stat.S_IRWXG
OWN_MODE = 0o600


class Refused(Exception):
    """A secret that is not one, or cannot be had. Its text is one line that says what to do."""


def read(path: Path) -> bytes:
    """What is in it. Raises Refused, and FileNotFoundError."""
    try:
        # Not waiting for a writer, where it is a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError) as fault:
        # Below what is no directory there is no file either.
        raise FileNotFoundError(path) from fault
    except OSError as fault:
        raise Refused(f"cannot read {path}: {fault.strerror}") from None
    try:
        why = why_not_secret(os.fstat(descriptor), path, path.parent.stat().st_uid)
        if why is not None:
            raise Refused(why)
        data = os.read(descriptor, LIMIT_BYTES + 1)
    except OSError as fault:
        raise Refused(f"cannot read {path}: {fault.strerror}") from None
    finally:
        os.close(descriptor)
    if len(data) > LIMIT_BYTES:
        raise Refused(f"{path} is too long: over {LIMIT_BYTES} bytes")
    return data


def require_secret(path: Path) -> None:
    """As `read`, for what somebody else will read. Raises Refused."""
    try:
        read(path)
    except FileNotFoundError:
        raise Refused(f"cannot read {path}: No such file or directory") from None


def why_not_secret(status: os.stat_result, path: Path, keeper: int) -> str | None:
    """Who else may read or write it, as a line that says what to do; None where nobody may.

    Root is nobody else; to root, nor is `keeper`, whose directory it is: he runs the service, for
    whom root wrote it, and could put another file there. What root hands to us by our group is
    ours: so do Kubernetes (fsGroup) and systemd, whose access list shows as the group's.
    """
    if not stat.S_ISREG(status.st_mode):
        return f"{path} is not a file"
    own = os.geteuid()
    if status.st_uid not in ((own, keeper) if own == 0 else (own, 0)):
        return f"{path} belongs to another user; do: chown {own} {path}"
    handed = status.st_uid == 0 != own and not status.st_mode & stat.S_IWGRP
    if status.st_mode & (OTHERS if handed else OTHERS | GROUP):
        return f"{path} can be read or written by others; do: chmod 600 {path}"
    return None


def write(path: Path, data: bytes) -> None:
    """Replace it by a file that only its owner can read, who is the directory's. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with open(os.open(made, flags, OWN_MODE), "wb") as file:
            os.fchmod(file.fileno(), OWN_MODE)
            if os.geteuid() == 0:
                # A service reads it as another user, to whom the directory belongs.
                owner = path.parent.stat()
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(made, path)
    except OSError:
        with contextlib.suppress(OSError):
            made.unlink()
        raise
    _sync(path.parent)


def _sync(directory: Path) -> None:
    """That the file has its name survives a loss of power."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):  # not every filesystem can
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
