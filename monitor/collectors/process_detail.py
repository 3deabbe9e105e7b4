"""Everything about one process, read when somebody asks for it."""

import os
import sys
import threading
from pathlib import Path
from typing import Any

from monitor.clock import SystemClock, booted
from monitor.collectors import command_line
from monitor.collectors.cgroup_names import belonging
from monitor.collectors.process_files import MAX_THREADS, read_files, read_threads, told_files
from monitor.collectors.process_portable_detail import portable_details
from monitor.collectors.process_reading import DENIED, MISSING, NO_PERMISSION, ProcessGone, Reading
from monitor.collectors.process_sockets import read_sockets
from monitor.collectors.process_stat import KERNEL_THREAD, Stat, parse, parse_io
from monitor.collectors.process_status import (
    STATES,
    parse_limits,
    parse_long_stat,
    parse_memory,
    parse_status,
    told_by_status,
)
from monitor.collectors.user_names import UserNames

PROC = Path("/proc")
DELETED = " (deleted)"
KERNEL_HAS_NONE = "a thread of the kernel has none"
NOT_COMPARED = "those of process 1, to which they are compared, may not be read"
ENDED = "it has ended, and its parent has not reaped it yet"
# What there is none of without a program and its memory.
OF_A_PROGRAM = ("command", "executable", "directory", "files", "sockets", "pss")
NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")


