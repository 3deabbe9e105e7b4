"""The sockets of one process: what it has descriptors of, looked up in the kernel's tables."""

import os
import re
import socket
from collections.abc import Iterable, Iterator
from typing import Any

from monitor.collectors import inet_diag, unix_diag
from monitor.collectors.inet_diag import STATES, TCP, UDP, InetSocket
from monitor.collectors.proc_net import TABLES, parse_inet, parse_unix
from monitor.collectors.process_reading import Reading
from monitor.collectors.unix_diag import UnixSocket

MAX_SOCKETS = 1_000
# Of a table of text: 150 bytes a socket, and the kernel makes it as slowly as it is long.
TABLE_BYTES = 8 << 20
PROTOCOLS = {TCP: "tcp", UDP: "udp"}
# What /proc/PID/fd/N leads to (proc_pid_fd(5)).
_SOCKET = re.compile(r"socket:\[(\d+)\]")
# UDP sockets have no states but those two; what they are called is netstat(8)'s.
UDP_STATES = {inet_diag.ESTABLISHED: "ESTABLISHED", inet_diag.CLOSE: "UNCONNECTED"}
UNIX_STATES = {inet_diag.LISTEN: "LISTEN", **UDP_STATES}


def read_sockets(reading: Reading, files: dict[int, str]) -> list[dict[str, Any]]:
    """Descriptor, protocol, local and remote address, and state of each socket among them.

    Of other protocols only the name is known (socket(7), system.sockprotoname).
    """
    wanted = inodes(files)
    if len(wanted) > MAX_SOCKETS:
        reading.cut.setdefault("sockets", len(wanted))
        wanted = dict(list(wanted.items())[:MAX_SOCKETS])
    found = _resolve(reading, set(wanted)) if wanted else {}
    return [
        {"fd": number, **(found.get(inode) or _other(reading, number))}
        for inode, number in wanted.items()
    ]


def inodes(files: dict[int, str]) -> dict[int, int]:
    """The sockets among what descriptors lead to, and the first descriptor of each. Pure."""
    found: dict[int, int] = {}
    for number, target in sorted(files.items()):
        match = _SOCKET.fullmatch(target)
        if match is not None:
            found.setdefault(int(match[1]), number)
    return found


def shown(address: bytes, port: int) -> str:
    """`127.0.0.1:80` or `[::1]:80`. Pure."""
    if len(address) == 4:
        return f"{socket.inet_ntop(socket.AF_INET, address)}:{port}"
    return f"[{socket.inet_ntop(socket.AF_INET6, address)}]:{port}"


def told_inet(one: InetSocket, protocol: int) -> dict[str, Any]:
    """A TCP or UDP socket as the details tell it. Pure."""
    states = UDP_STATES if protocol == UDP else STATES
    return {
        "protocol": PROTOCOLS[protocol],
        "local": shown(one.local, one.local_port),
        "remote": shown(one.remote, one.remote_port) if one.remote_port else None,
        "state": states.get(one.state, str(one.state)),
    }


def told_unix(one: UnixSocket) -> dict[str, Any]:
    """A Unix socket as the details tell it. Pure."""
    state = UNIX_STATES.get(one.state, str(one.state))
    return {"protocol": one.kind, "local": one.path, "remote": None, "state": state}


def _resolve(reading: Reading, wanted: set[int]) -> dict[int, dict[str, Any]]:
    """By netlink if it is in this network namespace; by its own tables if not, or if refused."""
    try:
        ours = os.readlink(f"{reading.proc}/self/ns/net")
        if ours == reading.link("sockets", "ns/net"):
            return dict(_by_netlink(wanted))
    except (OSError, ValueError):
        pass  # a sandbox without netlink, a kernel without sock_diag
    return dict(_by_tables(reading, wanted))


def _by_netlink(wanted: set[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    for family, protocol in TABLES.values():
        for chunk in inet_diag.chunks(family, protocol):
            for at, end in inet_diag.messages(chunk):
                if inet_diag.inode_of(chunk, at) in wanted:
                    one = inet_diag.parse(chunk, at, end)
                    yield one.inode, told_inet(one, protocol)
    yield from _unix_among(unix_diag.dump(), wanted)


def _by_tables(reading: Reading, wanted: set[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    for name, (family, protocol) in TABLES.items():
        for one in parse_inet(_table(reading, name), family):
            if one.inode in wanted:
                yield one.inode, told_inet(one, protocol)
    yield from _unix_among(parse_unix(_table(reading, "unix")), wanted)


def _table(reading: Reading, name: str) -> list[str]:
    """The lines of a table, without one that was cut off."""
    raw = reading.file("sockets", f"net/{name}", TABLE_BYTES) or b""
    return os.fsdecode(raw[: raw.rfind(b"\n") + 1]).split("\n")


def _unix_among(
    sockets: Iterable[UnixSocket], wanted: set[int]
) -> Iterator[tuple[int, dict[str, Any]]]:
    for one in sockets:
        if one.inode in wanted:
            yield one.inode, told_unix(one)


def _other(reading: Reading, number: int) -> dict[str, Any]:
    """A socket that is in none of the tables: of another protocol, or not bound to anything."""
    name = reading.attribute(f"fd/{number}", "system.sockprotoname")
    protocol = os.fsdecode(name.rstrip(b"\0")).lower() if name else None
    return {"protocol": protocol, "local": None, "remote": None, "state": None}
