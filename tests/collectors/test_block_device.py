"""Block devices: node_exporter's choice, its names, and what udev knows of each."""

import sys
from collections import namedtuple
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor.collectors.block_device import BlockDeviceCollector, parse_diskstats, parse_udev
from monitor.collectors.block_device_record import BlockDevice, DeviceMapper, DiskFilesystem
from monitor.model.metric import Record
from tests.collectors.exporter import ours, theirs, with_exporter
from tests.collectors.sources import FIXTURES, by, known, on_linux, only
from tests.collectors.trees import grow

DISKSTATS = (FIXTURES / "block_device" / "diskstats").read_bytes()
MAC = namedtuple("MAC", "read_count write_count read_bytes write_bytes read_time write_time")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    grow("block_device/server.tree", tmp_path)
    (tmp_path / "diskstats").write_bytes(DISKSTATS)
    return tmp_path


def collector(root: Path) -> BlockDeviceCollector:
    return BlockDeviceCollector(str(root), root / "block", root / "udev")


def read(root: Path, kind: type[Record]) -> dict[str, Any]:
    return by("device", (one for one in collector(root).collect() if type(one) is kind))


@on_linux
def test_all_that_is_counted_is_there_in_bytes_and_seconds(root: Path) -> None:
    sda = read(root, BlockDevice)["sda"]
    assert (sda.reads, sda.reads_merged, sda.read_bytes, sda.read_time) == (100, 2, 1_536_000, 0.4)
    assert (sda.writes, sda.writes_merged, sda.written_bytes) == (50, 6, 3_584_000)
    assert (sda.write_time, sda.io_now, sda.busy, sda.busy_weighted) == (0.8, 9, 1.0, 1.1)
    assert (sda.discards, sda.discards_merged, sda.discarded_sectors) == (12, 13, 1400)
    assert (sda.discard_time, sda.flushes, sda.flush_time) == (0.15, 16, 1.7)


@on_linux
def test_what_an_older_kernel_does_not_count_is_not_known(root: Path) -> None:
    found = read(root, BlockDevice)
    assert known(found["sdb"]) & {"discards", "discard_time", "flushes"} == set()
    assert known(found["mmcblk0"]) & {"discards", "flushes", "flush_time"} == {"discards"}


@on_linux
def test_the_choice_is_node_exporter_s(root: Path) -> None:
    """Its newest one. An odd one it is: partitions of some disks are in it."""
    assert list(read(root, BlockDevice)) == [
        "sda",
        "sdb",
        "nvme0n1",
        "mmcblk0",
        "mmcblk0p1",
        "dm-0",
        "md127",
        "cciss/c0d0",
        "sr0",
    ]


@on_linux
def test_what_udev_knows_is_told(root: Path) -> None:
    found = read(root, BlockDevice)
    sda = found["sda"]
    assert (sda.major, sda.minor, sda.model, sda.revision) == ("8", "0", "ACME_1000", "7.0")
    assert (sda.path, sda.wwn) == ("pci-0000:00:1f.2-ata-1", "0x5000c500a0b0c0d0")
    assert (sda.write_cache, sda.write_cache_enabled, sda.rotation_rate) == (1, 0, 7200)
    # What is printed on it, else its short name, else what a virtual machine calls it.
    assert (sda.serial, found["sdb"].serial) == ("X1-SCSI", "virtio-disk2")
    assert (sda.rotational, found["cciss/c0d0"].rotational) == ("1", "1")
    assert known(found["nvme0n1"]) & {"model", "serial", "write_cache"} == set()
    assert "write_cache" not in known(found["sdb"])  # which is no ATA disk


@on_linux
def test_filesystems_and_volumes_are_told_where_there_are_any(root: Path) -> None:
    assert read(root, DiskFilesystem) == {
        "sdb": DiskFilesystem(
            device="sdb", type="xfs", usage="filesystem", uuid="2b2f", version=None
        ),
        "dm-0": DiskFilesystem(
            device="dm-0", type="ext4", usage="filesystem", uuid="77aa", version="1.0"
        ),
    }
    assert read(root, DeviceMapper) == {
        "dm-0": DeviceMapper(
            device="dm-0",
            name="vg0-root",
            uuid="LVM-abc",
            vg_name="vg0",
            lv_name="root",
            lv_layer=None,
        )
    }


@on_linux
@with_exporter
def test_node_exporter_says_the_same(root: Path) -> None:
    found, wanted = ours(collector(root).collect()), theirs(root, "diskstats")
    # Its newer versions leave this one out; Debian's does not know which of them turn, and is not
    # told here where udev has its files.
    samples = {
        place: value
        for place, value in wanted[0].items()
        if place[0].startswith("node_disk_")
        and ("device", "zram0") not in place[1]
        and place[0] != "node_disk_info"
    }
    udev = ("info", "ata_write_cache", "ata_write_cache_enabled", "ata_rotation_rate_rpm")
    told = {
        place: value
        for place, value in found[0].items()
        if not place[0].endswith(tuple(f"_{name}" for name in udev))
    }
    assert told == pytest.approx(samples)
    types = {name: kind for name, kind in found[1].items() if name in wanted[1]}
    assert types == {name: kind for name, kind in wanted[1].items() if name in types}
    assert {n for n, kind in types.items() if kind == "gauge"} == {
        "node_disk_io_now",
        "node_disk_info",
    }


def test_partitions_of_the_oldest_kernels_are_passed_over() -> None:
    assert not parse_diskstats(b"   3    1 hda1 35486 38030 38030 38030\n")


@pytest.mark.parametrize("line", [b"8 0 sda 1 2 3\n", b"8 0 sda a b c d e f g h i j k\n", b"x\n"])
def test_what_is_no_line_of_diskstats_is_an_error(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"has the line|invalid literal"):
        parse_diskstats(line)


def test_a_property_s_value_is_whatever_it_is() -> None:
    text = "E:A=b=c\nE:B=\nE:NONE\nS:C=d\n\nE:D=<img>\udcff"
    assert parse_udev(text) == {"A": "b=c", "B": "", "D": "<img>\udcff"}


def test_macos_has_what_psutil_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    counted = {"disk0": MAC(10, 20, 4096, 8192, 1500, 2500)}
    monkeypatch.setattr(psutil, "disk_io_counters", lambda perdisk, nowrap: counted)
    disk0 = only(BlockDeviceCollector(sys_block=tmp_path / "none").collect())
    assert (disk0.device, disk0.reads, disk0.written_bytes, disk0.read_time) == (
        "disk0",
        10,
        8192,
        1.5,
    )
    assert known(disk0) & {"busy", "io_now", "major", "rotational"} == set()


@on_linux
def test_what_udev_says_is_read_again_when_it_was_written_anew(root: Path) -> None:
    subject = collector(root)

    def models() -> list[str | None]:
        return [one.model for one in subject.collect() if isinstance(one, BlockDevice)]

    before = models()
    assert models() == before and any(before)
    for path in sorted((root / "udev").iterdir()):
        path.write_text("E:ID_MODEL=another\n")
    assert set(models()) == {"another", None}
    for path in (root / "udev").iterdir():
        path.unlink()
    assert set(models()) == {None}
