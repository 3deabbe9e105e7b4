"""The limits that the monitor's own control group is under, and how near to them it is.

Inside a container /proc shows the host. What the container may have stands in its control group:
the tightest limit on the way up the tree is the one that applies.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from monitor.clock import SystemClock
from monitor.collectors.collector import need_linux, read_text
from monitor.model.metric import (
    BYTES,
    COUNT,
    RATIO,
    SECONDS,
    TEXT,
    Quotient,
    Record,
    counter,
    gauge,
    info,
    record,
)
from monitor.model.sample import Unavailable

PROC_SELF = Path("/proc/self")
# Version 1 says "no limit" with the largest number of pages that fits; no machine has an exbibyte.
NO_LIMIT_BYTES = 1 << 60
NANOSECONDS = 1e-9
MICROSECONDS = 1e-6


@record
class Cgroup(Record):
    """The control group that the monitor runs in, where a limit applies to it (cgroups(7))."""

    FAMILY = "cgroup"
    path: str | None = info(TEXT, "The group, as the kernel names it")
    memory_limit: int | None = gauge(BYTES, "Memory that it may have")
    memory_used: int | None = gauge(
        BYTES, "Memory that it has, file cache that is dropped first left out"
    )
    memory_used_share: float | None = gauge(RATIO, "Used over limit")
    cpu_limit: float | None = gauge(COUNT, "Processors that it may keep busy")
    cpu_usage: float | None = counter(SECONDS, "Processors that it keeps busy")
    cpu_allowed: float | None = counter(
        SECONDS, "Processor time that it could have had", shown=False
    )
    cpu_throttled: int | None = counter(
        COUNT, "Share of periods in which it was held back", over="cpu_periods"
    )
    cpu_periods: int | None = counter(COUNT, "Periods in which it wanted to run", shown=False)

    cpu_used_share = Quotient("cpu_usage", "cpu_allowed", RATIO, "Processor time used over allowed")


@dataclass(frozen=True, slots=True)
class Group:
    """A control group as one controller sees it: its directory, and where its hierarchy begins."""

    version: int
    path: str
    directory: Path
    root: Path

    def upwards(self) -> Iterator[Path]:
        """The group's own directory, and those above it as far as can be seen from here."""
        directory = self.directory
        yield directory
        while directory != self.root:
            directory = directory.parent
            yield directory


class CgroupCollector:
    """Control groups of version 2, and of version 1 where a controller is still there."""

    name: ClassVar[str] = "cgroup"
    records: ClassVar[tuple[type[Record], ...]] = (Cgroup,)
    period: ClassVar[float] = 0.0

    def __init__(self, proc_self: Path = PROC_SELF) -> None:
        self._proc_self = proc_self
        self._clock = SystemClock()
        self._allowed = 0.0
        self._allowed_at = self._clock.monotonic()

    def collect(self) -> Iterable[Record]:
        need_linux("a control group")
        groups = parse_cgroup(read_text(self._proc_self / "cgroup"))
        mounts = parse_mounts(read_text(self._proc_self / "mountinfo"))
        memory, cpu = find("memory", groups, mounts), find("cpu", groups, mounts)
        values: dict[str, float | str | None] = {}
        if memory is not None:
            values.update(_memory(memory))
        if cpu is not None:
            values.update(_cpu(cpu, find("cpuacct", groups, mounts)))
            values["cpu_allowed"] = self._count_allowed(values.get("cpu_limit"))
        if not any(name in values for name in ("memory_limit", "cpu_limit")):
            raise Unavailable("no limit of a control group applies")
        group = memory if memory is not None and "memory_limit" in values else cpu
        yield Cgroup(path=group.path if group else None, **values)  # type: ignore[arg-type]

    def _count_allowed(self, processors: float | str | None) -> float | None:
        """The kernel counts what was used and not what was allowed: the limit, summed over time."""
        now = self._clock.monotonic()
        elapsed, self._allowed_at = now - self._allowed_at, now
        if not isinstance(processors, float):
            return None
        self._allowed += processors * elapsed
        return self._allowed


