"""The kernel's tables of mounts: proc_pid_mounts(5)."""

import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from monitor.collectors.kernel_file import read_file
from monitor.model.redact import redact_text
from monitor.model.sample import Unavailable

# How the kernel writes what would end a word or a line (proc_pid_mounts(5)).
_ESCAPE = re.compile(rb"\\([0-3][0-7]{2})")
# What is answered by another machine, or by a program of anybody's: it may never answer.
REMOTE_TYPES = re.compile(
    "9p|afpfs|afs|beegfs|ceph|cifs|coda|davfs|fuse|fuse[.].*|fuseblk|gfs2?|glusterfs|lustre|macfuse"
    "|ncpfs|nfs4?|ocfs2|orangefs|osxfuse|smb3|smbfs|virtiofs|webdav",
    re.DOTALL,
)


class Mount(NamedTuple):
    """One line of the kernel's table of mounts."""

    device: str
    mountpoint: str
    type: str
    options: str

    @property
    def remote(self) -> bool:
        """Whether it may never answer."""
        return REMOTE_TYPES.fullmatch(self.type) is not None

    @property
    def names_device(self) -> bool:
        """Whether `device` names one thing. "tmpfs" does not, nor does any FUSE program's word."""
        named = self.device.startswith("/") or ":" in self.device
        return named or (self.remote and not self.type.startswith("fuse"))


def first_mounts(proc: str) -> Sequence[Mount]:
    """The mounts of process 1; nothing where it does not show them. Raises ValueError."""
    if sys.platform.startswith("linux"):
        with suppress(OSError, Unavailable):  # not for us to see, or hidden
            return parse_mounts(read_file(f"{proc}/1/mounts"))
    return ()


@lru_cache(maxsize=2)
def parse_mounts(text: bytes) -> tuple[Mount, ...]:
    """The lines of /proc/self/mounts (proc_pid_mounts(5)). Raises ValueError.

    Remembered: they are the same for days, on a machine with containers hundreds of them.
    """
    mounts = []
    for line in text.splitlines():
        words = [os.fsdecode(_ESCAPE.sub(_character, word)) for word in line.split(b" ")[:4]]
        if len(words) < 4:
            raise ValueError(f"/proc/self/mounts has the line {line[:60]!r}")
        # A FUSE program's word for what it shows may be a URL with a password in it.
        mounts.append(Mount(redact_text(words[0]), *words[1:]))
    return tuple(mounts)


def _character(escape: re.Match[bytes]) -> bytes:
    return bytes((int(escape[1], 8),))
