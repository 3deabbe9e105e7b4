"""The groups of units and containers: which are found, and how seldom that is looked for."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.collectors import cgroup_walk
from monitor.collectors.cgroup_walk import ANEW_S, Groups
from tests.collectors.groups import group, separate, unified
from tests.collectors.sources import on_linux

pytestmark = on_linux

A, B = "a" * 64, "b" * 64


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The directories that were listed."""
    listed: list[str] = []
    below: Callable[[str], object] = cgroup_walk._below  # noqa: SLF001  # counts its calls

    def counted(directory: str) -> object:
        listed.append(directory)
        return below(directory)

    monkeypatch.setattr(cgroup_walk, "_below", counted)
    return listed


def test_units_are_found_where_systemd_puts_them(tmp_path: Path) -> None:
    found = Groups(unified(tmp_path, "units/server.tree")).find(0.0)
    units = {(one.unit, one.user) for one in found.values() if one.unit is not None}
    assert units == {
        ("init.scope", None),
        ("ssh.service", None),
        ("cpu.service", None),
        ("dev-disk-by-label-data.swap", None),
        ("getty@tty1.service", None),
        ("app.service", None),
        ("session-3.scope", None),
        ("user@1000.service", None),
        ("ssh.service", "1000"),
        ("init.scope", "1000"),
    }


def test_containers_are_found_wherever_they_are(tmp_path: Path) -> None:
    found = Groups(unified(tmp_path, "containers/version-2.tree")).find(0.0)
    containers = {one.container.short for one in found.values() if one.container is not None}
    assert containers == {"a" * 12, "b" * 12, "c" * 12, "d" * 12, "mail", "old-host"}
    assert "/system.slice/web.service" in found


def test_a_group_of_version_1_has_a_directory_for_each_controller(tmp_path: Path) -> None:
    found = Groups(separate(tmp_path, "containers/version-1.tree")).find(0.0)
    places = found[f"/docker/{A}"].places
    assert {role: (p.version, p.directory) for role, p in places.items()} == {
        "cpuacct": (1, f"{tmp_path}/cpu,cpuacct/docker/{A}"),
        "cpu": (1, f"{tmp_path}/cpu,cpuacct/docker/{A}"),
        "memory": (1, f"{tmp_path}/memory/docker/{A}"),
        "pids": (1, f"{tmp_path}/pids/docker/{A}"),
        "blkio": (1, f"{tmp_path}/blkio/docker/{A}"),
    }
    # What version 1 does not count, version 2 does.
    places = found["/system.slice/docker.service"].places
    assert {place.version for place in places.values()} == {2}


def test_nothing_is_listed_again_while_nothing_changes(tmp_path: Path, scans: list[str]) -> None:
    groups = Groups(unified(tmp_path, "units/server.tree"))
    first = dict(groups.find(0.0))
    scans.clear()
    second = groups.find(1.0)
    assert not scans
    assert all(second[path] is one for path, one in first.items())


def test_a_new_group_is_found_at_once_and_nothing_else_is_listed(
    tmp_path: Path, scans: list[str]
) -> None:
    groups = Groups(unified(tmp_path, "units/server.tree"))
    first = dict(groups.find(0.0))
    scans.clear()
    group(tmp_path / "cgroup", "system.slice/new.service")
    second = groups.find(1.0)
    slice_ = tmp_path / "cgroup" / "system.slice"
    assert scans == [str(slice_), str(slice_ / "new.service")]
    assert second.keys() - first.keys() == {"/system.slice/new.service"}
    assert all(second[path] is one for path, one in first.items())


def test_a_group_that_is_gone_is_not_there(tmp_path: Path) -> None:
    groups = Groups(unified(tmp_path, "units/server.tree"))
    assert "/system.slice/ssh.service" in groups.find(0.0)
    shutil.rmtree(tmp_path / "cgroup" / "system.slice" / "ssh.service")
    assert "/system.slice/ssh.service" not in groups.find(1.0)


def test_another_group_of_the_same_name_is_another(tmp_path: Path) -> None:
    groups = Groups(unified(tmp_path, "units/server.tree"))
    old = groups.find(0.0)["/system.slice/ssh.service"]
    place = tmp_path / "cgroup" / "system.slice" / "ssh.service"
    place.rename(tmp_path / "kept")  # so that its inode is not given out again
    group(tmp_path / "cgroup", "system.slice/ssh.service")
    new = groups.find(1.0)["/system.slice/ssh.service"]
    assert new.number != old.number


def test_what_no_directory_tells_is_found_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = Groups(unified(tmp_path, "units/server.tree"))
    groups.find(0.0)
    place = tmp_path / "cgroup" / "system.slice"
    before = os.stat(place)
    (place / "cron.service").mkdir()
    shutil.rmtree(place / "app.service")
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert os.stat(place).st_nlink == before.st_nlink
    assert "/system.slice/cron.service" not in groups.find(1.0)
    assert "/system.slice/cron.service" in groups.find(ANEW_S)


def test_a_tree_without_end_is_cut_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proc = unified(tmp_path)
    for number in range(40):
        group(tmp_path / "cgroup", f"system.slice/s{number}.service/deep")
    groups = Groups(proc)
    assert len(groups.find(0.0)) == 40
    assert not groups.cut
    monkeypatch.setattr(cgroup_walk, "MAX_DIRECTORIES", 30)
    assert len(Groups(proc).find(0.0)) == 28
    groups.find(1.0)
    assert groups.cut


def test_a_tree_that_is_too_deep_is_cut_and_that_is_said(tmp_path: Path) -> None:
    proc = unified(tmp_path)
    shallow = "/".join("x" * (cgroup_walk.MAX_DEPTH - 1))
    group(tmp_path / "cgroup", f"{shallow}/in.service")
    groups = Groups(proc)
    assert len(groups.find(0.0)) == 1
    assert not groups.cut
    group(tmp_path / "cgroup", f"{shallow}/in.service/{B}")
    assert len(groups.find(1.0)) == 1
    assert groups.cut


@pytest.mark.parametrize("name", ["\udcff\udcfe", "a\nb.service", "<b>", "\x1b[2J", "a: b"])
def test_a_group_is_called_whatever_it_is(tmp_path: Path, name: str) -> None:
    proc = unified(tmp_path)
    (tmp_path / "cgroup" / name / f"docker-{A}.scope").mkdir(parents=True)
    (found,) = Groups(proc).find(0.0).values()
    assert found.path == f"/{name}/docker-{A}.scope"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    proc = unified(tmp_path, "units/server.tree")
    (tmp_path / "cgroup" / "loop").symlink_to(tmp_path / "cgroup")
    assert not [path for path in Groups(proc).find(0.0) if path.startswith("/loop")]


def test_where_no_tree_is_mounted_there_are_none(tmp_path: Path) -> None:
    proc = unified(tmp_path)
    (proc / "mountinfo").write_text("27 1 259:2 / / rw - ext4 /dev/sda1 rw\n")
    assert Groups(proc).find(0.0) == {}


def test_a_tree_that_begins_below_the_root_says_where(tmp_path: Path) -> None:
    proc = unified(tmp_path, "units/server.tree")
    text = f"30 1 0:26 /docker/{B} {tmp_path}/cgroup rw - cgroup2 cgroup2 rw\n"
    (proc / "mountinfo").write_text(text)
    found = Groups(proc).find(0.0)[f"/docker/{B}/system.slice/ssh.service"]
    assert found.places["memory"].directory == f"{tmp_path}/cgroup/system.slice/ssh.service"
