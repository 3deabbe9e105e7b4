"""How full each filesystem is: as df(1) says it, each once, and none of them waited for."""

import errno
import os
import subprocess
import sys
import threading
from collections import namedtuple
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor.collectors.filesystem import FilesystemCollector, choose
from monitor.collectors.mount_table import Mount
from tests.collectors.sources import LONG_S, by, on_linux, only, use_proc

Listed = namedtuple("Listed", "device mountpoint fstype opts")


def answer(**fields: int) -> os.statvfs_result:
    """1000 blocks of 4 KiB, 400 of them free and 300 for anybody; 100 inodes, 25 free."""
    told = {
        "bsize": 65536,
        "frsize": 4096,
        "blocks": 1000,
        "bfree": 400,
        "bavail": 300,
        "files": 100,
        "ffree": 25,
        "favail": 25,
        "flag": 0,
        "namemax": 255,
    }
    return os.statvfs_result(tuple((told | fields).values()))


def well(mountpoint: str) -> os.statvfs_result:
    return answer()


def listing(patch: pytest.MonkeyPatch, *mounts: tuple[str, str, str, str]) -> None:
    patch.setattr(psutil, "disk_partitions", lambda **_: [Listed(*mount) for mount in mounts])


def read(ask: Callable[[str], os.statvfs_result] = well) -> dict[str, Any]:
    return by("mountpoint", FilesystemCollector(ask).collect())


def test_a_service_shows_the_mounts_of_the_machine_and_not_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # As ProtectSystem=strict has it: all is read-only, and there are mounts that nobody else has.
    listing(
        monkeypatch,
        ("/dev/sda1", "/", "ext4", "ro"),
        ("/dev/b", "/srv", "xfs", "ro"),
        ("tmpfs", "/run/systemd/incoming", "tmpfs", "ro"),
    )
    (tmp_path / "1").mkdir()
    table = tmp_path / "1" / "mounts"
    table.write_text("/dev/sda1 / ext4 rw 0 0\n/dev/b /srv xfs ro 0 0\n", encoding="utf-8")
    shown = by("mountpoint", FilesystemCollector(well, str(tmp_path)).collect())
    assert {place: one.read_only for place, one in shown.items()} == {"/": False, "/srv": True}
    # A container on a machine whose processes it sees: another root, and mounts of another world.
    table.write_text("/dev/sdz9 / ext4 rw 0 0\n", encoding="utf-8")
    assert by("mountpoint", FilesystemCollector(well, str(tmp_path)).collect()).keys() >= {"/srv"}


def places(mounts: Iterable[tuple[str, str, str]]) -> list[str]:
    return [m.mountpoint for m in choose(Mount(*mount, options="rw") for mount in mounts)]


@on_linux
def test_what_holds_files_is_shown_and_each_device_once(monkeypatch: pytest.MonkeyPatch) -> None:
    use_proc(monkeypatch, "modern")
    found = read()
    assert {place: (r.device, r.type, r.remote, r.read_only) for place, r in found.items()} == {
        "/": ("/dev/nvme0n1p2", "ext4", False, False),  # and not /srv/bound/deep
        "/run": ("tmpfs", "tmpfs", False, False),
        "/boot/efi": ("/dev/nvme0n1p1", "vfat", False, False),
        "/mnt/shadowed": ("/dev/sdc1", "ext4", False, True),  # what lies on top there
        "/media/My disk\\\ntwo": ("/dev/sdd1", "ext4", False, False),
        "/net/files": ("files:/export", "nfs4", True, False),  # and not /home/guest
        "/net/files/inner": ("/dev/sde1", "ext4", False, False),
        "/mnt/nas": ("//nas/share", "cifs", True, False),
        "/mnt/bucket-a": ("s3fs", "fuse.s3fs", True, False),  # two buckets of one name
        "/mnt/bucket-b": ("s3fs", "fuse.s3fs", True, False),
        "/mnt/windows": ("/dev/sdf1", "fuseblk", True, False),
        "/run/user/1000/doc": ("portal", "fuse.portal", True, False),
        "/run/user/1000": ("tmpfs", "tmpfs", False, False),
    }
    assert all(record.responding for record in found.values())


@on_linux
def test_a_container_s_root_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    use_proc(monkeypatch, "container")
    found = read()
    assert {place: record.type for place, record in found.items()} == {
        "/": "overlay",
        "/etc/hosts": "ext4",
        "/run/lock": "tmpfs",
    }


