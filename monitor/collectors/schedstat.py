"""How long threads ran and waited on each processor, as the scheduler counts it."""

from collections.abc import Iterable
from typing import ClassVar

from monitor.collectors.kernel_file import PROC, read_file
from monitor.model.metric import COUNT, KERNEL, SECONDS, Record, counter, key, record

SECONDS_A_NANOSECOND = 1e-9
# The last three of the nine numbers that every version since 15 (Linux 2.6.30) has.
RUNNING, WAITING, TIMESLICES = 7, 8, 9


@record
class Schedstat(Record):
    """What the scheduler did on each processor (kernel: scheduler/sched-stats.rst)."""

    FAMILY = "schedstat"
    TOPIC = KERNEL
    cpu: str = key("The processor's number")
    running: float | None = counter(
        SECONDS, "Threads ran", prom="node_schedstat_running_seconds_total"
    )
    waiting: float | None = counter(
        SECONDS,
        "Threads waited for it, all of them together",
        prom="node_schedstat_waiting_seconds_total",
    )
    timeslices: int | None = counter(
        COUNT, "Turns given to threads", prom="node_schedstat_timeslices_total"
    )


class SchedstatCollector:
    """/proc/schedstat; only kernels built with CONFIG_SCHEDSTATS have it."""

    name: ClassVar[str] = "schedstat"
    records: ClassVar[tuple[type[Record], ...]] = (Schedstat,)
    period: ClassVar[float] = 0.0

    def __init__(self, proc: str = PROC) -> None:
        self._path = f"{proc}/schedstat"

    def collect(self) -> Iterable[Record]:
        yield from parse_schedstat(read_file(self._path))


def parse_schedstat(text: bytes) -> list[Schedstat]:
    """The lines of the processors, those of their domains left out. Raises ValueError."""
    found = [_schedstat(line.split()) for line in text.splitlines() if line.startswith(b"cpu")]
    if not found:
        raise ValueError(f"/proc/schedstat reads {text[:60]!r}")
    return found


def _schedstat(words: list[bytes]) -> Schedstat:
    if len(words) <= TIMESLICES:
        raise ValueError(f"/proc/schedstat has {len(words)} columns")
    return Schedstat(
        cpu=str(int(words[0].removeprefix(b"cpu"))),
        running=int(words[RUNNING]) * SECONDS_A_NANOSECOND,
        waiting=int(words[WAITING]) * SECONDS_A_NANOSECOND,
        timeslices=int(words[TIMESLICES]),
    )
