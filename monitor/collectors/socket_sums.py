"""Sockets counted by state, and what waits in their queues: none of them looked at for itself."""

import os
import socket
import struct
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from monitor.collectors import inet_diag
from monitor.collectors.collector import need_linux
from monitor.collectors.inet_diag import LISTEN, TCP
from monitor.collectors.kernel_file import read_file
from monitor.model.sample import Unavailable

# A count of more would hold up all that is read: 100,000 take 0.1 s.
MAX_SOCKETS = 100_000
# All that RFC 9293 knows; not those that are only bound (Linux 6.8).
STATES = (1 << 12) - 1

# linux/inet_diag.h: idiag_rqueue and idiag_wqueue.
_QUEUES = struct.Struct("=56xII")


@dataclass(slots=True)
class Sums:
    """How many are in each state; bytes that were received and not read, sent and not acknowledged.

    The queue of a socket that listens is of connections, and not counted.
    """

    states: Counter[int] = field(default_factory=Counter)
    receive_queue: int = 0
    send_queue: int = 0

    def __iadd__(self, other: "Sums") -> "Sums":
        self.states += other.states
        self.receive_queue += other.receive_queue
        self.send_queue += other.send_queue
        return self


def sum_sockets(family: int, protocol: int, table: str) -> Sums:
    """By netlink, or where that is refused from the table of text, a file of /proc/net.

    Raises `Unavailable` where neither is there or there are too many, OSError and ValueError.
    """
    need_linux("sock_diag(7)")
    if family == socket.AF_INET6 and not os.path.exists(table):
        raise Unavailable("this kernel does not speak IPv6")
    try:
        return sum_diag(family, protocol)
    except TimeoutError:
        raise
    except OSError:  # a sandbox forbids it, or the kernel has no sock_diag
        return parse_table(read_file(table), protocol)


def sum_tcp(net: str) -> Sums:
    """TCP of IPv4 and IPv6 together, by netlink, or from the tables tcp and tcp6 in `net`.

    Raises as `sum_sockets` does.
    """
    need_linux("sock_diag(7)")
    try:
        return _sum(inet_diag.tcp_chunks(STATES), TCP)
    except TimeoutError:
        raise
    except OSError:
        sums = parse_table(read_file(f"{net}/tcp"), TCP)
        with suppress(Unavailable):  # a kernel without IPv6
            sums += parse_table(read_file(f"{net}/tcp6"), TCP)
        return sums


def sum_diag(family: int, protocol: int) -> Sums:
    """By netlink. Raises OSError, and `Unavailable` where there are too many."""
    return _sum(inet_diag.chunks(family, protocol, STATES), protocol)


def _sum(chunks: Iterable[bytes], protocol: int) -> Sums:
    sums = Sums()
    left = MAX_SOCKETS
    for chunk in chunks:
        left -= add_chunk(sums, chunk, protocol)
        if left < 0:
            raise Unavailable(f"there are more than {MAX_SOCKETS} sockets")
    return sums


def add_chunk(sums: Sums, chunk: bytes, protocol: int) -> int:
    """Add the sockets of a part of the kernel's answer; how many there were. Pure."""
    states: list[int] = []
    for at, _ in inet_diag.messages(chunk):
        state = chunk[at + 1]
        states.append(state)
        if protocol != TCP or state != LISTEN:
            received, sent = _QUEUES.unpack_from(chunk, at)
            sums.receive_queue += received
            sums.send_queue += sent
    sums.states.update(states)
    return len(states)


def parse_table(text: bytes, protocol: int) -> Sums:
    """/proc/net/tcp and its like (proc_pid_net(5)). Pure. Raises ValueError for anything else."""
    heading, *lines = text.splitlines()
    if b"local_address" not in heading:
        raise ValueError(f"a table of sockets begins with {heading[:60]!r}")
    sums = Sums()
    for line in lines:
        # sl, local_address, rem_address, st, tx_queue:rx_queue.
        words = line.split(None, 5)
        if len(words) < 5:
            raise ValueError(f"a table of sockets has {line[:60]!r}")
        state = int(words[3], 16)
        sums.states[state] += 1
        if protocol != TCP or state != LISTEN:
            sent, _, received = words[4].partition(b":")
            sums.receive_queue += int(received, 16)
            sums.send_queue += int(sent, 16)
    return sums
