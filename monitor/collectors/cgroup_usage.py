"""What a control group has used: kernel, admin-guide/cgroup-v2.rst and cgroup-v1/."""

import errno
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from monitor.collectors.cgroup_walk import Group, Place
from monitor.collectors.collector import read_bytes

DEVICES = "/sys/dev/block"
# memory.stat is the longest of fixed length; io.stat has some 100 bytes for each device.
FILE_BYTES = 1 << 16
# A group that has not run is looked at whole this often: its memory may be taken back, and what it
# wrote goes to the disk later.
CLOSELY_S = 30.0
# Not all at the same reading: they have so many turns.
TURNS = 16
NANOSECONDS_A_SECOND = 1e9
MICROSECONDS_A_SECOND = 1e6
# Version 1 says "no limit" with the largest number of pages that fits; no machine has an exbibyte.
NO_LIMIT_BYTES = 1 << 60

# What is read, by version and controller. The first of each tells whether anything went on.
FILES: Mapping[int, Mapping[str, Mapping[str, str]]] = {
    1: {
        "cpuacct": {"cpu": "cpuacct.usage"},
        "cpu": {"throttled": "cpu.stat"},
        "memory": {
            "memory": "memory.usage_in_bytes",
            "cache": "memory.stat",
            "limit": "memory.limit_in_bytes",
        },
        "pids": {"tasks": "pids.current"},
        "blkio": {"io": "blkio.throttle.io_service_bytes_recursive"},
    },
    2: {
        "cpuacct": {"cpu": "cpu.stat"},
        "cpu": {"throttled": "cpu.stat"},
        "memory": {"memory": "memory.current", "cache": "memory.stat", "limit": "memory.max"},
        "pids": {"tasks": "pids.current"},
        "blkio": {"io": "io.stat"},
    },
}
PRESSURE = {f"{what}_pressure": f"{what}.pressure" for what in ("cpu", "memory", "io")}
ACTIVITY = ("cpu", "memory")
# The group was removed, or the controller turned off.
GONE = {errno.ENOENT, errno.ENODEV, errno.ENOTDIR}

_PLAIN = re.compile(rb"([0-9]+)\s*")
_USED = re.compile(rb"^usage_usec ([0-9]+)$", re.MULTILINE)
_HELD = re.compile(rb"^throttled_(?P<unit>usec|time) ([0-9]+)$", re.MULTILINE)
_CACHE = re.compile(rb"^(?:total_)?inactive_file ([0-9]+)$", re.MULTILINE)
_SOME = re.compile(rb"^some .*\btotal=([0-9]+)$", re.MULTILINE)
_IO = re.compile(rb"^([0-9]+:[0-9]+) (?:.* )?rbytes=([0-9]+) wbytes=([0-9]+)", re.MULTILINE)
_IO_1 = re.compile(rb"^([0-9]+:[0-9]+) (Read|Write) ([0-9]+)$", re.MULTILINE)


class Usage(NamedTuple):
    """Seconds, bytes and tasks; None where the kernel does not tell or it is not limited."""

    cpu: float | None = None
    throttled: float | None = None
    memory: int | None = None
    memory_limit: int | None = None
    tasks: int | None = None
    read_bytes: int | None = None
    written_bytes: int | None = None
    cpu_pressure: float | None = None
    memory_pressure: float | None = None
    io_pressure: float | None = None


class Vanished(Exception):
    """The group is gone."""


class Meter:
    """One group, read again and again; `usage` is the same object while nothing has changed."""

    __slots__ = ("_absent", "_always", "_closely_at", "_files", "_phase", "_texts", "usage")

    def __init__(self, places: Mapping[str, Place], *, always: bool, phase: float) -> None:
        """Looked at whole, and with its pressure, `always`; or else when it did anything.

        `phase` is the share of CLOSELY_S by which its turn comes before that of others.
        """
        self._files = {
            what: f"{place.directory}/{name}"
            for role, place in places.items()
            for what, name in FILES[place.version][role].items()
        }
        if always and "cpu" in places:
            directory = places["cpu"].directory
            self._files.update({what: f"{directory}/{n}" for what, n in PRESSURE.items()})
        self._always = always
        self._phase = phase
        self._closely_at: float | None = None
        self._absent: set[str] = set()
        self._texts: dict[str, bytes | None] = {}
        self.usage = Usage()

    def read(self, now: float) -> Usage:
        """At `now`, in monotonic seconds. Raises Vanished."""
        turn = self._closely_at is None or now - self._closely_at >= CLOSELY_S
        if turn:
            self._closely_at = now - (CLOSELY_S * self._phase if self._closely_at is None else 0)
            self._absent.clear()
        texts = {what: self._read(what) for what in ACTIVITY}
        idle = all(self._texts.get(what) == text for what, text in texts.items())
        if idle and not turn and not self._always:
            return self.usage
        texts |= {what: self._read(what) for what in self._files if what not in ACTIVITY}
        if texts != self._texts:
            self._texts = texts
            self.usage = parse(texts, is_layer)
        return self.usage

    def _read(self, what: str) -> bytes | None:
        """None where there is no such file. Raises Vanished."""
        path = self._files.get(what)
        if path is None or what in self._absent:
            return None
        try:
            return read_bytes(path, FILE_BYTES)
        except OSError as fault:
            if fault.errno in GONE and not os.path.isdir(os.path.dirname(path)):
                raise Vanished(path) from fault
            self._absent.add(what)  # the controller is off; looked for again at its next turn
            return None


