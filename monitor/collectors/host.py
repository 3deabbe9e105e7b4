"""Which machine this is, and for how long it has been up."""

import os
import platform
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

import psutil

from monitor.clock import boot_clock
from monitor.collectors.collector import read_text
from monitor.model.metric import COUNT, SECONDS, TEXT, Record, gauge, info, record

CPUINFO = Path("/proc/cpuinfo")
# Lines that name the processor, by architecture: x86, then what ARM and RISC-V kernels may have.
MODEL_KEYS = ("model name", "Model", "Hardware", "cpu model", "uarch")


@record
class Host(Record):
    """This machine."""

    FAMILY = "host"
    hostname: str | None = info(TEXT, "Its name")
    os: str | None = info(TEXT, "The operating system (os-release(5))")
    kernel: str | None = info(TEXT, "The kernel's name and release")
    architecture: str | None = info(TEXT, "The kind of its processors")
    cpu_model: str | None = info(TEXT, "What its processors call themselves")
    cpus: int | None = info(COUNT, "Logical processors")
    cores: int | None = info(COUNT, "Physical cores")
    uptime: float | None = gauge(SECONDS, "Since it started, sleep included")


class HostCollector:
    """What does not change is read once; the name may be changed at any time."""

    name: ClassVar[str] = "host"
    records: ClassVar[tuple[type[Record], ...]] = (Host,)
    period: ClassVar[float] = 0.0

    def __init__(self, cpuinfo: Path = CPUINFO) -> None:
        self._cpuinfo = cpuinfo
        # Read at the first reading and not before: a file that is odd is no failure to start.
        self._lasting: dict[str, Any] | None = None

    def collect(self) -> Iterable[Record]:
        if self._lasting is None:
            self._lasting = {
                "os": _os_name(),
                "kernel": f"{platform.system()} {platform.release()}".strip() or None,
                "architecture": platform.machine() or None,
                "cpu_model": _cpu_model(self._cpuinfo),
                "cores": _cores(),
            }
        uptime = boot_clock()
        yield Host(
            hostname=socket.gethostname(),
            cpus=os.cpu_count(),
            # Whole seconds: nobody reads more, and each tick carries it.
            uptime=float(int(uptime)) if uptime is not None else None,
            **self._lasting,
        )


def _cores() -> int | None:
    try:
        return psutil.cpu_count(logical=False)
    except (OSError, ValueError):
        return None


def _os_name() -> str | None:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME")
    except (OSError, UnicodeError):
        release = platform.mac_ver()[0]
        return f"macOS {release}" if release else None


def _cpu_model(cpuinfo: Path) -> str | None:
    try:
        return parse_cpu_model(read_text(cpuinfo))
    except OSError:
        return platform.processor() or None


def parse_cpu_model(text: str) -> str | None:
    """The processor's name from /proc/cpuinfo (proc_cpuinfo(5)); None where no line has one."""
    found: dict[str, str] = {}
    for line in text.split("\n"):
        name, _, value = line.partition(":")
        if value.strip():
            found.setdefault(name.strip(), " ".join(value.split()))
    return next((found[name] for name in MODEL_KEYS if name in found), None)
