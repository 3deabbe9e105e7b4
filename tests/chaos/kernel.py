"""What the kernel holds for a server: its sockets, also those that no process has any more."""

import asyncio
import contextlib
import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from tests.support.observed import PAGE_BYTES
from tests.support.subject import Subject

# net/tcp_states.h
ESTABLISHED = 1
# What a socket's buffers take: ss(8), skmem.
BUFFERS = re.compile(r"skmem:\(r(\d+),rb\d+,t\d+,tb\d+,f(\d+),w(\d+),o(\d+),bl(\d+)")


@dataclass(frozen=True)
class Entry:
    """A line of the kernel's table (proc_pid_net(5)): the peer's port and the socket's state."""

    peer: int
    state: int


def entries(subject: Subject, peers: Collection[int]) -> list[Entry]:
    """The server's ends of the connections to these ports, orphans and TIME_WAIT among them.

    By way of the server's process, so that it is the table of its network namespace.
    """
    table = Path(f"/proc/{subject.pid}/net/tcp").read_text(encoding="ascii")
    found = []
    for line in table.splitlines()[1:]:
        _, local, remote, state, *_ = line.split()
        peer = int(remote.rpartition(":")[2], 16)
        if int(local.rpartition(":")[2], 16) == subject.port and peer in peers:
            found.append(Entry(peer, int(state, 16)))
    return found


def sockets(subject: Subject) -> int:
    """How many the server has open; it does not notice that it is looked at."""
    count = 0
    for link in Path(f"/proc/{subject.pid}/fd").iterdir():
        with contextlib.suppress(OSError):  # closed meanwhile
            count += os.readlink(link).startswith("socket:")
    return count


def descriptors(subject: Subject) -> int:
    """How many the server has open."""
    return len(list(Path(f"/proc/{subject.pid}/fd").iterdir()))


def rss(subject: Subject) -> int:
    """Resident memory of the server, bytes."""
    pages = Path(f"/proc/{subject.pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * PAGE_BYTES


async def buffers(subject: Subject, peers: Collection[int]) -> int:
    """Bytes that the kernel holds for the server's ends of the connections to these ports."""
    told = await run("ss", "--no-header", "-tnm", "sport", "=", f":{subject.port}")
    held = 0
    # Each socket is a line, and one more that begins with white space.
    for head, more in zip(*[iter(told.splitlines())] * 2, strict=True):
        if int(head.split()[4].rpartition(":")[2]) in peers:
            found = BUFFERS.search(more)
            assert found, more
            held += sum(map(int, found.groups()))
    return held


async def run(*command: str) -> str:
    """What a command prints. AssertionError where it fails, with what it says then."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, complaint = await process.communicate()
    assert process.returncode == 0, f"{' '.join(command)}: {complaint.decode().strip()}"
    return out.decode()
