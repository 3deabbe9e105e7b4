"""Processes that the kernel ended for want of memory."""

from collections import deque
from collections.abc import Iterable
from typing import ClassVar

from monitor.clock import Clock, SystemClock
from monitor.collectors.kernel_file import PROC, KeptFile
from monitor.model.export import UNEXPORTED, untyped
from monitor.model.metric import COUNT, Record, counter, gauge, record
from monitor.model.sample import Unavailable

_KILLS = b"\noom_kill "
# Lately is this long, in seconds.
LATELY_S = 3600.0


@record
class Oom(Record):
    """Processes that the kernel ended for want of memory (kernel: mm/oom_kill.c)."""

    FAMILY = "oom"
    kills: int | None = counter(
        COUNT, "Processes ended, by a cgroup's limit too", prom=untyped("node_vmstat_oom_kill")
    )
    total: int | None = gauge(COUNT, "Since the machine was started", prom=UNEXPORTED)
    lately: int | None = gauge(
        COUNT, "In the last hour, as far as this monitor was there", prom=UNEXPORTED
    )


class OomCollector:
    """One line of /proc/vmstat."""

    name: ClassVar[str] = "oom"
    records: ClassVar[tuple[type[Record], ...]] = (Oom,)
    period: ClassVar[float] = 0.0

    def __init__(self, proc: str = PROC, clock: Clock | None = None) -> None:
        self._file = KeptFile(f"{proc}/vmstat")
        self._clock = clock or SystemClock()
        # How many there had been, and from when on, in the last hour.
        self._counts: deque[tuple[float, int]] = deque()

    def collect(self) -> Iterable[Record]:
        kills = parse_oom(self._file.read())
        yield Oom(kills=kills, total=kills, lately=self._lately(kills))

    def _lately(self, kills: int) -> int:
        now, counts = self._clock.monotonic(), self._counts
        if not counts or counts[-1][1] != kills:
            counts.append((now, kills))
        # The last that is older than that is what there had been before it.
        while len(counts) > 1 and counts[1][0] <= now - LATELY_S:
            counts.popleft()
        return kills - counts[0][1]


def parse_oom(text: bytes) -> int:
    """/proc/vmstat's counter. Raises `Unavailable` where it has none, and ValueError."""
    at = text.find(_KILLS)
    if at < 0:
        raise Unavailable("this kernel does not count them: that came with Linux 4.13")
    number, _, _ = text[at + len(_KILLS) :].partition(b"\n")
    return int(number)
