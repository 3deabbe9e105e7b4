"""How full each filesystem is, in bytes and in inodes."""

import errno
import os
import re
from collections.abc import Iterable
from typing import Any, ClassVar

import psutil

from monitor.collectors.kernel_file import PROC
from monitor.collectors.mount_guard import Answer, Ask, MountGuard, outcome
from monitor.collectors.mount_table import Mount, first_mounts
from monitor.model.metric import BYTES, COUNT, FLAG, RATIO, TEXT, Record, gauge, info, key, record
from monitor.model.redact import redact_text

# What holds no files of anybody's, and whose figures nobody waits for: node_exporter's defaults.
PSEUDO_TYPES = re.compile(
    "autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|efivarfs|erofs|fusectl"
    "|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs"
    "|squashfs|sysfs|tracefs"
)
PSEUDO_PLACES = re.compile(
    "/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/.*)",
    re.DOTALL,  # a mount point may hold a newline
)
# Below here systemd binds what a service has for itself: credentials, and the users' directories.
SERVICES_OWN = "/run/"
# The mount is gone since it was listed, or it is not for us to see.
UNSEEN = {errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM}


@record
class Filesystem(Record):
    """Each mounted filesystem that holds files (statvfs(3))."""

    FAMILY = "filesystem"
    EXPORTED = False  # by `mount`, which has node_exporter's choice of mounts
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


class FilesystemCollector:
    """psutil's mounts; statvfs for both bytes and inodes, of which psutil has only bytes.

    What the machine has mounted, and how, process 1 says: a service has mounts of its own, and sees
    others as read-only that are not (systemd.exec(5), ProtectSystem=).
    """

    name: ClassVar[str] = "filesystem"
    records: ClassVar[tuple[type[Record], ...]] = (Filesystem,)
    period: ClassVar[float] = 5.0

    def __init__(self, ask: Ask = os.statvfs, proc: str = PROC) -> None:
        self._ask = ask
        self._proc = proc
        self._guard = MountGuard(ask)

    def collect(self) -> Iterable[Record]:
        listed = [
            # A FUSE program's word for what it shows may be a URL with a password in it.
            Mount(redact_text(p.device), p.mountpoint, p.fstype, p.opts)
            for p in psutil.disk_partitions(all=True)
        ]
        listed = of_the_machine(listed, first_mounts(self._proc))
        mounts = choose(listed)
        answers = self._guard.ask(doubtful(mounts, listed))
        for mount in mounts:
            place = mount.mountpoint
            answer = answers[place] if place in answers else outcome(self._ask, place)
            if seen(answer):
                yield filesystem_of(mount, answer)


def of_the_machine(listed: list[Mount], first: Iterable[Mount]) -> list[Mount]:
    """With the options that they have for process 1, and without what systemd binds for a service
    alone; all as they are where process 1 stands on another root, as beside a container."""
    its = {mount[:3]: mount for mount in first}
    if not any(mount.mountpoint == "/" and mount[:3] in its for mount in listed):
        return listed
    return [
        its.get(mount[:3], mount)
        for mount in listed
        if mount[:3] in its or not mount.mountpoint.startswith(SERVICES_OWN)
    ]


def doubtful(mounts: Iterable[Mount], listed: Iterable[Mount]) -> list[str]:
    """Where asking may hang: at remote mounts, and at those that are reached through one."""
    remote = tuple(mount.mountpoint.rstrip("/") + "/" for mount in listed if mount.remote)
    return [m.mountpoint for m in mounts if f"{m.mountpoint}/".startswith(remote)]


def seen(answer: Answer) -> bool:
    """Whether a mount that says this is shown: it has room for files, or it is out of order."""
    if isinstance(answer, OSError):
        return answer.errno not in UNSEEN
    return answer is None or answer.f_blocks > 0


def choose(mounts: Iterable[Mount]) -> list[Mount]:
    """The mounts that are shown: those that hold files, each device once, at its shortest place."""
    # Of several mounts at one place the last lies on top, and is the only one that can be asked.
    top = {mount.mountpoint: mount for mount in mounts}
    chosen: dict[tuple[str, ...], Mount] = {}
    for mount in top.values():
        root = mount.mountpoint == "/"  # a container's is an overlay, and it is what can fill up
        if not root and (
            PSEUDO_TYPES.fullmatch(mount.type) or PSEUDO_PLACES.fullmatch(mount.mountpoint)
        ):
            continue
        # Bind mounts show one filesystem at many places.
        identity = (mount.type, mount.device, "" if mount.names_device else mount.mountpoint)
        before = chosen.get(identity)
        if before is None or len(mount.mountpoint) < len(before.mountpoint):
            chosen[identity] = mount
    return list(chosen.values())


def filesystem_of(mount: Mount, answer: Answer) -> Filesystem:
    """The record of a mount and what it answered. An error, such as EIO or ESTALE, is no answer."""
    answered = None if isinstance(answer, OSError) else answer
    described: dict[str, Any] = {
        "mountpoint": mount.mountpoint,
        "device": mount.device,
        "type": mount.type,
        "remote": mount.remote,
        "read_only": "ro" in mount.options.split(","),
        "responding": answered is not None,
    }
    return Filesystem(**described, **(figures_of(answered) if answered is not None else {}))


def figures_of(answer: os.statvfs_result) -> dict[str, Any]:
    """The measured fields of `Filesystem`, as df(1) counts them."""
    block = answer.f_frsize or answer.f_bsize
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
    return figures
