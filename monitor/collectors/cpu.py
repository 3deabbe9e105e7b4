"""Where the processors' time goes: all together, and core by core."""

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, NamedTuple

import psutil

from monitor.collectors.collector import read_text
from monitor.model.metric import SECONDS, Record, counter, key, record

NOT_BUSY = frozenset(("idle", "iowait", "guest", "guest_nice"))
ONLINE = Path("/sys/devices/system/cpu/online")


@record
class CpuTimes(Record):
    """Seconds in each mode since the start, as proc_stat(5) counts them."""

    usage: float | None = counter(SECONDS, "Busy: neither idle nor in iowait", over="total")
    user: float | None = counter(SECONDS, "Programs, virtual machines included", over="total")
    nice: float | None = counter(SECONDS, "Programs of lowered priority", over="total")
    system: float | None = counter(SECONDS, "The kernel, on behalf of programs", over="total")
    # What is left is not told: it changes as often as all the others.
    idle: float | None = counter(SECONDS, "Nothing to do", over="total", shown=False)
    iowait: float | None = counter(SECONDS, "Idle while a disk was awaited", over="total")
    irq: float | None = counter(SECONDS, "Serving interrupts", over="total")
    softirq: float | None = counter(SECONDS, "Serving soft interrupts", over="total")
    steal: float | None = counter(SECONDS, "Taken by the hypervisor", over="total")
    guest: float | None = counter(SECONDS, "Virtual machines, a part of user", over="total")
    guest_nice: float | None = counter(SECONDS, "Virtual machines, a part of nice", over="total")
    total: float | None = counter(SECONDS, "All modes together", shown=False)


@record
class Cpu(CpuTimes):
    """All processors together: the share of their time in each mode."""

    FAMILY = "cpu"
    EXPORTED = False  # it is the sum of the processors


@record
class Core(CpuTimes):
    """Each logical processor: the share of its time in each mode."""

    FAMILY = "core"
    EXPORTED = False  # by `cpu_seconds`, which never goes back
    core: str = key("The kernel's number of the processor")


class CpuCollector:
    """psutil's CPU times; the kernel's core numbers, which psutil leaves out."""

    name: ClassVar[str] = "cpu"
    records: ClassVar[tuple[type[Record], ...]] = (Cpu, Core)
    period: ClassVar[float] = 0.0

    def collect(self) -> Iterable[Record]:
        yield Cpu(**seconds_by_mode(psutil.cpu_times()))
        cores = psutil.cpu_times(percpu=True)
        for number, times in zip(core_numbers(len(cores)), cores, strict=True):
            yield Core(core=str(number), **seconds_by_mode(times))


def seconds_by_mode(times: NamedTuple) -> dict[str, float]:
    """The fields of `CpuTimes` from psutil's; modes that this system lacks are left out.

    The total leaves out guest time, which the kernel counts in user and nice already.
    """
    modes: dict[str, float] = {
        name: seconds for name, seconds in times._asdict().items() if name in CpuTimes.__slots__
    }
    # Summed and not subtracted: a difference of large floats would jitter while nothing happens.
    usage = sum(s for mode, s in modes.items() if mode not in NOT_BUSY)
    idle = modes.get("idle", 0.0) + modes.get("iowait", 0.0)
    return {**modes, "total": usage + idle, "usage": usage}


def core_numbers(count: int) -> list[int]:
    """psutil lists the processors online without their numbers: core 3 may stand second."""
    try:
        online = parse_cpu_list(read_text(ONLINE))
    except (OSError, ValueError):
        online = []
    return online if len(online) == count else list(range(count))


def parse_cpu_list(text: str) -> list[int]:
    """Numbers of a list such as `0-3,8` (cpuset(7), "List format"). Raises ValueError."""
    numbers: list[int] = []
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        numbers.extend(range(int(first), int(last or first) + 1))
    return numbers
