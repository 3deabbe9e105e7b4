"""Filesystems as node_exporter tells of them: every mount of its choice, bind mounts as well."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import psutil

from monitor.collectors.filesystem import PSEUDO_PLACES, PSEUDO_TYPES, doubtful
from monitor.collectors.kernel_file import PROC, read_file
from monitor.collectors.mount_guard import Answer, Ask, MountGuard, outcome
from monitor.collectors.mount_table import Mount, first_mounts, parse_mounts
from monitor.model.metric import BYTES, COUNT, FLAG, KERNEL, TEXT, Record, gauge, info, key, record
from monitor.model.redact import redact_text


@record
class MountedFilesystem(Record):
    """Each mount of a filesystem (statvfs(3))."""

    FAMILY = "mount"
    TOPIC = KERNEL
    LABELS: ClassVar[Mapping[str, str]] = {
        "device": "device",
        "fstype": "type",
        "mountpoint": "mountpoint",
    }
    mountpoint: str = key("Where it is mounted")
    device: str | None = info(TEXT, "What is mounted there")
    type: str | None = info(TEXT, "The kind of filesystem")
    read_only: bool | None = info(FLAG, "It is mounted read-only", prom="node_filesystem_readonly")
    failed: bool | None = info(
        FLAG, "It did not say how full it is", prom="node_filesystem_device_error"
    )
    size: int | None = gauge(BYTES, "All of it", prom="node_filesystem_size_bytes")
    free: int | None = gauge(
        BYTES, "Left, what is kept for root included", prom="node_filesystem_free_bytes"
    )
    available: int | None = gauge(BYTES, "Left for anybody", prom="node_filesystem_avail_bytes")
    files: int | None = gauge(
        COUNT, "Files that it can hold; 0 where it has no limit", prom="node_filesystem_files"
    )
    files_free: int | None = gauge(
        COUNT, "Files that it can still hold", prom="node_filesystem_files_free"
    )


class MountCollector:
    """The mounts of process 1, where it shows them, asked by statvfs().

    A service may see other mounts than its machine has, and other flags on them (systemd.exec(5),
    ProtectSystem=). A mount of process 1 that is not this process's own cannot be asked from here.
    """

    name: ClassVar[str] = "mount"
    records: ClassVar[tuple[type[Record], ...]] = (MountedFilesystem,)
    period: ClassVar[float] = 0.0

    def __init__(self, proc: str = PROC, ask: Ask = os.statvfs) -> None:
        self._proc = proc
        self._ask = ask
        self._guard = MountGuard(ask)

    def collect(self) -> Iterable[Record]:
        listed = self._listed()
        own = {mount[:3] for mount in listed}
        first = self._first(listed)
        mounts = [mount for mount in first if is_wanted(mount)]
        asked = [mount for mount in mounts if mount[:3] in own]
        answers = self._guard.ask(doubtful(asked, listed))
        for mount in mounts:
            place = mount.mountpoint
            answer: Answer = None
            if place in answers:
                answer = answers[place]
            elif mount[:3] in own:
                answer = outcome(self._ask, place)
            yield mounted(mount, answer)

    def _listed(self) -> Sequence[Mount]:
        if not sys.platform.startswith("linux"):
            return [
                Mount(redact_text(p.device), p.mountpoint, p.fstype, p.opts)
                for p in psutil.disk_partitions(all=True)
            ]
        return parse_mounts(read_file(f"{self._proc}/self/mounts"))

    def _first(self, listed: Sequence[Mount]) -> list[Mount]:
        """The mounts of process 1. Of several at one place the last lies on top."""
        mounts = first_mounts(self._proc) or listed
        return list({mount.mountpoint: mount for mount in mounts}.values())


def is_wanted(mount: Mount) -> bool:
    """Whether node_exporter tells of it by default."""
    return not PSEUDO_TYPES.fullmatch(mount.type) and not PSEUDO_PLACES.fullmatch(mount.mountpoint)


def mounted(mount: Mount, answer: Answer) -> MountedFilesystem:
    """The record of a mount and what it answered; an error is no answer."""
    answered = None if isinstance(answer, OSError) else answer
    described: dict[str, Any] = {
        "mountpoint": mount.mountpoint,
        "device": mount.device,
        "type": mount.type,
        "failed": answered is None,
    }
    if answered is None:
        return MountedFilesystem(**described)
    block = answered.f_frsize or answered.f_bsize
    return MountedFilesystem(
        **described,
        read_only="ro" in mount.options.split(","),
        size=answered.f_blocks * block,
        free=answered.f_bfree * block,
        available=answered.f_bavail * block,
        files=answered.f_files,
        files_free=answered.f_ffree,
    )
