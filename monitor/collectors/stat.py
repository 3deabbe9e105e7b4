"""What the kernel does: processes begun, switches between them, interrupts."""

from collections.abc import Iterable
from typing import ClassVar

from monitor.collectors.kernel_file import PROC, KeptFile
from monitor.model.metric import COUNT, SECONDS, Record, counter, gauge, record

# The kernel's names of the fields. It has the lines of each processor first.
NAMES = {
    b"intr": "interrupts",
    b"ctxt": "context_switches",
    b"btime": "boot_time",
    b"processes": "forks",
    b"procs_running": "running",
    b"procs_blocked": "blocked",
}
_FIRST = b"intr "


@record
class KernelWork(Record):
    """What the kernel does (proc_stat(5))."""

    FAMILY = "kernel"
    # Shown as `processes.forks`.
    forks: int | None = counter(
        COUNT, "Processes and threads begun", shown=False, prom="node_forks_total"
    )
    context_switches: int | None = counter(
        COUNT, "Switches from one thread to another", prom="node_context_switches_total"
    )
    interrupts: int | None = counter(COUNT, "Interrupts of devices", prom="node_intr_total")
    boot_time: int | None = gauge(
        SECONDS, "When it started, as Unix time", prom="node_boot_time_seconds"
    )
    running: int | None = gauge(
        COUNT, "Threads on a processor or waiting for one", prom="node_procs_running"
    )
    blocked: int | None = gauge(
        COUNT, "Threads waiting for a device, undisturbed", prom="node_procs_blocked"
    )


class StatCollector:
    """/proc/stat, without what each processor did."""

    name: ClassVar[str] = "stat"
    records: ClassVar[tuple[type[Record], ...]] = (KernelWork,)
    period: ClassVar[float] = 0.0

    def __init__(self, proc: str = PROC) -> None:
        self._file = KeptFile(f"{proc}/stat")

    def collect(self) -> Iterable[Record]:
        yield parse_stat(self._file.read())


def parse_stat(text: bytes) -> KernelWork:
    """The file. Raises ValueError where it has nothing of it."""
    at = text.find(b"\n" + _FIRST) + 1
    found: dict[str, int] = {}
    for line in text[at:].split(b"\n"):
        name, _, rest = line.partition(b" ")
        if name in NAMES:
            # Behind the sum of all interrupts stands the number of each.
            found[NAMES[name]] = int(rest.partition(b" ")[0])
    if not found:
        raise ValueError(f"/proc/stat reads {text[:60]!r}")
    return KernelWork(**found)
