"""How full each filesystem is, in bytes and in inodes."""

import os
import re
from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple

import psutil

from monitor.collectors.mount_guard import Ask, MountGuard
from monitor.model.metric import BYTES, COUNT, FLAG, RATIO, TEXT, Record, gauge, info, key, record

# What holds no files of anybody's, and whose figures nobody waits for: node_exporter's defaults.
PSEUDO_TYPES = re.compile(
    "autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|efivarfs|fusectl|hugetlbfs"
    "|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|sysfs"
    "|tracefs"
)
PSEUDO_PLACES = re.compile(
    "/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/.*)"
)
# What is answered by another machine, or by a program of anybody's: it may never answer.
REMOTE_TYPES = re.compile(
    "9p|afs|beegfs|ceph|cifs|coda|davfs|fuse|fuse[.].*|gfs2?|glusterfs|lustre|ncpfs|nfs4?|ocfs2"
    "|orangefs|smb3|smbfs|virtiofs"
)


@record
class Filesystem(Record):
    """Each mounted filesystem that holds files (statvfs(3))."""

    FAMILY = "filesystem"
    mountpoint: str = key("Where it is mounted")
    device: str | None = info(TEXT, "What is mounted there")
    type: str | None = info(TEXT, "The kind of filesystem")
    remote: bool | None = info(FLAG, "Another machine or a program answers for it")
    read_only: bool | None = info(FLAG, "It is mounted read-only")
    responding: bool | None = info(FLAG, "It answered; where false, its figures are not known")
    size: int | None = gauge(BYTES, "All of it")
    used: int | None = gauge(BYTES, "Taken")
    available: int | None = gauge(BYTES, "Left for anybody")
    free: int | None = gauge(BYTES, "Left, what is kept for root included")
    used_share: float | None = gauge(RATIO, "Used over used and available, as df(1) has it")
    inodes: int | None = gauge(COUNT, "Files that it can hold; unknown where it has no limit")
    inodes_used: int | None = gauge(COUNT, "Files that it holds")
    inodes_free: int | None = gauge(COUNT, "Files that it can still hold")
    inodes_used_share: float | None = gauge(RATIO, "Files that it holds over those that it can")


class Mount(NamedTuple):
    """One line of the kernel's table of mounts."""

    device: str
    mountpoint: str
    type: str
    options: str

    @property
    def remote(self) -> bool:
        """Whether it may never answer."""
        return REMOTE_TYPES.fullmatch(self.type) is not None


class FilesystemCollector:
    """psutil's mounts; statvfs for both bytes and inodes, of which psutil has only bytes."""

    name: ClassVar[str] = "filesystem"
    records: ClassVar[tuple[type[Record], ...]] = (Filesystem,)
    period: ClassVar[float] = 5.0

    def __init__(self, ask: Ask = os.statvfs) -> None:
        self._ask = ask
        self._guard = MountGuard(ask)

    def collect(self) -> Iterable[Record]:
        listed = psutil.disk_partitions(all=True)
        mounts = choose([Mount(p.device, p.mountpoint, p.fstype, p.opts) for p in listed])
        self._guard.forget_all_but([mount.mountpoint for mount in mounts])
        for mount in mounts:
            try:
                if mount.remote:
                    answer = self._guard.statvfs(mount.mountpoint)
                else:
                    answer = self._ask(mount.mountpoint)
            except OSError:
                # Unmounted since it was listed, or not for us to see: then it does not answer us.
                answer = None
            if answer is None or answer.f_blocks > 0:
                yield filesystem_of(mount, answer)


def choose(mounts: Iterable[Mount]) -> list[Mount]:
    """The mounts that are shown: those that hold files, each device once, at its shortest place."""
    chosen: dict[tuple[str, str], Mount] = {}
    for mount in mounts:
        root = mount.mountpoint == "/"  # a container's is an overlay, and it is what can fill up
        if not root and (
            PSEUDO_TYPES.fullmatch(mount.type) or PSEUDO_PLACES.fullmatch(mount.mountpoint)
        ):
            continue
        # Bind mounts show one filesystem at many places. Names such as "tmpfs" are no devices.
        backed = mount.device.startswith("/") or mount.remote
        identity = (mount.device, "") if backed else (mount.device, mount.mountpoint)
        before = chosen.get(identity)
        if before is None or len(mount.mountpoint) < len(before.mountpoint):
            chosen[identity] = mount
    return list(chosen.values())


def filesystem_of(mount: Mount, answer: os.statvfs_result | None) -> Filesystem:
    """The record of a mount and what it answered, None if nothing."""
    described: dict[str, Any] = {
        "mountpoint": mount.mountpoint,
        "device": mount.device,
        "type": mount.type,
        "remote": mount.remote,
        "read_only": "ro" in mount.options.split(","),
        "responding": answer is not None,
    }
    if answer is None:
        return Filesystem(**described)
    block = answer.f_frsize
    used = (answer.f_blocks - answer.f_bfree) * block
    available = answer.f_bavail * block
    figures: dict[str, Any] = {
        "size": answer.f_blocks * block,
        "used": used,
        "available": available,
        "free": answer.f_bfree * block,
    }
    if used + available > 0:
        figures["used_share"] = used / (used + available)
    # btrfs, vfat and others make inodes as they need them and say 0.
    if answer.f_files > 0:
        inodes_used = answer.f_files - answer.f_ffree
        figures["inodes"] = answer.f_files
        figures["inodes_used"] = inodes_used
        figures["inodes_free"] = answer.f_ffree
        figures["inodes_used_share"] = inodes_used / answer.f_files
    return Filesystem(**described, **figures)
