"""The details of one process by psutil, where there is no /proc."""

import socket
from collections.abc import Callable, Mapping
from typing import Any

import psutil

from monitor.collectors import command_line
from monitor.collectors.process_portable import LETTERS
from monitor.collectors.process_reading import NO_PERMISSION, ProcessGone

# As many as are told of each.
MOST = 1_000
MAX_COMMAND_CHARACTERS = 64 * 1024


def portable_details(pid: int) -> dict[str, Any]:
    """As `process_detail.read_process`, as much of it as psutil has. Raises ProcessGone."""
    denied: dict[str, str] = {}
    cut: dict[str, int] = {}
    found: dict[str, Any] = {"pid": pid}
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            for what, ask in _QUESTIONS.items():
                try:
                    found[what] = ask(process)
                except psutil.AccessDenied:
                    denied[what] = NO_PERMISSION
                except (psutil.ZombieProcess, NotImplementedError):
                    continue  # it has none, or psutil does not know here
    except (psutil.NoSuchProcess, OverflowError, ValueError) as fault:
        raise ProcessGone(pid) from fault
    for what in ("command", "threads", "files", "sockets"):
        _shorten(what, found, cut)
    known = {what: value for what, value in found.items() if value is not None}
    return {**known, "denied": denied, "absent": {}, "cut": cut}


def _shorten(what: str, found: dict[str, Any], cut: dict[str, int]) -> None:
    """Bound a list, and say how long it was."""
    whole = found.get(what)
    if not isinstance(whole, list):
        return
    found[what] = whole[:MOST]
    if what == "command":
        left = MAX_COMMAND_CHARACTERS
        for number, argument in enumerate(found[what]):
            left -= len(argument)
            if left < 0:
                found[what] = found[what][:number]
                break
    if len(found[what]) < len(whole):
        cut[what] = len(whole)


def _threads(process: psutil.Process) -> list[dict[str, Any]]:
    return [{"tid": t.id, "cpu": t.user_time + t.system_time} for t in process.threads()]


def _files(process: psutil.Process) -> list[dict[str, Any]]:
    return [{"fd": f.fd if f.fd >= 0 else None, "target": f.path} for f in process.open_files()]


def _sockets(process: psutil.Process) -> list[dict[str, Any]]:
    return [
        {
            "fd": one.fd if one.fd >= 0 else None,
            "protocol": "tcp" if one.type == socket.SOCK_STREAM else "udp",
            "local": _endpoint(one.laddr),
            "remote": _endpoint(one.raddr),
            "state": one.status,
        }
        for one in process.net_connections("inet")
    ]


def _endpoint(address: Any) -> str | None:
    if not address:
        return None
    return f"[{address.ip}]:{address.port}" if ":" in address.ip else f"{address.ip}:{address.port}"


_QUESTIONS: Mapping[str, Callable[[psutil.Process], Any]] = {
    "started": lambda process: process.create_time(),
    "name": lambda process: command_line.told_name(process.name()),
    "state": lambda process: LETTERS.get(process.status()),
    "state_text": lambda process: process.status(),
    "user": lambda process: process.username(),
    "parent": lambda process: process.ppid(),
    "nice": lambda process: process.nice(),
    "command": command_line.told_arguments,
    "executable": lambda process: process.exe() or None,
    "directory": lambda process: process.cwd() or None,
    "cpu_user": lambda process: process.cpu_times().user,
    "cpu_system": lambda process: process.cpu_times().system,
    "rss": lambda process: process.memory_info().rss,
    "uss": lambda process: process.memory_full_info().uss,
    "voluntary_switches": lambda process: process.num_ctx_switches().voluntary,
    "involuntary_switches": lambda process: process.num_ctx_switches().involuntary,
    "threads": _threads,
    "files": _files,
    "sockets": _sockets,
}