def test_bytes_and_inodes_are_as_df_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    listing(monkeypatch, ("/dev/sda1", "/", "ext4", "rw"))
    root = only(read().values())
    assert (root.size, root.used, root.available, root.free) == (
        1000 * 4096,
        600 * 4096,
        300 * 4096,
        400 * 4096,
    )
    assert root.used_share == 600 / 900
    assert (root.inodes, root.inodes_used, root.inodes_free) == (100, 75, 25)
    assert root.inodes_used_share == 0.75


def test_a_filesystem_without_a_limit_of_inodes_has_no_figures_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listing(monkeypatch, ("/dev/sda1", "/", "btrfs", "rw"))
    root = only(read(lambda _: answer(files=0, ffree=0, favail=0)).values())
    assert root.size == 1000 * 4096
    assert (root.inodes, root.inodes_used, root.inodes_free) == (None, None, None)
    assert root.inodes_used_share is None


def test_one_without_a_size_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    listing(monkeypatch, ("portal", "/doc", "fuse.portal", "rw"), ("x", "/x", "xfs", "rw"))
    assert not read(lambda _: answer(blocks=0, bfree=0, bavail=0))


def test_nothing_used_and_nothing_to_be_had_is_no_share(monkeypatch: pytest.MonkeyPatch) -> None:
    listing(monkeypatch, ("/dev/sda1", "/", "ext4", "rw"))
    root = only(read(lambda _: answer(bfree=1000, bavail=0)).values())
    assert (root.used, root.used_share) == (0, None)


def test_a_block_size_that_is_not_told_is_the_other_one(monkeypatch: pytest.MonkeyPatch) -> None:
    listing(monkeypatch, ("/dev/sda1", "/", "ext4", "rw"))
    assert only(read(lambda _: answer(frsize=0, bsize=512)).values()).size == 1000 * 512


