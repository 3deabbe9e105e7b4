"""What the whole system may have of files and threads, and how much of it is taken."""

from collections.abc import Iterable
from typing import ClassVar

from monitor.collectors.kernel_file import PROC, KeptFile
from monitor.model.metric import COUNT, RATIO, Record, gauge, record


@record
class Limits(Record):
    """Limits of the whole system (kernel: admin-guide/sysctl/fs.rst, kernel.rst).

    Every thread takes a process number. Those of one process, user or cgroup are elsewhere.
    """

    FAMILY = "limits"
    open_files: int | None = gauge(COUNT, "Files that are open", prom="node_filefd_allocated")
    open_files_maximum: int | None = gauge(
        COUNT, "As many may be (fs.file-max)", prom="node_filefd_maximum"
    )
    open_files_share: float | None = gauge(RATIO, "Open files over their maximum")
    threads: int | None = gauge(COUNT, "Threads, the kernel's own included")
    threads_maximum: int | None = gauge(
        COUNT, "As many may be (kernel.threads-max)", prom="node_processes_max_threads"
    )
    pids_maximum: int | None = gauge(
        COUNT, "Process numbers end here (kernel.pid_max)", prom="node_processes_max_processes"
    )
    threads_share: float | None = gauge(RATIO, "Threads over the lower of the two")


class LimitsCollector:
    """Three files of /proc/sys and one number of /proc/loadavg."""

    name: ClassVar[str] = "limits"
    records: ClassVar[tuple[type[Record], ...]] = (Limits,)
    period: ClassVar[float] = 0.0

    def __init__(self, proc: str = PROC) -> None:
        self._files = KeptFile(f"{proc}/sys/fs/file-nr")
        self._loadavg = KeptFile(f"{proc}/loadavg")
        self._threads_max = KeptFile(f"{proc}/sys/kernel/threads-max")
        self._pid_max = KeptFile(f"{proc}/sys/kernel/pid_max")

    def collect(self) -> Iterable[Record]:
        yield parse_limits(
            self._files.read(),
            self._loadavg.read(),
            self._threads_max.read(),
            self._pid_max.read(),
        )


def parse_limits(files: bytes, loadavg: bytes, threads_max: bytes, pid_max: bytes) -> Limits:
    """The record of what the files have. Raises ValueError for anything else."""
    # Allocated, unused (0 since Linux 2.6), maximum.
    allocated, _, maximum = (int(word) for word in files.split())
    # Three averages, then runnable threads over all threads (proc_loadavg(5)).
    threads = parse_threads(loadavg)
    most_threads, most_pids = int(threads_max), int(pid_max)
    return Limits(
        open_files=allocated,
        open_files_maximum=maximum,
        open_files_share=_share(allocated, maximum),
        threads=threads,
        threads_maximum=most_threads,
        pids_maximum=most_pids,
        threads_share=_share(threads, min(most_threads, most_pids)),
    )


def parse_threads(loadavg: bytes) -> int:
    """How many threads there are, from `0.30 0.25 0.13 2/108 1596`. Raises ValueError."""
    words = loadavg.split()
    if len(words) < 4:
        raise ValueError(f"/proc/loadavg reads {loadavg[:60]!r}")
    return int(words[3].partition(b"/")[2])


def _share(used: int, maximum: int) -> float | None:
    return used / maximum if maximum else None
