"""Mounts as node_exporter tells of them."""

import errno
import os
import sys
import threading
from collections import namedtuple
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor.collectors.mount import MountCollector
from monitor.collectors.mount_guard import Ask
from monitor.collectors.mount_table import Mount, parse_mounts
from tests.collectors.exporter import ours
from tests.collectors.sources import FIXTURES, LONG_S, by, known, on_linux, only
from tests.collectors.test_filesystem import answer, well

MODERN = FIXTURES / "proc" / "modern" / "self" / "mounts"
Listed = namedtuple("Listed", "device mountpoint fstype opts")


def proc(at: Path, own: str, first: str | None = None) -> str:
    """A made-up /proc: this process's mounts, and those of process 1 where they may be seen."""
    for pid, text in (("self", own), ("1", first)):
        (at / pid).mkdir()
        if text is not None:
            (at / pid / "mounts").write_text(text)
    return str(at)


def read(proc: str, ask: Ask = well) -> dict[str, Any]:
    return by("mountpoint", MountCollector(proc, ask).collect())


@on_linux
def test_the_choice_is_node_exporter_s(tmp_path: Path) -> None:
    found = read(proc(tmp_path, MODERN.read_text(encoding="utf-8")))
    assert set(found) == {
        "/",
        "/run",
        "/boot/efi",
        "/srv/bound/deep",  # each place, and not each filesystem once
        "/mnt/shadowed",
        "/media/My disk\\\ntwo",
        "/net/files",
        "/home/guest",
        "/net/files/inner",
        "/mnt/nas",
        "/mnt/bucket-a",
        "/mnt/bucket-b",
        "/mnt/windows",
        "/run/user/1000/doc",
        "/run/user/1000",
    }
    assert found["/mnt/shadowed"].type == "ext4"  # what lies on top there
    assert found["/mnt/shadowed"].read_only


@on_linux
def test_each_value_has_node_exporter_s_name(tmp_path: Path) -> None:
    samples, types = ours(
        MountCollector(proc(tmp_path, "/dev/sda1 / ext4 ro,relatime 0 0\n"), well).collect()
    )
    (labels,) = {labels for _, labels in samples}
    assert labels == {("device", "/dev/sda1"), ("fstype", "ext4"), ("mountpoint", "/")}
    values = {name.removeprefix("node_filesystem_"): value for (name, _), value in samples.items()}
    assert values == {
        "size_bytes": 1000 * 4096,
        "free_bytes": 400 * 4096,
        "avail_bytes": 300 * 4096,
        "files": 100,
        "files_free": 25,
        "readonly": 1,
        "device_error": 0,
    }
    assert set(types.values()) == {"gauge"}


@on_linux
def test_one_that_is_out_of_order_has_an_error_and_no_figures(tmp_path: Path) -> None:
    def ask(place: str) -> os.statvfs_result:
        raise OSError(errno.EIO, "Input/output error", place)

    broken = only(read(proc(tmp_path, "/dev/sda1 / ext4 rw 0 0\n"), ask).values())
    assert broken.failed
    assert known(broken) == {"mountpoint", "device", "type", "failed"}


@on_linux
def test_a_dead_one_has_an_error_and_holds_nobody_up(tmp_path: Path) -> None:
    healed = threading.Event()

    def ask(place: str) -> os.statvfs_result:
        if place == "/mnt":
            healed.wait()
        return answer()

    mounts = "/dev/sda1 / ext4 rw 0 0\nnas:/x /mnt nfs rw 0 0\n"
    found = read(proc(tmp_path, mounts), ask)
    assert {place: one.failed for place, one in found.items()} == {"/": False, "/mnt": True}
    healed.set()
    for thread in threading.enumerate():
        if thread.name.startswith("statvfs "):
            thread.join(LONG_S)


@on_linux
def test_flags_are_those_that_process_1_sees(tmp_path: Path) -> None:
    """A service's own may be read-only, for it alone."""
    own, first = "/dev/sda1 / ext4 ro 0 0\n", "/dev/sda1 / ext4 rw 0 0\n"
    assert not read(proc(tmp_path, own, first))["/"].read_only


@on_linux
def test_what_only_process_1_sees_is_not_asked_of_what_lies_here(tmp_path: Path) -> None:
    own = "/dev/sda1 / ext4 rw 0 0\ntmpfs /home tmpfs ro 0 0\n"
    first = "/dev/sda1 / ext4 rw 0 0\n/dev/sdb1 /home ext4 rw 0 0\n"
    found = read(proc(tmp_path, own, first))
    assert (found["/home"].device, found["/home"].failed) == ("/dev/sdb1", True)
    assert found["/home"].size is None
    assert not found["/"].failed


@on_linux
def test_where_process_1_is_hidden_the_own_mounts_are_told(tmp_path: Path) -> None:
    place = proc(tmp_path, "/dev/sda1 / ext4 rw 0 0\n")
    assert list(read(place)) == ["/"]
    (tmp_path / "1" / "mounts").mkdir()  # reading it is an error of another kind
    assert list(read(place)) == ["/"]


HOSTILE = "\\040\\011\\012\\134\\043<img>__proto__"


def test_a_password_in_what_is_mounted_is_not_told() -> None:
    line = b"curlftpfs#ftp://me:secret@host/ /mnt/x fuse rw 0 0\n"
    assert parse_mounts(line)[0].device == "curlftpfs#ftp://me:***@host/"


def test_names_are_whatever_they_are() -> None:
    text = f"{HOSTILE} /a{HOSTILE} x rw 0 0\n".encode() + b"d /\xff\\134040 t ro,x 0 0\n"
    plain = " \t\n\\#<img>__proto__"
    assert list(parse_mounts(text)) == [
        Mount(plain, f"/a{plain}", "x", "rw"),
        Mount("d", "/\udcff\\040", "t", "ro,x"),
    ]


@pytest.mark.parametrize("line", [b"one\n", b"a b c\n", b"\n"])
def test_what_is_no_line_of_mounts_is_an_error(line: bytes) -> None:
    with pytest.raises(ValueError, match="has the line"):
        parse_mounts(line)


def test_macos_has_volumes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    volumes = [Listed("/dev/disk3", "/", "apfs", "ro,local"), Listed("devfs", "/dev", "devfs", "")]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: volumes)
    root = only(MountCollector("/nowhere", well).collect())
    assert (root.mountpoint, root.type, root.read_only) == ("/", "apfs", True)


@on_linux
def test_the_figures_are_what_the_system_says() -> None:
    root = by("mountpoint", MountCollector().collect()).get("/")
    if root is None:
        pytest.skip("the root is of a kind that node_exporter leaves out")
    told = os.statvfs("/")
    assert (root.size, root.files) == (told.f_blocks * told.f_frsize, told.f_files)