def test_huge_filesystems_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    listing(monkeypatch, ("/dev/sda1", "/", "zfs", "rw"))
    many = 2**51
    root = only(read(lambda _: answer(blocks=many, bfree=many // 2, bavail=many // 2)).values())
    assert root.size == 2**63
    assert root.used_share == 0.5


@pytest.mark.parametrize("fault", [errno.ENOENT, errno.ENOTDIR, errno.EACCES])
@pytest.mark.parametrize("kind", ["ext4", "nfs"])
def test_one_that_is_not_there_or_not_for_us_is_left_out(
    monkeypatch: pytest.MonkeyPatch, fault: int, kind: str
) -> None:
    listing(monkeypatch, ("/dev/sda1", "/", "ext4", "rw"), ("/dev/b", "/mnt", kind, "rw"))

    def ask(place: str) -> os.statvfs_result:
        if place == "/mnt":
            raise OSError(fault, os.strerror(fault), place)
        return answer()

    assert list(read(ask)) == ["/"]


@pytest.mark.parametrize("fault", [errno.ESTALE, errno.EIO, errno.ENOTCONN, errno.ETIMEDOUT])
@pytest.mark.parametrize("kind", ["ext4", "nfs"])
def test_one_that_is_out_of_order_does_not_respond(
    monkeypatch: pytest.MonkeyPatch, fault: int, kind: str
) -> None:
    listing(monkeypatch, ("/dev/b", "/mnt", kind, "rw"))

    def ask(place: str) -> os.statvfs_result:
        raise OSError(fault, os.strerror(fault), place)

    broken = only(read(ask).values())
    assert (broken.responding, broken.size, broken.used_share) == (False, None, None)


def test_a_dead_one_does_not_respond_until_it_heals(monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = [("/dev/sda1", "/", "ext4", "rw"), ("nas:/x", "/mnt", "nfs", "ro")]
    # A disk below a dead mount is reached through it.
    mounts.append(("/dev/sdb1", "/mnt/disk", "ext4", "rw"))
    listing(monkeypatch, *mounts)
    healed = threading.Event()
    asked: list[str] = []

    def ask(place: str) -> os.statvfs_result:
        asked.append(place)
        if place.startswith("/mnt"):
            assert threading.current_thread() is not threading.main_thread(), "this would hang"
            healed.wait()
        return answer()

    collector = FilesystemCollector(ask)
    for _ in range(3):
        found = by("mountpoint", collector.collect())
        assert {place: r.responding for place, r in found.items()} == {
            "/": True,
            "/mnt": False,
            "/mnt/disk": False,
        }
        assert found["/mnt"].size is None
        assert (found["/mnt"].type, found["/mnt"].remote, found["/mnt"].read_only) == (
            "nfs",
            True,
            True,
        )
    assert sorted(asked) == ["/", "/", "/", "/mnt", "/mnt/disk"]
    healed.set()
    for thread in threading.enumerate():
        if thread.name.startswith("statvfs "):
            thread.join(LONG_S)
    found = by("mountpoint", collector.collect())
    assert all(record.responding and record.size for record in found.values())


@pytest.mark.parametrize(
    "kind",
    ["nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "fuse.sshfs", "fuse", "afs", "glusterfs"],
)
def test_what_another_machine_or_a_program_answers_for_is_remote(kind: str) -> None:
    assert Mount("x", "/x", kind, "rw").remote


@pytest.mark.parametrize(
    "kind", ["ext4", "xfs", "btrfs", "tmpfs", "apfs", "overlay", "nfsd", "fusectl"]
)
def test_what_this_kernel_answers_for_is_not(kind: str) -> None:
    assert not Mount("x", "/x", kind, "rw").remote


NOBODYS = """
    autofs binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs erofs fusectl hugetlbfs
    iso9660 mqueue nsfs overlay proc procfs pstore rpc_pipefs securityfs selinuxfs squashfs sysfs
    tracefs
"""


@pytest.mark.parametrize("kind", NOBODYS.split())
def test_what_holds_no_files_of_anybody_is_left_out(kind: str) -> None:
    assert places([("x", "/x", kind)]) == []
    assert places([("x", "/", kind)]) == ["/"]


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("/dev", False),
        ("/dev/shm", False),
        ("/devices", True),
        ("/proc/sys/fs/x", False),
        ("/sys", False),
        ("/system", True),
        ("/run/credentials/a.service", False),
        ("/run/credentials", True),
        ("/var/lib/docker/volumes/x", False),
        ("/var/lib/docker/a\nb", False),
        ("/var/lib/docker", True),
        ("/var/lib/containers/storage/overlay", False),
        ("/home/dev/proc", True),
    ],
)
def test_places_that_only_programs_look_at_are_left_out(place: str, shown: bool) -> None:
    assert bool(places([("tmpfs", place, "tmpfs")])) is shown


HOSTILE = ["/mnt/__proto__", "/mnt/<img src=x>", "/mnt/a\nb", "/mnt/\udcff\udcfe", "/mnt/\x1b[2J"]


def test_names_are_whatever_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    listing(monkeypatch, *(("tmpfs", place, "tmpfs", "rw") for place in HOSTILE))
    assert list(read()) == HOSTILE
    listing(monkeypatch, *((f"nas:{place}", place, "nfs", "rw") for place in HOSTILE))
    assert list(read()) == HOSTILE


def test_macos_has_volumes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    listing(
        monkeypatch,
        ("/dev/disk3s1s1", "/", "apfs", "ro,local,rootfs"),
        ("devfs", "/dev", "devfs", "rw,local"),
        ("/dev/disk3s5", "/System/Volumes/Data", "apfs", "rw,local"),
        ("map auto_home", "/System/Volumes/Data/home", "autofs", "rw,automounted"),
        ("//guest@nas/share", "/Volumes/share", "smbfs", "rw"),
    )
    found = read()
    assert list(found) == ["/", "/System/Volumes/Data", "/Volumes/share"]
    assert found["/"].read_only
    assert found["/Volumes/share"].remote


def test_the_figures_are_what_the_system_says() -> None:
    before = os.statvfs("/")
    root = by("mountpoint", FilesystemCollector().collect())["/"]
    after = os.statvfs("/")
    assert root.size == before.f_blocks * before.f_frsize
    assert root.responding
    slack = root.size // 100  # other programs write
    low, high = sorted((before.f_bavail, after.f_bavail))
    assert low * before.f_frsize - slack <= root.available <= high * before.f_frsize + slack
    if before.f_files:
        assert root.inodes == before.f_files
        assert root.inodes_used + root.inodes_free == root.inodes


@on_linux
def test_the_share_is_what_df_says() -> None:
    said = subprocess.run(
        ["df", "-B1", "--output=size,pcent,ipcent", "/"],
        capture_output=True,
        text=True,
        check=True,
        timeout=LONG_S,
    )
    size, percent, inodes_percent = said.stdout.splitlines()[1].split()
    root = by("mountpoint", FilesystemCollector().collect())["/"]
    assert root.size == int(size)
    # df rounds up.
    assert abs(root.used_share * 100 - int(percent.rstrip("%"))) <= 1
    if inodes_percent != "-":
        assert abs(root.inodes_used_share * 100 - int(inodes_percent.rstrip("%"))) <= 1
