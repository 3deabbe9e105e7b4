"""Sockets as tables of text: /proc/net/tcp and its like (proc_pid_net(5)). Pure.

For those to whom netlink is refused, and for other network namespaces: /proc/PID/net is the one
that the process is in.
"""

import socket
import struct
from collections import Counter
from collections.abc import Iterable, Iterator

from monitor.collectors.inet_diag import CLOSE, ESTABLISHED, LISTEN, TCP, UDP, InetSocket
from monitor.collectors.unix_diag import TYPES, UnixSocket

# The tables, and what is in each.
TABLES = {
    "tcp": (socket.AF_INET, TCP),
    "tcp6": (socket.AF_INET6, TCP),
    "udp": (socket.AF_INET, UDP),
    "udp6": (socket.AF_INET6, UDP),
}
# include/linux/net.h: the bit of a socket that listens; the state of one that is connected.
SO_ACCEPTCON = 0x10000
SS_CONNECTED = 3


def parse_inet(lines: Iterable[str], family: int) -> Iterator[InetSocket]:
    """The sockets of a table of this family, its heading left out. Raises ValueError."""
    for line in lines:
        if state_of(line) is not None:
            yield parse_inet_line(line, family)


def state_of(line: str) -> int | None:
    """The state of the socket in a line; None where there is none. Raises ValueError."""
    parts = line.split(maxsplit=4)
    return int(parts[3], 16) if len(parts) > 4 and parts[0].endswith(":") else None


def parse_inet_line(line: str, family: int) -> InetSocket:
    """Raises ValueError and IndexError.

    There is no backlog in it, nor whether IPv6 is all that is listened to, nor an interface.
    """
    parts = line.split()
    local, local_port = _endpoint(parts[1])
    remote, remote_port = _endpoint(parts[2])
    state = int(parts[3], 16)
    sends, _, receives = parts[4].partition(":")
    return InetSocket(
        family=family,
        state=state,
        local=local,
        local_port=local_port,
        remote=remote,
        remote_port=remote_port,
        interface=None,
        receive_queue=int(receives, 16),
        send_queue=None if state == LISTEN else int(sends, 16),
        uid=int(parts[7]),
        inode=int(parts[9]),
    )


def parse_unix(lines: Iterable[str]) -> list[UnixSocket]:
    """The sockets of /proc/net/unix.

    The kernel writes a path as it is. Where two lines claim to be one socket, one of them is part
    of somebody's path, and no path is told.
    """
    found: list[UnixSocket] = []
    for line in lines:
        # Num, RefCount, Protocol, Flags, Type, State, Inode, Path.
        parts = line.rstrip("\n").split(maxsplit=7)
        try:
            flags, kind, state = int(parts[3], 16), int(parts[4], 16), int(parts[5], 16)
            inode = int(parts[6])
        except (ValueError, IndexError):
            continue  # the heading, or the rest of a path
        path = parts[7] if len(parts) > 7 else None
        found.append(UnixSocket(TYPES.get(kind, "unix"), _state(flags, state), inode, path))
    lines_of = Counter(socket.inode for socket in found)
    return [one if lines_of[one.inode] == 1 else one._replace(path=None) for one in found]


def _state(flags: int, state: int) -> int:
    if flags & SO_ACCEPTCON:
        return LISTEN
    return ESTABLISHED if state == SS_CONNECTED else CLOSE


def _endpoint(text: str) -> tuple[bytes, int]:
    """Address and port: the address is hexadecimal, word by word in this machine's byte order."""
    address, _, port = text.partition(":")
    words = [int(address[at : at + 8], 16) for at in range(0, len(address), 8)]
    return struct.pack(f"={len(words)}I", *words), int(port, 16)
