"""The proportional set size of the largest processes, one after another, for a small price.

/proc/PID/smaps_rollup makes the kernel walk all pages of a process and hold its memory map for so
long: 0.1 ms for a small one, seconds for a database (kernel: filesystems/proc.rst). So only the
largest are asked, one at a time, in a thread of its own, and the next one the later the more time
the last one took.
"""

import heapq
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from monitor.clock import SystemClock
from monitor.collectors.collector import read_bytes
from monitor.collectors.errand import Errands
from monitor.collectors.process_kept import DENIED
from monitor.collectors.process_watch import Watch

LARGEST = 30
# Who they are is looked up this often, in seconds.
CHOOSE_S = 10.0
# Of one core.
SHARE = 0.001
BYTES_A_KILOBYTE = 1024
ROLLUP_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Answer:
    """Bytes, or None where they cannot be had; seconds that it took."""

    pss: int | None
    denied: bool
    seconds: float


class One(NamedTuple):
    """A process: its number is another's when it has ended."""

    pid: int
    start: int


class PssReader:
    """Writes `pss` to the watches of the largest processes."""

    def __init__(self, proc: str) -> None:
        self._proc = proc
        self._errands: Errands[One, Answer] = Errands("pss", self._ask)
        self._clock = SystemClock()
        self._queue: list[One] = []
        self._chosen_at = float("-inf")
        self._next_at = float("-inf")

    def step(self, watches: dict[int, Watch], now: float) -> None:
        """Take what has come, and ask the next one if it is time. `now` is monotonic seconds."""
        for one, answer in self._errands.answers():
            self._next_at = now + answer.seconds / SHARE
            watch = _there(watches, one)
            if watch is None:
                continue
            told = watch.may("pss", be_read=not answer.denied)
            if told or watch.pss != answer.pss:
                watch.pss = answer.pss
                watch.make()
        if not self._errands.busy and now >= self._next_at:
            chosen = self._next(watches, now)
            if chosen is not None:
                self._errands.send(chosen)

    def _next(self, watches: dict[int, Watch], now: float) -> One | None:
        if not self._queue and now - self._chosen_at >= CHOOSE_S:
            self._chosen_at = now
            self._queue = self._largest(watches.values())
        while self._queue:
            one = self._queue.pop()
            if _there(watches, one) is not None:
                return one
        return None

    def _largest(self, watches: Collection[Watch]) -> list[One]:
        """The largest last, as they are taken from the end. Those no longer among them lose theirs:
        it would grow old."""
        chosen = heapq.nlargest(LARGEST, watches, key=lambda watch: watch.stat.resident)
        largest = [One(watch.pid, watch.stat.start) for watch in chosen if watch.stat.resident]
        pids = {one.pid for one in largest}
        for watch in watches:
            if watch.pss is not None and watch.pid not in pids:
                watch.pss = None
                watch.make()
        return largest[::-1]

    def _ask(self, one: One) -> Answer:
        began = self._clock.thread_cpu()
        pss, denied = None, False
        try:
            pss = parse_rollup(read_bytes(f"{self._proc}/{one.pid}/smaps_rollup", ROLLUP_BYTES))
        except OSError as fault:
            denied = fault.errno in DENIED
        except ValueError:
            pss = None
        return Answer(pss, denied, self._clock.thread_cpu() - began)


def _there(watches: dict[int, Watch], one: One) -> Watch | None:
    watch = watches.get(one.pid)
    return watch if watch is not None and watch.stat.start == one.start else None


def parse_rollup(raw: bytes) -> int | None:
    """The line `Pss:` in bytes; None where there is none. Raises ValueError."""
    for line in raw.split(b"\n"):
        if line.startswith(b"Pss:"):
            return int(line.split()[1]) * BYTES_A_KILOBYTE
    return None
