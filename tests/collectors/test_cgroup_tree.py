"""Where a process stands in the trees of control groups, on hosts and in containers."""

from pathlib import Path

import pytest

from monitor.collectors.cgroup_tree import find, parse_cgroup, parse_trees
from tests.collectors.sources import FIXTURES


def shape(name: str, at: Path) -> tuple[dict[str, str], str]:
    """The groups and the mounts of tests/fixtures/cgroup, mounted below `at`."""
    where = FIXTURES / "cgroup" / name
    mounts = (where / "mountinfo").read_text(encoding="ascii").replace("@", str(at))
    return parse_cgroup((where / "cgroup").read_text(encoding="ascii")), mounts


def directory(name: str, controller: str, at: Path, *seen: str) -> str | None:
    """Where the group of `controller` is found, below `at`, when the directories `seen` exist."""
    for path in seen:
        (at / path).mkdir(parents=True)
    groups, mounts = shape(name, at)
    group = find(controller, groups, parse_trees(mounts))
    return None if group is None else str(group.directory.relative_to(at))


def test_each_controller_has_its_path() -> None:
    text = (FIXTURES / "cgroup" / "v1-host" / "cgroup").read_text(encoding="ascii")
    groups = parse_cgroup(text)
    assert groups["cpu"] == groups["cpuacct"] == groups["memory"] == "/batch/job:7"
    assert groups[""] == groups["name=systemd"] == "/user.slice/user-0.slice/session-1.scope"


def test_a_process_in_no_group_has_none() -> None:
    assert parse_cgroup("") == {}


@pytest.mark.parametrize("text", ["garbage\n", "1:cpu\n", "x:cpu:/a\n", "1:cpu:a\n", "\x00"])
def test_what_is_no_list_of_groups_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="/proc/self/cgroup reads"):
        parse_cgroup(text)


@pytest.mark.parametrize(
    "name", ["a:b", "a,b", "<img>", "\udcff", "a\x0cb", "a\u2028b", "a b", ".."]
)
def test_a_path_is_whatever_it_is(name: str) -> None:
    assert parse_cgroup(f"0::/{name}/x\n") == {"": f"/{name}/x"}


def test_mounts_are_read_and_their_names_unescaped(tmp_path: Path) -> None:
    cpu, cpuacct, unified = parse_trees(shape("hybrid", tmp_path)[1])
    assert (cpu.version, set(cpu.controllers)) == (1, {"rw", "cpu"})
    assert (cpuacct.version, cpuacct.root) == (1, "/")
    assert (unified.version, unified.place) == (2, tmp_path / "my tree")


@pytest.mark.parametrize("text", ["", "garbage\n", "1 2 3:4 / /x rw\n", "1 2 3:4 / /x rw - ext4\n"])
def test_what_is_no_table_of_mounts_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="/proc/self/mountinfo reads"):
        parse_trees(text)


@pytest.mark.parametrize("odd", ["a\\040-\\040cgroup2", "a\x0cb", "a\u2028b", "\udcff", "a\\134"])
def test_a_mount_with_an_odd_name_hides_no_other(odd: str) -> None:
    text = (
        f"5 1 0:9 / /home/me/{odd} rw,nosuid shared:1 - fuse.x {odd} rw,user_id=1\n"
        "half of a line\n"
        "6 1 0:27 / /cgroups rw - cgroup2 cgroup2 rw\n"
    )
    assert [tree.place for tree in parse_trees(text)] == [Path("/cgroups")]


@pytest.mark.parametrize("odd", ["a\x0cb", "a\u2028b", "\udcff", "a-b"])
def test_a_tree_may_be_mounted_at_an_odd_name_itself(odd: str) -> None:
    (tree,) = parse_trees(f"6 1 0:27 / /{odd} rw - cgroup2 cgroup2 rw\n")
    assert tree.place == Path(f"/{odd}")


def test_the_group_is_found_below_the_mount(tmp_path: Path) -> None:
    service = "cgroup/system.slice/monitor.service"
    assert directory("v2-systemd", "memory", tmp_path, service) == service


def test_a_container_of_version_2_is_the_root_of_what_it_sees(tmp_path: Path) -> None:
    assert directory("v2-container", "memory", tmp_path, "cgroup") == "cgroup"


def test_version_1_has_a_tree_for_each_controller(tmp_path: Path) -> None:
    seen = ("memory/batch/job:7", "cpu,cpuacct/batch/job:7", "unified")
    assert directory("v1-host", "memory", tmp_path, *seen) == "memory/batch/job:7"
    assert directory("v1-host", "cpuacct", tmp_path) == "cpu,cpuacct/batch/job:7"


def test_a_container_of_version_1_has_the_host_s_path_and_sees_its_own(tmp_path: Path) -> None:
    assert directory("v1-container", "memory", tmp_path, "memory") == "memory"


def test_a_service_in_such_a_container_is_found_below(tmp_path: Path) -> None:
    service = "memory/system.slice/monitor.service"
    assert directory("v1-subtree", "memory", tmp_path, service) == service
    # Of the processors it sees the container only.
    assert directory("v1-subtree", "cpu", tmp_path, "cpu,cpuacct") == "cpu,cpuacct"


def test_a_controller_that_version_1_lacks_is_in_version_2(tmp_path: Path) -> None:
    assert directory("hybrid", "cpu", tmp_path, "cpu/a", "my tree/service") == "cpu/a"
    assert directory("hybrid", "memory", tmp_path) == "my tree/service"


def test_a_group_outside_the_namespace_is_never_followed_out(tmp_path: Path) -> None:
    # Nor are the limits of the group that is seen taken for its own.
    assert directory("v2-outside", "memory", tmp_path, "cgroup", "neighbour") is None


def test_it_is_found_where_the_mount_shows_what_is_outside(tmp_path: Path) -> None:
    (tmp_path / "neighbour").mkdir()
    mounts = parse_trees(f"6 1 0:27 /.. {tmp_path} rw - cgroup2 cgroup2 rw\n")
    group = find("memory", {"": "/../neighbour"}, mounts)
    assert group is not None
    assert group.directory == tmp_path / "neighbour"


def test_where_no_tree_is_mounted_no_group_is_found() -> None:
    assert find("memory", {"": "/a", "memory": "/b"}, []) is None
    assert find("memory", {}, parse_trees("6 1 0:27 / /x rw - cgroup2 cgroup2 rw\n")) is None


def test_the_way_up_ends_where_the_tree_begins(tmp_path: Path) -> None:
    service = tmp_path / "cgroup/system.slice/monitor.service"
    service.mkdir(parents=True)
    groups, mounts = shape("v2-systemd", tmp_path)
    group = find("memory", groups, parse_trees(mounts))
    assert group is not None
    assert list(group.upwards()) == [service, service.parent, tmp_path / "cgroup"]
