"""What a group has used, in either version, and what is read of one that does nothing."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from monitor.collectors import cgroup_usage
from monitor.collectors.cgroup_usage import (
    CLOSELY_S,
    Meter,
    Meters,
    Usage,
    Vanished,
    parse,
    parse_io,
)
from monitor.collectors.cgroup_walk import ROLES, Groups, Place
from monitor.collectors.collector import read_bytes
from tests.collectors.groups import group, separate, unified
from tests.collectors.sources import on_linux

pytestmark = on_linux

A = "a" * 64
DOCKER_2 = f"/system.slice/docker-{A}.scope"
DOCKER_1 = f"/docker/{A}"


def no_layer(_: str) -> bool:
    return False


def usage_of(proc: Path, path: str) -> Usage:
    return Meters(always=True).read(Groups(proc).find(0.0), 0.0)[path]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were read."""
    names: list[str] = []

    def counted(path: str, limit: int) -> bytes:
        names.append(path.rpartition("/")[2])
        return read_bytes(path, limit)

    monkeypatch.setattr(cgroup_usage, "read_bytes", counted)
    return names


def test_version_2_is_read(tmp_path: Path) -> None:
    found = usage_of(unified(tmp_path, "containers/version-2.tree"), DOCKER_2)
    assert found == Usage(
        cpu=90.0,
        throttled=12.5,
        memory=500_000_000,
        memory_limit=1 << 30,
        tasks=27,
        read_bytes=1000,
        written_bytes=20_000,
        cpu_pressure=5.0,
        memory_pressure=0.0,
        io_pressure=0.25,
    )


def test_version_1_says_the_same(tmp_path: Path) -> None:
    found = usage_of(separate(tmp_path, "containers/version-1.tree"), DOCKER_1)
    assert found == Usage(
        cpu=90.0,
        throttled=12.5,
        memory=500_000_000,
        memory_limit=None,
        tasks=27,
        read_bytes=1000,
        written_bytes=20_000,
    )


def test_what_version_1_does_not_count_version_2_does(tmp_path: Path) -> None:
    proc = separate(tmp_path, "containers/version-1.tree")
    assert usage_of(proc, "/system.slice/docker.service") == Usage(cpu=3.0)


TEXTS: Mapping[str, bytes] = {"cpu": b"usage_usec 5\n", "memory": b"10\n", "limit": b"max\n"}


def test_what_is_not_counted_is_not_known() -> None:
    assert parse({}, no_layer) == Usage()
    assert parse(TEXTS, no_layer) == Usage(cpu=5e-6)


@pytest.mark.parametrize("text", [b"", b"garbage", b"-1\n", b"\xff\xfe", b"1 2\n", b"some total=x"])
def test_what_cannot_be_read_is_not_known(text: bytes) -> None:
    files = ("cpu", "throttled", "memory", "cache", "limit", "tasks", "cpu_pressure")
    assert parse(dict.fromkeys(files, text), no_layer) == Usage()


def test_memory_that_comes_out_at_less_than_nothing_is_not_known() -> None:
    assert parse({"memory": b"5\n", "cache": b"inactive_file 6\n"}, no_layer).memory is None


def test_a_device_that_stores_on_others_is_not_counted_twice() -> None:
    text = b"8:0 rbytes=10 wbytes=20 rios=1 wios=1\n253:0 rbytes=10 wbytes=20 rios=1 wios=1\n"
    assert parse_io(text, lambda device: device == "253:0") == (10, 20)
    text = b"8:0 Read 3\n8:0 Write 4\n253:0 Read 3\n253:0 Write 4\n253:0 Total 7\nTotal 14\n"
    assert parse_io(text, lambda device: device == "253:0") == (3, 4)


def test_a_group_that_has_read_nothing_has_read_nothing() -> None:
    assert parse_io(b"", no_layer) == (0, 0)
    assert parse_io(b"Total 0\n", no_layer) == (0, 0)
    assert parse_io(b"8:16 \n", no_layer) == (0, 0)
    assert parse_io(None, no_layer) == (None, None)


