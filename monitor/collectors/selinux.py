"""Whether SELinux guards this machine."""

from collections.abc import Iterable
from typing import ClassVar

from monitor.collectors.kernel_file import PROC, read_file, read_number
from monitor.model.metric import FLAG, KERNEL, Record, info, record

SELINUXFS = "/sys/fs/selinux"


@record
class Selinux(Record):
    """SELinux (selinux(8))."""

    FAMILY = "selinux"
    TOPIC = KERNEL
    enabled: bool | None = info(FLAG, "It is switched on", prom="node_selinux_enabled")
    enforcing: bool | None = info(
        FLAG, "It forbids, and does not only tell", prom="node_selinux_current_mode"
    )


class SelinuxCollector:
    """The kernel knows the file system selinuxfs where it is switched on, and nowhere else."""

    name: ClassVar[str] = "selinux"
    records: ClassVar[tuple[type[Record], ...]] = (Selinux,)
    period: ClassVar[float] = 0.0

    def __init__(self, proc: str = PROC, selinuxfs: str = SELINUXFS) -> None:
        self._filesystems = f"{proc}/filesystems"
        self._enforce = f"{selinuxfs}/enforce"

    def collect(self) -> Iterable[Record]:
        enabled = is_enabled(read_file(self._filesystems))
        enforce = read_number(self._enforce) if enabled else None
        yield Selinux(enabled=enabled, enforcing=None if enforce is None else enforce == 1)


def is_enabled(filesystems: bytes) -> bool:
    """From /proc/filesystems (security/selinux/selinuxfs.c: registered when it is enabled)."""
    return b"selinuxfs" in filesystems.split()
