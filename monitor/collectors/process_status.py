"""The files of one process, parsed: status, stat, limits, smaps_rollup. Pure.

Source: proc_pid_status(5) and the others; kernel: filesystems/proc.rst.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any

BYTES_A_KILOBYTE = 1024

STATES = {
    "R": "running",
    "S": "sleeping",
    "D": "waiting for a device",
    "T": "stopped",
    "t": "stopped by a tracer",
    "Z": "ended, and not yet reaped by its parent",
    "X": "dead",
    "I": "idle",
    "P": "parked",
}
# sched(7); 7 is linux/sched.h's SCHED_EXT.
POLICIES = {
    0: "SCHED_OTHER",
    1: "SCHED_FIFO",
    2: "SCHED_RR",
    3: "SCHED_BATCH",
    5: "SCHED_IDLE",
    6: "SCHED_DEADLINE",
    7: "SCHED_EXT",
}
SECCOMP = {0: "off", 1: "strict", 2: "filter"}
# Where the columns of /proc/PID/limits begin (fs/proc/base.c, proc_pid_limits).
SOFT_AT, HARD_AT, UNIT_AT = 26, 47, 68
UNLIMITED = "unlimited"


def parse_status(raw: bytes) -> dict[str, str]:
    """The lines `Name:\\tvalue`. The kernel escapes newlines in the process's name."""
    lines = (line.partition(b":") for line in raw.split(b"\n"))
    return {os.fsdecode(name): os.fsdecode(value.strip()) for name, colon, value in lines if colon}


def kilobytes(text: str) -> int:
    """`1234 kB` in bytes. Raises ValueError."""
    number, _, unit = text.partition(" ")
    if unit.strip() != "kB":
        raise ValueError(f"{text!r} is no number of kB")
    return int(number) * BYTES_A_KILOBYTE


# Which lines are told, under which name, and how each is read.
_TOLD: Mapping[str, tuple[str, Callable[[str], int | str]]] = {
    "rss": ("VmRSS", kilobytes),
    "rss_peak": ("VmHWM", kilobytes),
    "virtual": ("VmSize", kilobytes),
    "voluntary_switches": ("voluntary_ctxt_switches", int),
    "involuntary_switches": ("nonvoluntary_ctxt_switches", int),
    "umask": ("Umask", str),
    "cpus_allowed": ("Cpus_allowed_list", str),
    "capabilities": ("CapEff", str),
}


def told_by_status(status: Mapping[str, str]) -> dict[str, Any]:
    """What is told of them, under the names of the details. Raises ValueError."""
    found: dict[str, Any] = {
        name: read(status[line]) for name, (line, read) in _TOLD.items() if line in status
    }
    if "Seccomp" in status:
        found["seccomp"] = SECCOMP.get(int(status["Seccomp"]), status["Seccomp"])
    if "NoNewPrivs" in status:
        found["no_new_privileges"] = status["NoNewPrivs"] == "1"
    if status.get("TracerPid", "0") != "0":
        found["tracer"] = int(status["TracerPid"])
    numbers = status.get("NSpid", "").split()
    if len(numbers) > 1:
        found["own_pid"] = int(numbers[-1])  # its number in its own pid namespace
    return found


def parse_long_stat(raw: bytes) -> dict[str, Any]:
    """Those fields of stat that process_stat.Stat leaves out: (14) to (17) in ticks, (39) to (41),
    (48) and (49). Raises ValueError, IndexError.
    """
    fields = raw[raw.rindex(b")") + 2 :].split()
    policy = int(fields[38])
    ends = [int(field) for field in fields[45:47]]
    return {
        "user_ticks": int(fields[11]),
        "system_ticks": int(fields[12]),
        "processor": int(fields[36]),
        "priority": int(fields[37]),
        "scheduler": POLICIES.get(policy, str(policy)),
        # 0 to those who may not know.
        "command_bytes": ends[1] - ends[0] if len(ends) == 2 and 0 < ends[0] < ends[1] else None,
    }


def parse_limits(text: str) -> list[dict[str, str | int | None]]:
    """Each limit: numbers of `unit`, or "unlimited". Raises ValueError."""
    return [
        {
            "name": line[:SOFT_AT].strip().removeprefix("Max ").lower(),
            "soft": _limit(line[SOFT_AT:HARD_AT]),
            "hard": _limit(line[HARD_AT:UNIT_AT]),
            "unit": line[UNIT_AT:].strip() or None,
        }
        for line in text.split("\n")[1:]
        if line
    ]


def _limit(text: str) -> int | str:
    text = text.strip()
    return text if text == UNLIMITED else int(text)


def parse_memory(raw: bytes) -> dict[str, int]:
    """Proportional, unique and swapped bytes from smaps_rollup. Raises ValueError.

    Unique is what would be free if it ended: its private pages.
    """
    sums: dict[str, int] = {}
    for line in raw.decode("ascii", "replace").split("\n")[1:]:
        name, colon, value = line.partition(":")
        if colon:
            sums[name] = kilobytes(value.strip())
    if "Pss" not in sums:
        return {}
    unique = sum(sums.get(f"Private_{name}", 0) for name in ("Clean", "Dirty", "Hugetlb"))
    found = {"pss": sums["Pss"], "uss": unique}
    return {**found, "swap": sums["Swap"]} if "Swap" in sums else found