def test_a_device_is_a_layer_where_it_has_slaves(tmp_path: Path) -> None:
    (tmp_path / "253:0" / "slaves" / "sda").mkdir(parents=True)
    (tmp_path / "8:0" / "slaves").mkdir(parents=True)
    layers = [cgroup_usage.is_layer(name, str(tmp_path)) for name in ("253:0", "8:0", "9:9")]
    assert layers == [True, False, False]


def meter(at: Path, *, always: bool = False, phase: float = 0.0) -> Meter:
    return Meter(dict.fromkeys(ROLES, Place(2, str(at))), always=always, phase=phase)


def running(at: Path, usec: int, current: int = 10, tasks: int = 1) -> Path:
    files = {"memory_current": current, "memory_stat": "inactive_file 0", "pids_current": tasks}
    return group(at, "g", cpu_stat=f"usage_usec {usec}", **{k: str(v) for k, v in files.items()})


def test_of_a_group_that_did_nothing_two_files_are_read(tmp_path: Path, reads: list[str]) -> None:
    one = meter(running(tmp_path, 5))
    first = one.read(0.0)
    assert first.tasks == 1
    reads.clear()
    assert one.read(1.0) is first
    assert reads == ["cpu.stat", "memory.current"]


@pytest.mark.parametrize("now", [{"usec": 6}, {"usec": 5, "current": 11}])
def test_a_group_that_did_anything_is_read_whole(tmp_path: Path, now: dict[str, int]) -> None:
    one = meter(running(tmp_path, 5))
    one.read(0.0)
    running(tmp_path, **now, tasks=2)
    assert one.read(1.0).tasks == 2


def test_a_group_that_does_nothing_is_read_whole_in_the_end(tmp_path: Path) -> None:
    one = meter(running(tmp_path, 5), phase=0.5)
    one.read(0.0)
    running(tmp_path, 5, tasks=2)
    assert one.read(CLOSELY_S / 2 - 1).tasks == 1
    assert one.read(CLOSELY_S / 2).tasks == 2
    running(tmp_path, 5, tasks=3)
    assert one.read(CLOSELY_S).tasks == 2
    assert one.read(CLOSELY_S * 1.5).tasks == 3


def test_one_that_is_always_read_is_and_is_the_same_while_it_says_the_same(tmp_path: Path) -> None:
    one = meter(running(tmp_path, 5), always=True)
    first = one.read(0.0)
    assert one.read(1.0) is first
    running(tmp_path, 5, tasks=2)
    assert one.read(2.0).tasks == 2


def test_a_file_that_is_not_there_is_looked_for_again_later(
    tmp_path: Path, reads: list[str]
) -> None:
    one = meter(running(tmp_path, 5))
    one.read(0.0)
    reads.clear()
    running(tmp_path, 6)
    one.read(1.0)
    assert "io.stat" not in reads
    group(tmp_path, "g", io_stat="8:0 rbytes=1 wbytes=2")
    assert one.read(2.0).read_bytes is None
    assert one.read(CLOSELY_S).read_bytes == 1


def test_a_group_that_is_gone_has_no_usage(tmp_path: Path) -> None:
    at = running(tmp_path, 5)
    one = meter(at)
    one.read(0.0)
    at.rename(tmp_path / "other")
    with pytest.raises(Vanished):
        one.read(1.0)


def test_one_group_that_is_gone_does_not_hide_the_others(tmp_path: Path) -> None:
    proc = unified(tmp_path)
    for name in ("a", "b"):
        group(tmp_path / "cgroup", f"system.slice/{name}.service")
    found = dict(Groups(proc).find(0.0))
    meters = Meters()
    assert len(meters.read(found, 0.0)) == 2
    (tmp_path / "cgroup" / "system.slice" / "a.service").rename(tmp_path / "kept")
    assert list(meters.read(found, 1.0)) == ["/system.slice/b.service"]