class _Names:
    """Users' names, for whichever thread asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names = UserNames()

    def name(self, number: int) -> str:
        with self._lock:
            self._names.refresh()
            return self._names.name(number)


_names = _Names()


def read_process(pid: int, proc: Path = PROC) -> dict[str, Any]:
    """The details of one process, fit for JSON but for its texts, which may be any bytes (as
    surrogates): `wire.details.cleaned` makes them fit.

    What may not be read is in `denied`, what there is none of in `absent`, both with the reason;
    what is longer than is told is in `cut`, with its length. pid and `started` identify a process,
    here and in the sweep.

    May take as long as the kernel likes: where another holds the process's memory map, for ever.
    Raises ProcessGone, also where it ends meanwhile; OSError and ValueError where /proc is odd.
    """
    if not sys.platform.startswith("linux"):
        return portable_details(pid)
    with Reading(pid, str(proc)) as reading:
        found: dict[str, Any] = {"pid": pid}
        try:
            found["user"] = _names.name(reading.owner())
            raw = reading.raw("stat")
        except OSError as fault:
            if fault.errno in MISSING:
                raise ProcessGone(pid) from fault
            if fault.errno not in DENIED:
                raise
            # hidepid=1: that there is one is all that others may know.
            reading.denied["details"] = NO_PERMISSION
        else:
            stat = parse(raw)
            found |= _identity(stat)
            found |= _details(reading, stat, raw)
            _still_there(reading, stat)
        return {
            **{what: value for what, value in found.items() if value is not None},
            "denied": reading.denied,
            "absent": reading.absent,
            "cut": reading.cut,
        }


def _identity(stat: Stat) -> dict[str, Any]:
    return {
        "started": round(booted() + stat.start / _hertz(), 2),
        "name": os.fsdecode(stat.name),
        "state": stat.state,
        "state_text": STATES.get(stat.state),
        "parent": stat.parent,
        "nice": stat.nice,
        "kernel": bool(stat.flags & KERNEL_THREAD),
        "rss": stat.resident * os.sysconf("SC_PAGE_SIZE"),
    }


def _details(reading: Reading, stat: Stat, raw: bytes) -> dict[str, Any]:
    more = parse_long_stat(raw)
    found: dict[str, Any] = {
        "cpu_user": more["user_ticks"] / _hertz(),
        "cpu_system": more["system_ticks"] / _hertz(),
        **{what: more[what] for what in ("priority", "scheduler", "processor")},
        **_status(reading),
        **_cgroup(reading),
        **_short(reading),
        "namespaces": _namespaces(reading),
        "threads": read_threads(reading, _hertz()),
    }
    if len(found["threads"] or ()) == MAX_THREADS < stat.threads:
        reading.cut["threads"] = stat.threads
    if stat.flags & KERNEL_THREAD or stat.state in "ZX":
        reason = KERNEL_HAS_NONE if stat.flags & KERNEL_THREAD else ENDED
        reading.absent |= dict.fromkeys(OF_A_PROGRAM, reason)
        return found
    files = read_files(reading)
    if files is not None:
        # Sockets first: what was cut off is counted by both.
        found["sockets"] = read_sockets(reading, files)
        found["files"] = told_files(reading, files)
    elif "files" in reading.denied:
        reading.denied["sockets"] = reading.denied["files"]
    return found | _program(reading, more["command_bytes"]) | _memory(reading)


def _status(reading: Reading) -> dict[str, Any]:
    raw = reading.file("status", "status")
    if raw is None:
        return {}
    status = parse_status(raw)
    if status.get("Tgid", str(reading.pid)) != str(reading.pid):
        # A thread of another process, which /proc does not list and answers for.
        raise ProcessGone(reading.pid)
    found = told_by_status(status)
    real, effective = status.get("Uid", "0 0").split()[:2]
    if real != effective:
        found["real_user"] = _names.name(int(real))
    return found


def _cgroup(reading: Reading) -> dict[str, Any]:
    raw = reading.file("cgroup", "cgroup")
    if raw is None:
        return {}
    place = belonging(os.fsdecode(raw))
    return {
        "cgroup": place.path or None,
        "unit": place.unit,
        "container": place.container,
        "runtime": place.runtime,
    }


def _short(reading: Reading) -> dict[str, Any]:
    """Files of one value, limits, and what it read from and wrote to storage."""
    found: dict[str, Any] = {}
    for what in ("oom_score", "oom_score_adj"):
        raw = reading.file(what, what)
        found[what] = int(raw) if raw else None
    raw = reading.file("limits", "limits")
    found["limits"] = parse_limits(os.fsdecode(raw)) if raw else None
    raw = reading.file("io", "io")
    if raw:
        found["read_bytes"], found["written_bytes"] = parse_io(raw)
    return found


def _namespaces(reading: Reading) -> list[str] | None:
    """Those that it does not share with process 1; None where that may not be known."""
    apart: list[str] = []
    for name in NAMESPACES:
        own = reading.link("namespaces", f"ns/{name}")
        try:
            if own is not None and own != os.readlink(f"{reading.proc}/1/ns/{name}"):
                apart.append(name)
        except OSError as fault:
            if fault.errno in DENIED | MISSING:  # nothing of this process is refused
                reading.absent["namespaces"] = NOT_COMPARED
                return None
            reading.note("namespaces", fault)
    return apart if "namespaces" not in reading.denied else None


def _program(reading: Reading, command_bytes: int | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    executable = reading.link("executable", "exe")
    if executable is not None:
        found["executable"] = executable.removesuffix(DELETED)
        found["executable_deleted"] = executable.endswith(DELETED)
    found["directory"] = reading.link("directory", "cwd")
    root = reading.link("root", "root")
    found["root"] = root if root != "/" else None
    read = command_line.read_arguments(lambda name, most: reading.file("command", name, most))
    if read is not None:
        found["command"], more = read
        if more:
            reading.cut["command"] = command_bytes
        if not found["command"]:
            reading.absent["command"] = "it has none"
    return found


def _memory(reading: Reading) -> dict[str, Any]:
    """What smaps_rollup tells, and how many seconds that took: the kernel walks all its pages."""
    clock = SystemClock()
    began = clock.monotonic()
    raw = reading.file("pss", "smaps_rollup")
    if not raw:
        return {}
    return {**parse_memory(raw), "memory_seconds": round(clock.monotonic() - began, 6)}


def _still_there(reading: Reading, stat: Stat) -> None:
    """Raise ProcessGone if what was read is not all of one living process."""
    try:
        now = parse(reading.raw("stat"))
    except OSError as fault:
        raise ProcessGone(reading.pid) from fault
    ended = now.state in "ZX" and stat.state not in "ZX"
    if now.start != stat.start or ended:
        raise ProcessGone(reading.pid)


def _hertz() -> int:
    return os.sysconf("SC_CLK_TCK")
