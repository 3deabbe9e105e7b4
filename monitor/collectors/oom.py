"""Processes that the kernel ended for want of memory."""

from collections.abc import Iterable
from typing import ClassVar

from monitor.collectors.kernel_file import PROC, KeptFile
from monitor.model.export import untyped
from monitor.model.metric import COUNT, Record, counter, record
from monitor.model.sample import Unavailable

_KILLS = b"\noom_kill "


@record
class Oom(Record):
    """Processes that the kernel ended for want of memory (kernel: mm/oom_kill.c)."""

    FAMILY = "oom"
    kills: int | None = counter(
        COUNT, "Processes ended, by a cgroup's limit too", prom=untyped("node_vmstat_oom_kill")
    )


class OomCollector:
    """One line of /proc/vmstat."""

    name: ClassVar[str] = "oom"
    records: ClassVar[tuple[type[Record], ...]] = (Oom,)
    period: ClassVar[float] = 0.0

    def __init__(self, proc: str = PROC) -> None:
        self._file = KeptFile(f"{proc}/vmstat")

    def collect(self) -> Iterable[Record]:
        yield parse_oom(self._file.read())


def parse_oom(text: bytes) -> Oom:
    """/proc/vmstat's counter. Raises `Unavailable` where it has none, and ValueError."""
    at = text.find(_KILLS)
    if at < 0:
        raise Unavailable("this kernel does not count them: that came with Linux 4.13")
    number, _, _ = text[at + len(_KILLS) :].partition(b"\n")
    return Oom(kills=int(number))
