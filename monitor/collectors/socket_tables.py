"""The sockets that await somebody, by netlink or by the tables of text."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from monitor.collectors import inet_diag
from monitor.collectors.inet_diag import CLOSE, LISTEN, TCP, UDP, InetSocket
from monitor.collectors.proc_net import TABLES, parse_inet_line, state_of

# What the kernel told of a socket: while that is the same, it is.
Raw = bytes | str
Found = tuple[int, Raw, Callable[[], InetSocket]]

# The state of a socket that awaits whoever comes: UDP knows no listening.
AWAITING = {TCP: LISTEN, UDP: CLOSE}


def read_awaiting(proc: Path, *, netlink: bool) -> Iterator[Found]:
    """Protocol, what the kernel told, and how to parse it. Raises OSError and ValueError."""
    for name, (family, protocol) in TABLES.items():
        state = AWAITING[protocol]
        try:
            if not netlink:
                raise PermissionError
            found = list(_by_netlink(family, protocol, state))
        except OSError:  # a sandbox, or a kernel without sock_diag
            found = list(_by_table(proc / "net" / name, family, protocol, state))
        yield from found


def _by_netlink(family: int, protocol: int, state: int) -> Iterator[Found]:
    for chunk in inet_diag.chunks(family, protocol, 1 << state):
        for at, end in inet_diag.messages(chunk):
            yield protocol, chunk[at:end], partial(inet_diag.parse, chunk, at, end)


def _by_table(table: Path, family: int, protocol: int, state: int) -> Iterator[Found]:
    try:
        lines = table.read_text(encoding="ascii").split("\n")
    except FileNotFoundError:
        return  # a kernel without IPv6
    for line in lines:
        if state_of(line) == state:
            yield protocol, f"{table.name}{line}", partial(parse_inet_line, line, family)
