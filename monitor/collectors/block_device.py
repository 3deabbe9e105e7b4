"""Block devices as node_exporter tells of them: its choice, all that the kernel counts, and what
udev knows of them.
"""

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

from monitor.collectors import disk, sysfs
from monitor.collectors.block_device_record import BlockDevice, DeviceMapper, DiskFilesystem
from monitor.collectors.kernel_file import PROC, read_file
from monitor.model.metric import Record

SYS_BLOCK = Path("/sys/block")
UDEV = Path("/run/udev/data")
SECTOR_BYTES = 512
MILLISECONDS_A_SECOND = 1e3
# node_exporter's default: memory, files on other disks, and partitions of disks of these names.
LEFT_OUT = re.compile(r"(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+", re.ASCII)
# Kernels before 2.6.25 have so many words for a partition, all for a disk; later ones add to that.
PARTITION_WORDS, LEAST_WORDS = 7, 14
# What stands behind number, number and name (kernel: admin-guide/iostats.rst).
COLUMNS = (
    "reads",
    "reads_merged",
    "read_bytes",
    "read_time",
    "writes",
    "writes_merged",
    "written_bytes",
    "write_time",
    "io_now",
    "busy",
    "busy_weighted",
    "discards",
    "discards_merged",
    "discarded_sectors",
    "discard_time",
    "flushes",
    "flush_time",
)
SECTORS = ("read_bytes", "written_bytes")
MILLISECONDS = ("read_time", "write_time", "busy", "busy_weighted", "discard_time", "flush_time")

# Fields by udev's names of them (udevadm(8)); of several the first that is there.
DESCRIBED = {
    "path": ("ID_PATH",),
    "wwn": ("ID_WWN",),
    "model": ("ID_MODEL",),
    "serial": ("SCSI_IDENT_SERIAL", "ID_SERIAL_SHORT", "ID_SERIAL"),
    "revision": ("ID_REVISION",),
}
ATA = {
    "write_cache": "ID_ATA_WRITE_CACHE",
    "write_cache_enabled": "ID_ATA_WRITE_CACHE_ENABLED",
    "rotation_rate": "ID_ATA_ROTATION_RATE_RPM",
}
FILESYSTEM = {
    "type": "ID_FS_TYPE",
    "usage": "ID_FS_USAGE",
    "uuid": "ID_FS_UUID",
    "version": "ID_FS_VERSION",
}
MAPPER = {
    "name": "DM_NAME",
    "uuid": "DM_UUID",
    "vg_name": "DM_VG_NAME",
    "lv_name": "DM_LV_NAME",
    "lv_layer": "DM_LV_LAYER",
}


class BlockDeviceCollector:
    """/proc/diskstats, /sys/block and udev's database; on other systems what psutil counts."""

    name: ClassVar[str] = "block_device"
    records: ClassVar[tuple[type[Record], ...]] = (BlockDevice, DiskFilesystem, DeviceMapper)
    period: ClassVar[float] = 0.0

    def __init__(self, proc: str = PROC, sys_block: Path = SYS_BLOCK, udev: Path = UDEV) -> None:
        self._path = f"{proc}/diskstats"
        self._sys_block = sys_block
        self._udev = udev
        # By its file in udev's database: whether that is still the same, and what it says.
        self._told: dict[str, tuple[tuple[int, ...], dict[str, str]]] = {}
        self._portable = disk.DiskCollector(sys_block)

    def collect(self) -> Iterable[Record]:
        if not sys.platform.startswith("linux"):
            for one in self._portable.collect():
                yield _portable(one)
            return
        for device, counted in parse_diskstats(read_file(self._path)).items():
            if not LEFT_OUT.fullmatch(device):
                yield from self._device(device, counted)

    def _device(self, device: str, counted: dict[str, Any]) -> Iterable[Record]:
        known = self._known(counted["major"], counted["minor"])
        queue = f"{self._sys_block}/{device.replace('/', '!')}/queue"
        described: dict[str, Any] = {
            field: next((known[name] for name in names if name in known), None)
            for field, names in DESCRIBED.items()
        }
        described["rotational"] = sysfs.read_line(f"{queue}/rotational")
        if "ID_ATA" in known:
            described |= {field: _number(known.get(name)) for field, name in ATA.items()}
        yield BlockDevice(device=device, **described, **counted)
        if "ID_FS_TYPE" in known:
            yield DiskFilesystem(device=device, **_texts(known, FILESYSTEM))
        if "DM_NAME" in known:
            yield DeviceMapper(device=device, **_texts(known, MAPPER))

    def _known(self, major: str, minor: str) -> dict[str, str]:
        """What udev says of it; read again when that was written anew."""
        path = f"{self._udev}/b{major}:{minor}"
        try:
            told = os.stat(path)
            state = (told.st_ino, told.st_size, told.st_mtime_ns)
            known = self._told.get(path)
            if known is None or known[0] != state:
                text = Path(path).read_bytes().decode("utf-8", "surrogateescape")
                known = self._told[path] = (state, parse_udev(text))
        except OSError:
            self._told.pop(path, None)
            return {}  # there may be no udev
        return known[1]


def parse_diskstats(text: bytes) -> dict[str, dict[str, Any]]:
    """What /proc/diskstats counts of each device, bytes and seconds. Raises ValueError."""
    found: dict[str, dict[str, Any]] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) == PARTITION_WORDS:
            continue
        if len(words) < LEAST_WORDS:
            raise ValueError(f"/proc/diskstats has the line {line[:60]!r}")
        counted: dict[str, Any] = {
            name: int(word) for name, word in zip(COLUMNS, words[3:], strict=False)
        }
        for name in SECTORS:
            counted[name] *= SECTOR_BYTES
        for name in MILLISECONDS:
            if name in counted:
                counted[name] /= MILLISECONDS_A_SECOND
        counted["major"], counted["minor"] = words[0].decode(), words[1].decode()
        found[words[2].decode("utf-8", "surrogateescape")] = counted
    return found


def parse_udev(text: str) -> dict[str, str]:
    """The properties in a file of udev's database: lines of `E:NAME=value`."""
    lines = (line[2:].partition("=") for line in text.split("\n") if line.startswith("E:"))
    return {name: value for name, equals, value in lines if equals}


def _texts(known: dict[str, str], fields: dict[str, str]) -> dict[str, Any]:
    return {field: known.get(name) for field, name in fields.items()}


def _number(text: str | None) -> int | None:
    return sysfs.parse_number(text) if text is not None else None


def _portable(one: disk.Disk) -> BlockDevice:
    same = ("reads", "writes", "read_bytes", "written_bytes", "busy", "read_time", "write_time")
    counted: dict[str, Any] = {name: getattr(one, name) for name in same}
    return BlockDevice(device=one.device, **counted)
