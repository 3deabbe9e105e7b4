"""Every process by psutil, where there is no /proc to sweep."""

from collections.abc import Iterable
from typing import Any

import psutil

from monitor.collectors import command_line
from monitor.collectors.process_records import Command, Process, Processes
from monitor.model.metric import Record

# psutil's words for what ps(1) has letters for.
LETTERS = {
    psutil.STATUS_RUNNING: "R",
    psutil.STATUS_SLEEPING: "S",
    psutil.STATUS_DISK_SLEEP: "D",
    psutil.STATUS_IDLE: "I",
    psutil.STATUS_ZOMBIE: "Z",
    psutil.STATUS_STOPPED: "T",
    psutil.STATUS_TRACING_STOP: "t",
}
FIELDS = (
    *("pid", "create_time", "ppid", "username", "status", "name", "nice", "cpu_times"),
    *("memory_info", "num_threads", "num_fds", command_line.NAME),
)


class PortableProcesses:
    """What psutil tells of each process; what it may not tell is in `denied`."""

    def __init__(self) -> None:
        self._pids: set[int] | None = None
        self._at: float | None = None
        self._commands: list[Command] = []

    def close(self) -> None:
        """Nothing is kept open."""

    def commands(self) -> Iterable[Command]:
        """Those of the last reading."""
        return self._commands

    def read(self, now: float) -> Iterable[Record]:
        """Every process that this user may see."""
        letters: dict[str, int] = {}
        threads: list[int] = []
        known, self._pids = self._pids, set()
        period = now - self._at if self._at is not None else None
        self._at = now
        self._commands = []
        for process in psutil.process_iter(FIELDS):
            told: dict[str, Any] = process.info
            pid: int = told["pid"]
            self._pids.add(pid)
            made = process_of(told, new=known is not None and pid not in known)
            letters[made.state or ""] = letters.get(made.state or "", 0) + 1
            threads.append(made.threads or 0)
            yield made
            self._commands.append(Command(pid=str(pid), line=command_line.told_line(told)))
        yield Processes(
            total=len(self._pids),
            threads=sum(threads),
            running=letters.get("R", 0),
            sleeping=letters.get("S", 0),
            blocked=letters.get("D", 0),
            idle=letters.get("I", 0),
            zombie=letters.get("Z", 0),
            stopped=letters.get("T", 0) + letters.get("t", 0),
            unread=None,
            hidden=None,
            forks=None,
            cpu_seen=None,
            cpu_reaped=None,
            cpu_rest=None,
            sweep_period=period,
            sweep_cpu=None,
        )


def process_of(told: dict[str, Any], *, new: bool) -> Process:
    """The record of what psutil told; it puts None for what it may not tell."""
    times, memory = told["cpu_times"], told["memory_info"]
    return Process(
        pid=str(told["pid"]),
        started=told["create_time"],
        new=new or None,
        parent=told["ppid"],
        user=told["username"],
        state=LETTERS.get(told["status"]),
        name=command_line.told_name(told["name"]),
        kernel=None,
        nice=told["nice"],
        cpu=times.user + times.system if times is not None else None,
        children=None,
        rss=memory.rss if memory is not None else None,
        pss=None,
        threads=told["num_threads"],
        files=told["num_fds"],
        read_bytes=None,
        written_bytes=None,
        unit=None,
        container=None,
        denied="files" if told["num_fds"] is None else None,
    )
