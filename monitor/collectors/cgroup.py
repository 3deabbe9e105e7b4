"""The limits that the monitor's own control group is under, and how near to them it is.

Inside a container /proc shows the host. What the container may have stands in its control group:
the tightest limit on the way up the tree is the one that applies.
"""

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar

from monitor.clock import SystemClock
from monitor.collectors.cgroup_tree import Group, find, parse_cgroup, parse_trees
from monitor.collectors.collector import need_linux, read_text
from monitor.collectors.cpu import parse_cpu_list
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
        self._counted: Path | None = None

    def collect(self) -> Iterable[Record]:
        need_linux("a control group")
        try:
            groups = parse_cgroup(read_text(self._proc_self / "cgroup"))
        except FileNotFoundError as fault:
            raise Unavailable("this kernel has no control groups") from fault
        trees = parse_trees(read_text(self._proc_self / "mountinfo"))
        memory, cpu = find("memory", groups, trees), find("cpu", groups, trees)
        of_memory = _memory(memory) if memory is not None else {}
        of_cpu = self._cpu(cpu, find("cpuacct", groups, trees)) if cpu is not None else {}
        group = memory if of_memory else cpu
        if group is None or not (of_memory or of_cpu):
            raise Unavailable("no limit of a control group applies")
        yield Cgroup(path=group.path, **of_memory, **of_cpu)

    def _cpu(self, group: Group, accounting: Group | None) -> dict[str, Any]:
        now = self._clock.monotonic()
        elapsed, self._allowed_at = now - self._allowed_at, now
        found = tightest(group, _processors)
        if found is None:
            return {}
        limit, directory = found
        # The kernel counts what was used and not what was allowed: the limit, summed over time.
        self._allowed += limit * elapsed
        known = self._counted in (None, directory)
        self._counted = directory
        # When another limit is the tightest now, its group's counters do not go on from the last.
        counters = _counters(group, directory, accounting) if known else {}
        return {"cpu_limit": limit, "cpu_allowed": self._allowed, **counters}


def tightest(
    group: Group, limit_of: Callable[[Path, int], float | None]
) -> tuple[float, Path] | None:
    """The least limit on the way up, and the directory that sets it; None where nothing does."""
    limits = [
        (limit, directory)
        for directory in group.upwards()
        if (limit := limit_of(directory, group.version)) is not None
    ]
    return min(limits, key=lambda found: found[0], default=None)


def _memory(group: Group) -> dict[str, Any]:
    found = tightest(group, _bytes)
    if found is None:
        return {}
    limit, directory = found
    v2 = group.version == 2
    current = _number(directory / ("memory.current" if v2 else "memory.usage_in_bytes"))
    cache = _table(directory / "memory.stat").get("inactive_file" if v2 else "total_inactive_file")
    used = current - cache if current is not None and cache is not None else None
    # The two are not read at one moment. Less than nothing is not known; kubelet makes it 0.
    used = used if used is not None and used >= 0 else None
    share = used / limit if used is not None and limit else None
    return {"memory_limit": int(limit), "memory_used": used, "memory_used_share": share}


def _bytes(directory: Path, version: int) -> int | None:
    limit = _number(directory / ("memory.max" if version == 2 else "memory.limit_in_bytes"))
    return limit if limit is not None and limit < NO_LIMIT_BYTES else None


def _processors(directory: Path, version: int) -> float | None:
    if version == 2:
        limits = (parse_cpu_max(_text(directory / "cpu.max")), _pinned(directory))
        return min((limit for limit in limits if limit is not None), default=None)
    quota = _number(directory / "cpu.cfs_quota_us")
    period = _number(directory / "cpu.cfs_period_us")
    return quota / period if quota is not None and quota > 0 and period else None


def _pinned(directory: Path) -> int | None:
    """Processors that the group must keep to, where those are not all that there are."""
    text = _text(directory / "cpuset.cpus.effective").strip()
    count = len(parse_cpu_list(text)) if text else 0
    return count if 0 < count < (os.cpu_count() or 0) else None


def _counters(group: Group, directory: Path, accounting: Group | None) -> dict[str, Any]:
    stat = _table(directory / "cpu.stat")
    usage: float | None = None
    if group.version == 2 and "usage_usec" in stat:
        usage = stat["usage_usec"] * MICROSECONDS
    elif group.version == 1 and accounting is not None:
        place = accounting.root / directory.relative_to(group.root)
        nanoseconds = _number(place / "cpuacct.usage")
        usage = nanoseconds * NANOSECONDS if nanoseconds is not None else None
    return {
        "cpu_usage": usage,
        "cpu_throttled": stat.get("nr_throttled"),
        "cpu_periods": stat.get("nr_periods"),
    }


def parse_cpu_max(text: str) -> float | None:
    """Processors that `cpu.max` allows (kernel: admin-guide/cgroup-v2.rst). Raises ValueError.

    None for "max", and for no text: the root has no such file.
    """
    quota, _, period = text.strip().partition(" ")
    if quota in ("", "max"):
        return None
    if not (quota.isdecimal() and period.isdecimal() and int(period) > 0):
        raise ValueError(f"cpu.max reads {text[:60]!r}")
    return int(quota) / int(period)


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
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdecimal()}
