"""/proc/PID/stat, parsed (proc_pid_stat(5)). Pure."""

from typing import NamedTuple

# include/linux/sched.h: PF_KTHREAD.
KERNEL_THREAD = 0x00200000


class Stat(NamedTuple):
    """What is used of it. Times are clock ticks, `resident` is pages, `start` ticks since boot.

    `image` tells when the process has become another program: where its code and arguments lie.
    All of it is 0 for those who may not know.
    """

    name: bytes
    state: str
    parent: int
    flags: int
    used: int
    used_by_children: int
    nice: int
    threads: int
    start: int
    resident: int
    image: tuple[bytes, ...]


def parse(raw: bytes) -> Stat:
    """Raises ValueError where it is none. The name may hold anything, parentheses too."""
    opening, closing = raw.find(b"("), raw.rfind(b")")
    fields = raw[closing + 2 :].split()
    if not 0 < opening < closing or len(fields) < 25:
        raise ValueError(f"no line of /proc/PID/stat: {raw[:80]!r}")
    return Stat(
        name=raw[opening + 1 : closing],
        state=fields[0].decode("ascii", "replace"),
        parent=int(fields[1]),
        flags=int(fields[6]),
        used=int(fields[11]) + int(fields[12]),
        used_by_children=int(fields[13]) + int(fields[14]),
        nice=int(fields[16]),
        threads=int(fields[17]),
        start=int(fields[19]),
        resident=int(fields[21]),
        # startcode, endcode, startstack; arg_start and arg_end (Linux 3.5).
        image=(*fields[23:26], *fields[45:47]),
    )


def parse_io(raw: bytes) -> tuple[int, int]:
    """Bytes read from and written to storage: proc_pid_io(5). Raises ValueError, KeyError."""
    words = raw.split()
    values = dict(zip(words[::2], words[1::2], strict=False))
    return int(values[b"read_bytes:"]), int(values[b"write_bytes:"])


class Machine(NamedTuple):
    """Clock ticks that all processors were busy, and forks, both since the start."""

    busy: int
    forks: int


def parse_machine(raw: bytes) -> Machine:
    """From /proc/stat (proc_stat(5)): what may be the work of processes. Raises ValueError.

    Guest time is in user and nice already; what the hypervisor took was nobody's work here.
    """
    cpu = raw[: raw.index(b"\n")].split()
    user, nice, system, _idle, _iowait, irq, softirq = map(int, cpu[1:8])
    at = raw.index(b"\nprocesses ") + len(b"\nprocesses ")
    return Machine(user + nice + system + irq + softirq, int(raw[at : raw.index(b"\n", at)]))
