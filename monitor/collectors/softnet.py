"""What each processor did with the packets that came in."""

import os
from collections.abc import Iterable
from functools import cache
from typing import ClassVar

from monitor.collectors.kernel_file import PROC, KeptFile
from monitor.model.metric import COUNT, KERNEL, PACKETS, Record, counter, gauge, key, record
from monitor.model.sample import Unavailable

# Columns of the file; the last four came with Linux 2.6.35, 3.11, 5.10 and 5.10.
PROCESSED, DROPPED, TIMES_SQUEEZED = 0, 1, 2
CPU_COLLISION, RECEIVED_RPS, FLOW_LIMIT_COUNT, BACKLOG_LEN, CPU = 8, 9, 10, 11, 12


@record
class Softnet(Record):
    """Packets that came in, by the processor that took them (net/core/net-procfs.c).

    The counters are 32 bits wide, and begin again at 0.
    """

    FAMILY = "softnet"
    TOPIC = KERNEL
    cpu: str = key("The processor's number")
    processed: int | None = counter(PACKETS, "Taken", prom="node_softnet_processed_total")
    dropped: int | None = counter(
        PACKETS, "Dropped as the backlog was full", prom="node_softnet_dropped_total"
    )
    times_squeezed: int | None = counter(
        COUNT,
        "Times that its turn was over before the work",
        prom="node_softnet_times_squeezed_total",
    )
    cpu_collision: int | None = counter(
        COUNT,
        "Times that a device was taken when it wanted to send; 0 since Linux 4.7",
        prom="node_softnet_cpu_collision_total",
    )
    received_rps: int | None = counter(
        COUNT, "Times that another processor woke it", prom="node_softnet_received_rps_total"
    )
    flow_limit_count: int | None = counter(
        PACKETS,
        "Dropped as one flow had too much of the backlog",
        prom="node_softnet_flow_limit_count_total",
    )
    backlog_len: int | None = gauge(
        PACKETS, "Waiting in the backlog", prom="node_softnet_backlog_len"
    )


class SoftnetCollector:
    """/proc/net/softnet_stat."""

    name: ClassVar[str] = "softnet"
    records: ClassVar[tuple[type[Record], ...]] = (Softnet,)
    period: ClassVar[float] = 0.0

    def __init__(self, proc: str = PROC) -> None:
        self._file = KeptFile(f"{proc}/net/softnet_stat")

    def collect(self) -> Iterable[Record]:
        yield from parse_softnet(self._file.read(), _configured())


@cache
def _configured() -> int:
    """How many processors there can be: the same until the next boot, and read from /sys."""
    return os.sysconf("SC_NPROCESSORS_CONF")


def parse_softnet(text: bytes, configured: int) -> list[Softnet]:
    """A line of hexadecimal numbers for each processor that is online, of `configured` ones.

    Raises ValueError for anything else, and `Unavailable` where it cannot be told which is which:
    kernels before 5.10 leave it to the order.
    """
    lines = [line.split() for line in text.splitlines()]
    if len(lines) != configured and any(len(line) <= CPU for line in lines):
        raise Unavailable("this kernel does not say which processors are offline")
    return [_softnet(number, line) for number, line in enumerate(lines)]


def _softnet(number: int, line: list[bytes]) -> Softnet:
    if len(line) <= CPU_COLLISION:
        raise ValueError(f"/proc/net/softnet_stat has {len(line)} columns")
    told = [int(word, 16) for word in line] + [None] * CPU
    cpu = told[CPU]
    return Softnet(
        cpu=str(number if cpu is None else cpu),
        processed=told[PROCESSED],
        dropped=told[DROPPED],
        times_squeezed=told[TIMES_SQUEEZED],
        cpu_collision=told[CPU_COLLISION],
        received_rps=told[RECEIVED_RPS],
        flow_limit_count=told[FLOW_LIMIT_COUNT],
        backlog_len=told[BACKLOG_LEN],
    )
