"""What each disk does: whole disks, counters as the kernel has them, and no layer counted twice."""

import os
import sys
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor.collectors.disk import Disk, DiskCollector
from monitor.model.sample import Unavailable
from tests.collectors.sources import by, figures, known, made, on_linux, only, use_proc

SECTOR = 512
MAC = namedtuple("MAC", "read_count write_count read_bytes write_bytes read_time write_time")
NOWHERE = Path("/nowhere")


def blocks(at: Path, *names: str, **layers: str) -> Path:
    """A made-up /sys/block; `layers` name the device that each one is made of."""
    for name in names:
        (at / name / "slaves").mkdir(parents=True)
    for name, below in layers.items():
        (at / name.replace("_", "-") / "slaves" / below).mkdir(parents=True)
    return at


@pytest.fixture
def modern(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    use_proc(monkeypatch, "modern")
    names = ("loop0", "loop1", "ram0", "nvme0n1", "sda", "cciss!c0d0", "zram0")
    at = blocks(tmp_path, *names, dm_0="nvme0n1p2", md127="sda")
    return by("device", DiskCollector(at).collect())


@on_linux
def test_a_disk_s_counters_are_the_kernel_s(modern: dict[str, Any]) -> None:
    assert modern["nvme0n1"] == Disk(
        device="nvme0n1",
        physical=True,
        reads=1_000_000,
        writes=2_000_000,
        read_bytes=64_000_000 * SECTOR,
        written_bytes=128_000_000 * SECTOR,
        busy=900.0,
        read_time=500.0,
        write_time=4000.0,
    )


@on_linux
def test_partitions_and_unused_pretenders_are_left_out(modern: dict[str, Any]) -> None:
    assert list(modern) == ["loop1", "nvme0n1", "sda", "dm-0", "cciss/c0d0", "zram0", "md127"]


@on_linux
def test_what_is_made_of_other_disks_counts_in_no_total(modern: dict[str, Any]) -> None:
    assert {name for name, disk in modern.items() if disk.physical} == {
        "nvme0n1",
        "sda",
        "cciss/c0d0",
    }
    assert all(disk.physical is not None for disk in modern.values())


def nvme(at: Path, lines: list[str], patch: pytest.MonkeyPatch) -> dict[str, Any]:
    (at / "diskstats").write_text("".join(f"{line}\n" for line in lines))
    use_proc(patch, at)
    sys_block = blocks(at / "block", *(line.split()[2] for line in lines))
    return by("device", DiskCollector(sys_block).collect())


@on_linux
def test_what_goes_several_ways_to_one_disk_counts_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rest = "0 40 5 6 0 80 7 0 8 9"
    lines = [
        f"0 0 nvme0c0n1 3 {rest}",
        f"0 1 nvme0c11n1 4 {rest}",
        f"259 2 nvme0n1 7 {rest}",  # their sum, or 0 on an older kernel
        f"259 3 nvme1n1 5 {rest}",
    ]
    found = nvme(tmp_path, lines, monkeypatch)
    assert {name: (disk.physical, disk.reads) for name, disk in found.items()} == {
        "nvme0c0n1": (True, 3),
        "nvme0c11n1": (True, 4),
        "nvme0n1": (False, 7),
        "nvme1n1": (True, 5),
    }


HOSTILE = ["__proto__", "<img>", "\udcff", "a:b", "1", "\x1b[2J"]


@on_linux
def test_names_are_whatever_they_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines = [f"8 0 {name} 1 2 3 4 5 6 7 8 9 10 11" for name in HOSTILE]
    (tmp_path / "diskstats").write_bytes(os.fsencode("".join(f"{line}\n" for line in lines)))
    use_proc(monkeypatch, tmp_path)
    found = by("device", DiskCollector(blocks(tmp_path / "block", *HOSTILE)).collect())
    assert list(found) == HOSTILE
    assert all(disk.reads == 1 for disk in found.values())


@on_linux
def test_counters_may_be_as_large_as_the_kernel_s(modern: dict[str, Any]) -> None:
    assert modern["sda"].reads == 2**64 - 1
    assert modern["sda"].busy == pytest.approx(4294967.295)


@on_linux
def test_an_old_kernel_has_fewer_fields(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_proc(monkeypatch, "old")
    found = by("device", DiskCollector(blocks(tmp_path, "sda", "fd0")).collect())
    assert list(found) == ["sda", "fd0"]
    assert (found["sda"].reads, found["sda"].written_bytes) == (100, 1600 * SECTOR)
    assert found["sda"].busy == pytest.approx(0.3)


@on_linux
@pytest.mark.parametrize("line", ["8 0 sda 1 2 3\n", "8 0 sda a b c d e f g h i j k\n"])
def test_what_is_no_line_of_diskstats_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str
) -> None:
    (tmp_path / "diskstats").write_text(line)
    use_proc(monkeypatch, tmp_path)
    with pytest.raises(ValueError, match=r"interpret|invalid literal"):
        list(DiskCollector(blocks(tmp_path / "block", "sda")).collect())


@on_linux
def test_no_disk_is_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "diskstats").write_text("")
    use_proc(monkeypatch, tmp_path)
    assert not list(DiskCollector(tmp_path).collect())


