"""Meminfo: kibibytes become bytes, names are node_exporter's, what a kernel lacks is absent."""

import dataclasses
from pathlib import Path

import pytest

from monitor.collectors.meminfo import Meminfo, MeminfoCollector, parse_meminfo
from tests.collectors.kernels import MODERN, OLDER, OLDEST, exported, shown, text
from tests.collectors.sources import known, on_linux, only

# Those that `memory` and `swap` have as the kernel tells them.
ELSEWHERE = {
    "MemTotal",
    "MemFree",
    "MemAvailable",
    "Buffers",
    "Shmem",
    "SwapTotal",
    "SwapFree",
}


def spelled(line: str) -> tuple[str, int]:
    """node_exporter's name and value for a line of the file."""
    name, rest = line.split(":")
    value, *unit = rest.split()
    stem = name.replace("(", "_").replace(")", "")
    return f"node_memory_{stem}{'_bytes' if unit else ''}", int(value) * (1024 if unit else 1)


@pytest.mark.parametrize("proc", [MODERN, OLDER])
def test_each_line_is_exported_by_node_exporters_name_in_bytes(proc: str) -> None:
    content = text(proc, "meminfo")
    lines = content.decode().splitlines()
    told = dict(spelled(line) for line in lines if line.partition(":")[0] not in ELSEWHERE)
    assert shown(parse_meminfo(content)) == told


def test_what_an_old_kernel_does_not_tell_is_not_known() -> None:
    found = parse_meminfo(text(OLDEST, "meminfo"))
    assert known(found) == {
        "active",
        "inactive",
        "high_total",
        "high_free",
        "low_total",
        "low_free",
        "direct_map_4k",
        "direct_map_4m",
    }
    assert found.high_free == 252 * 1024


def test_numbers_of_pages_are_no_bytes() -> None:
    found = parse_meminfo(text(MODERN, "meminfo"))
    assert (found.huge_pages_total, found.huge_page_size) == (8, 2048 * 1024)


@pytest.mark.parametrize("content", [b"", b"\n", b"MemTotal: 5 kB", b"garbage", b"\xff\xfe: 5 kB"])
def test_a_text_with_nothing_of_it_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match="reads"):
        parse_meminfo(content)


@pytest.mark.parametrize("content", [b"Active: x kB", b"Active:", b"Dirty: 1.5 kB"])
def test_what_is_no_number_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"invalid literal|reads"):
        parse_meminfo(content)


@on_linux
def test_nothing_of_this_kernels_file_is_left_out() -> None:
    found = only(MeminfoCollector().collect())
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    missing = {line.partition(":")[0] for line in lines} - ELSEWHERE
    names = {name: field for field, name in exported(Meminfo).items()}
    for line in lines:
        name, _ = spelled(line)
        if name in names and getattr(found, names[name]) is not None:
            missing.discard(line.partition(":")[0])
    assert not missing
    assert len(names) == len(dataclasses.fields(Meminfo))