class Meters:
    """A meter for each group, as long as that is there."""

    def __init__(self, *, always: bool = False) -> None:
        self._always = always
        self._meters: dict[str, tuple[Group, Meter]] = {}

    def read(self, groups: Mapping[str, Group], now: float) -> dict[str, Usage]:
        """By the group's path; none of a group that vanished since it was found."""
        meters: dict[str, tuple[Group, Meter]] = {}
        usages: dict[str, Usage] = {}
        for number, (path, group) in enumerate(groups.items()):
            known = self._meters.get(path)
            if known is None or known[0] is not group:
                phase = number % TURNS / TURNS
                known = (group, Meter(group.places, always=self._always, phase=phase))
            meters[path] = known
            with suppress(Vanished):
                usages[path] = known[1].read(now)
        self._meters = meters
        return usages


def parse(texts: Mapping[str, bytes | None], is_layer: Callable[[str], bool]) -> Usage:
    """From the files' texts, by what they are of; None where there is no file. Pure.

    `is_layer` tells of a device, "8:0", whether it stores on others, which are counted themselves.
    """
    read_bytes, written_bytes = parse_io(texts.get("io"), is_layer)
    limit = _plain(texts.get("limit") or b"")
    return Usage(
        cpu=_cpu(texts.get("cpu") or b""),
        throttled=_throttled(texts.get("throttled") or b""),
        memory=_memory(texts.get("memory") or b"", texts.get("cache") or b""),
        memory_limit=limit if limit is not None and limit < NO_LIMIT_BYTES else None,
        tasks=_plain(texts.get("tasks") or b""),
        read_bytes=read_bytes,
        written_bytes=written_bytes,
        cpu_pressure=_pressure(texts.get("cpu_pressure") or b""),
        memory_pressure=_pressure(texts.get("memory_pressure") or b""),
        io_pressure=_pressure(texts.get("io_pressure") or b""),
    )


def parse_io(text: bytes | None, is_layer: Callable[[str], bool]) -> tuple[int | None, int | None]:
    """Bytes read and written, on the devices that hold them. Version 2 leaves out what is 0."""
    if text is None:
        return None, None
    read = written = 0
    for device, got, put in _IO.findall(text):
        if not is_layer(device.decode()):
            read, written = read + int(got), written + int(put)
    for device, operation, count in _IO_1.findall(text):
        if not is_layer(device.decode()):
            read += int(count) if operation == b"Read" else 0
            written += int(count) if operation == b"Write" else 0
    return read, written


@lru_cache(maxsize=256)
def is_layer(device: str, devices: str = DEVICES) -> bool:
    """Whether a block device stores on others: LVM, RAID, encryption (sysfs `slaves`)."""
    try:
        return bool(os.listdir(f"{devices}/{device}/slaves"))
    except OSError:
        return False


def _plain(text: bytes) -> int | None:
    found = _PLAIN.fullmatch(text)
    return int(found[1]) if found is not None else None


def _cpu(text: bytes) -> float | None:
    nanoseconds = _plain(text)
    if nanoseconds is not None:
        return nanoseconds / NANOSECONDS_A_SECOND
    found = _USED.search(text)
    return int(found[1]) / MICROSECONDS_A_SECOND if found is not None else None


def _throttled(text: bytes) -> float | None:
    found = _HELD.search(text)
    if found is None:
        return None
    return int(found[2]) / (
        MICROSECONDS_A_SECOND if found["unit"] == b"usec" else NANOSECONDS_A_SECOND
    )


def _memory(charged: bytes, statistics: bytes) -> int | None:
    """The two are not read at one moment: less than nothing is not known."""
    current, cache = _plain(charged), _CACHE.findall(statistics)
    if current is None or not cache:
        return None
    # Version 1 has it for the group alone, and then with the groups below.
    used = current - int(cache[-1])
    return used if used >= 0 else None


def _pressure(text: bytes) -> float | None:
    found = _SOME.search(text)
    return int(found[1]) / MICROSECONDS_A_SECOND if found is not None else None