def answers(patch: pytest.MonkeyPatch, answer: Callable[[], Any]) -> None:
    def counters(perdisk: bool = False, nowrap: bool = True) -> Any:
        assert perdisk
        assert not nowrap, "a reset would be taken for a wrap, and added up"
        return answer()

    patch.setattr(psutil, "disk_io_counters", counters)


@pytest.mark.parametrize("nothing", [None, {}])
def test_a_machine_without_any_has_none(monkeypatch: pytest.MonkeyPatch, nothing: Any) -> None:
    answers(monkeypatch, lambda: nothing)
    assert not list(DiskCollector(NOWHERE).collect())


def test_a_kernel_that_counts_nothing_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise NotImplementedError

    answers(monkeypatch, fail)
    with pytest.raises(Unavailable, match="does not count"):
        list(DiskCollector().collect())


def test_macos_tells_neither_busy_time_nor_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    answers(monkeypatch, lambda: {"disk0": MAC(10, 20, 4096, 8192, 1500, 2500)})
    disk = only(DiskCollector(NOWHERE).collect())
    assert disk == made(
        Disk,
        device="disk0",
        reads=10,
        writes=20,
        read_bytes=4096,
        written_bytes=8192,
        read_time=1.5,
        write_time=2.5,
    )
    assert "busy" not in known(disk)


def test_figures_follow_from_two_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = iter([MAC(100, 50, 0, 0, 1000, 1000), MAC(140, 50, 8192, 0, 1200, 1000)])
    answers(monkeypatch, lambda: {"disk0": next(counted)})
    collector = DiskCollector(NOWHERE)
    before, now = list(collector.collect()), list(collector.collect())
    shown = figures(before, now, elapsed=2.0)["disk"]["disk0"]
    assert shown["reads"] == 20
    assert shown["read_bytes"] == 4096
    assert shown["read_latency"] == pytest.approx(0.005)
    assert shown["writes"] == 0
    # Nothing was written: how long that takes is not known.
    assert "write_latency" not in shown


def test_a_reset_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = iter([MAC(100, 50, 0, 9, 0, 0), MAC(2, 60, 0, 9, 0, 0)])
    answers(monkeypatch, lambda: {"disk0": next(counted)})
    collector = DiskCollector(NOWHERE)
    before, now = list(collector.collect()), list(collector.collect())
    assert only(now).reads == 2
    shown = figures(before, now)["disk"]["disk0"]
    assert "reads" not in shown
    assert (shown["writes"], shown["written_bytes"]) == (10, 0)


@on_linux
def test_the_figures_are_what_the_kernel_says() -> None:
    def told() -> dict[str, list[int]]:
        with open("/proc/diskstats", encoding="ascii") as file:
            lines = [line.split() for line in file]
        return {line[2]: [int(field) for field in line[3:]] for line in lines}

    try:
        before = told()
    except FileNotFoundError:
        pytest.skip("no /proc/diskstats here")
    found, after = by("device", DiskCollector().collect()), told()
    for name, disk in found.items():
        for field, unit, told_at in (
            ("reads", 1, 0),
            ("read_bytes", SECTOR, 2),
            ("read_time", 1e-3, 3),
            ("writes", 1, 4),
            ("written_bytes", SECTOR, 6),
            ("write_time", 1e-3, 7),
            ("busy", 1e-3, 9),
        ):
            counted = round(getattr(disk, field) / unit)
            assert before[name][told_at] <= counted <= after[name][told_at], (name, field)
    whole = {path.name.replace("!", "/") for path in Path("/sys/block").iterdir()}
    used = {name for name in whole & before.keys() if any(before[name])}
    assert used <= found.keys() <= whole
