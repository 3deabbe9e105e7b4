"""Unix sockets as the kernel tells them over netlink: sock_diag(7), linux/unix_diag.h.

Not /proc/net/unix: a socket's path may hold a newline, and what follows looks like another socket.
"""

import os
import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

from monitor.collectors.inet_diag import ALL_STATES, LISTEN, ask, attributes, messages

UDIAG_SHOW_NAME = 0x01
UNIX_DIAG_NAME = 0
TYPES: dict[int, str] = {
    socket.SOCK_STREAM: "unix stream",
    socket.SOCK_DGRAM: "unix datagram",
    socket.SOCK_SEQPACKET: "unix seqpacket",
}

_REQUEST = struct.Struct("=BBxxIIIii")  # family, protocol, states, inode, what to show, cookie
_MESSAGE = struct.Struct("=BBBxI8x")  # family, type, state, inode, cookie


class UnixSocket(NamedTuple):
    """One socket. `path` begins with @ in the abstract namespace (unix(7)); None: it has no name.

    States are those of TCP: 1 is connected, 7 is not, 10 listens.
    """

    kind: str
    state: int
    inode: int
    path: str | None

    @property
    def listens(self) -> bool:
        """Whether it awaits connections."""
        return self.state == LISTEN


def dump() -> Iterator[UnixSocket]:
    """All of this network namespace. Raises OSError where the kernel refuses."""
    request = _REQUEST.pack(socket.AF_UNIX, 0, ALL_STATES, 0, UDIAG_SHOW_NAME, -1, -1)
    for chunk in ask(request):
        for at, end in messages(chunk):
            yield parse(chunk, at, end)


def parse(chunk: bytes, at: int, end: int) -> UnixSocket:
    """The socket between two offsets. Pure. Raises ValueError where it is none."""
    if end - at < _MESSAGE.size:
        raise ValueError(f"a socket of {end - at} bytes")
    _, kind, state, inode = _MESSAGE.unpack_from(chunk, at)
    path = None
    for attribute, value in attributes(chunk, at + _MESSAGE.size, end):
        if attribute == UNIX_DIAG_NAME:
            path = path_of(value)
    return UnixSocket(TYPES.get(kind, "unix"), state, inode, path)


def path_of(name: bytes) -> str | None:
    """An address of unix(7): a path that ends in NUL, or after a NUL a name of any bytes. Pure."""
    if name[:1] == b"\0":
        return "@" + os.fsdecode(name[1:])
    return os.fsdecode(name.rstrip(b"\0")) or None
