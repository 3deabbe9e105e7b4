"""Which process holds a socket: looked for among all descriptors, a little at a time.

The kernel does not say it; it says of each descriptor which socket it leads to (proc_pid_fd(5)).
At 2,000 processes that is 100 ms, so it is done in slices, and only for sockets not yet found.
"""

import os
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from monitor.clock import SystemClock
from monitor.collectors.process_reading import DENIED
from monitor.collectors.process_stat import parse

# Processor time of a slice, in seconds.
SLICE_S = 0.02
# Sockets that nobody was found to hold are looked for again after this long: their process may not
# be ours to look into, which seldom changes.
AGAIN_S = 60.0
# The first ones of a process, for its slice must end: what listens is opened early.
MOST_DESCRIPTORS = 10_000
# So many links are read again at a time, 2 us each; most machines have fewer listening sockets.
VERIFIED = 200
# It holds the sockets of services too, to start them when somebody calls: it is asked last.
INIT = 1


class Owner(NamedTuple):
    """A process that holds a socket, and by which descriptor; `/proc/PID/fd/N` proves it."""

    pid: int
    descriptor: str


class SocketOwners:
    """Finds the owners of sockets that are asked for, over several readings."""

    def __init__(self, proc: str, slice_s: float = SLICE_S) -> None:
        self._proc = proc
        self._slice = slice_s
        self._clock = SystemClock()
        self._found: dict[int, Owner] = {}
        # Sockets that a whole pass did not find, and when that ended.
        self._missed: dict[int, float] = {}
        self._pass: list[int] = []
        # What the pass looked for from its beginning, and whether anybody refused.
        self._sought: frozenset[int] = frozenset()
        self._refused = False

    def find(self, inodes: Iterable[int], now: float) -> dict[int, Owner]:
        """Those of these sockets whose owner is known by now. `now` is monotonic seconds."""
        wanted = frozenset(inodes) - {0}
        for inode in self._found.keys() - wanted:
            del self._found[inode]
        self._verify()
        self._missed = {
            inode: at
            for inode, at in self._missed.items()
            if inode in wanted and inode not in self._found and now - at < AGAIN_S
        }
        self._look(wanted, now)
        return dict(self._found)

    @property
    def busy(self) -> bool:
        """Whether the search is not over: `find` goes on with it."""
        return bool(self._pass)

    def sought(self, inode: int) -> bool:
        """Whether its owner may still be found by this search, or the next one."""
        return inode != 0 and inode not in self._found and inode not in self._missed

    def denied(self, inode: int) -> bool:
        """Whether it was looked for in vain, and some process may not be looked into."""
        return self._refused and inode in self._missed

    def name(self, pid: int) -> str | None:
        """What a process is called; None where it has ended."""
        try:
            with open(f"{self._proc}/{pid}/stat", "rb") as file:
                return os.fsdecode(parse(file.read()).name)
        except (OSError, ValueError):
            return None

    def _verify(self) -> None:
        """Those that hold their socket no longer are not its owners any more. In turn."""
        for inode, owner in list(islice(self._found.items(), VERIFIED)):
            del self._found[inode]
            if self._holds(owner, inode):
                self._found[inode] = owner

    def _look(self, wanted: frozenset[int], now: float) -> None:
        """Go on with the pass, or begin one if there is anything new to look for."""
        if not self._pass:
            self._begin(wanted)
        left = wanted - self._found.keys()
        deadline = self._clock.thread_cpu() + self._slice
        while self._pass:
            if not left:
                self._pass = []
            elif self._clock.thread_cpu() >= deadline:
                return
            else:
                left -= self._look_into(self._pass.pop(), left)
        self._missed |= dict.fromkeys((self._sought & wanted) - self._found.keys(), now)
        self._sought = frozenset()

    def _begin(self, wanted: frozenset[int]) -> None:
        if not wanted - self._found.keys() - self._missed.keys():
            return
        self._sought = wanted
        self._refused = False
        pids = sorted(
            (int(name) for name in os.listdir(self._proc) if name.isdigit()), reverse=True
        )
        # From the end: the oldest first, as of a server and its workers that is the server.
        self._pass = [INIT, *(pid for pid in pids if pid != INIT)] if INIT in pids else pids

    def _look_into(self, pid: int, left: frozenset[int]) -> frozenset[int]:
        """Which of them this process holds."""
        held: set[int] = set()
        directory = f"{self._proc}/{pid}/fd"
        try:
            with os.scandir(directory) as entries:
                descriptors = [entry.name for entry in islice(entries, MOST_DESCRIPTORS)]
        except OSError as fault:
            self._refused = self._refused or fault.errno in DENIED
            return frozenset()
        for descriptor in descriptors:
            inode = _inode(f"{directory}/{descriptor}")
            if inode in left and inode not in held:
                held.add(inode)
                self._found[inode] = Owner(pid, descriptor)
        return frozenset(held)

    def _holds(self, owner: Owner, inode: int) -> bool:
        return _inode(f"{self._proc}/{owner.pid}/fd/{owner.descriptor}") == inode


def _inode(path: str) -> int:
    """The socket that a descriptor leads to; 0 where it is none, or gone."""
    try:
        target = os.readlink(path)
    except OSError:
        return 0
    if not target.startswith("socket:["):
        return 0
    return int(target[len("socket:[") : -1])