def find(
    controller: str, groups: dict[str, str], mounts: list[tuple[str, str, str]]
) -> Group | None:
    """The group that `controller` counts this process to.

    Version 1 goes first: a controller that it has is not there in version 2.
    """
    for version, name in ((1, controller), (2, "")):
        path = groups.get(name)
        for kind, place, options in mounts:
            fits = kind == "cgroup2" if version == 2 else name in options.split(",")
            if path is None or not fits:
                continue
            root = Path(place)
            directory = root / path.lstrip("/")
            # In a container the path may be the host's, and the mount shows only what is below it.
            seen = directory if ".." not in path and directory.is_dir() else root
            return Group(version, path, seen, root)
    return None


def _memory(group: Group) -> dict[str, float | str | None]:
    names = (
        ("memory.max", "memory.current", "inactive_file")
        if group.version == 2
        else ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    )
    limits = [
        (limit, directory)
        for directory in group.upwards()
        if (limit := _number(directory / names[0])) is not None and limit < NO_LIMIT_BYTES
    ]
    if not limits:
        return {}
    limit, directory = min(limits, key=lambda found: found[0])
    current = _number(directory / names[1])
    cache = _table(directory / "memory.stat").get(names[2], 0)
    used = max(0, current - cache) if current is not None else None
    share = used / limit if used is not None and limit else None
    return {"memory_limit": limit, "memory_used": used, "memory_used_share": share}


def _cpu(group: Group, accounting: Group | None) -> dict[str, float | str | None]:
    limits = [
        (limit, directory)
        for directory in group.upwards()
        if (limit := _quota(directory, group.version)) is not None
    ]
    if not limits:
        return {}
    limit, directory = min(limits, key=lambda found: found[0])
    stat = _table(directory / "cpu.stat")
    usage: float | None = None
    if group.version == 2 and "usage_usec" in stat:
        usage = stat["usage_usec"] * MICROSECONDS
    elif group.version == 1 and accounting is not None:
        place = accounting.root / directory.relative_to(group.root)
        nanoseconds = _number(place / "cpuacct.usage")
        usage = nanoseconds * NANOSECONDS if nanoseconds is not None else None
    return {
        "cpu_limit": limit,
        "cpu_usage": usage,
        "cpu_throttled": stat.get("nr_throttled"),
        "cpu_periods": stat.get("nr_periods"),
    }


def _quota(directory: Path, version: int) -> float | None:
    if version == 2:
        return parse_cpu_max(_text(directory / "cpu.max"))
    quota = _number(directory / "cpu.cfs_quota_us")
    period = _number(directory / "cpu.cfs_period_us")
    return quota / period if quota is not None and quota > 0 and period else None


def parse_cpu_max(text: str) -> float | None:
    """Processors that `cpu.max` allows; None for "max" (kernel: admin-guide/cgroup-v2.rst)."""
    quota, _, period = text.strip().partition(" ")
    return int(quota) / int(period) if quota.isdigit() and period.isdigit() else None


def parse_cgroup(text: str) -> dict[str, str]:
    """Paths by controller from /proc/PID/cgroup (cgroups(7)); version 2 has the name ""."""
    groups: dict[str, str] = {}
    for line in text.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        for controller in controllers.split(","):
            groups[controller] = path
    return groups


def parse_mounts(text: str) -> list[tuple[str, str, str]]:
    """(type, mount point, super options) of control group mounts (proc_pid_mountinfo(5))."""
    mounts: list[tuple[str, str, str]] = []
    for line in text.splitlines():
        left, _, right = line.partition(" - ")
        before, after = left.split(" "), right.split(" ")
        if len(before) > 4 and len(after) > 2 and after[0] in ("cgroup", "cgroup2"):
            mounts.append((after[0], _unescaped(before[4]), after[2]))
    return mounts


def _unescaped(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), field)


def _text(path: Path) -> str:
    try:
        return read_text(path)
    except OSError:
        return ""  # the root has no limits, and a group may be gone between two reads


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if re.fullmatch("-?[0-9]+", text) else None


def _table(path: Path) -> dict[str, int]:
    pairs = (line.split() for line in _text(path).splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}
