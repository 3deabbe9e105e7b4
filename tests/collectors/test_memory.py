"""What the memory is made of; what psutil makes up is not shown."""

import resource
import sys
import warnings
from collections import namedtuple
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor.collectors.memory import Memory, MemoryCollector, Swap
from tests.collectors import exporter
from tests.collectors.sources import figures, known, made, on_linux, use_proc

KB = 1024
SWAP = namedtuple("SWAP", "total used free percent sin sout")
MAC = namedtuple("MAC", "total available percent used free active inactive wired")


def read() -> tuple[Any, Any]:
    memory, swap = MemoryCollector().collect()
    return memory, swap


@pytest.fixture
def linux_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(resource, "getpagesize", lambda: 4096)


@on_linux
@pytest.mark.usefixtures("linux_pages")
def test_all_of_a_modern_kernel_s_figures_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    use_proc(monkeypatch, "modern")
    memory, swap = read()
    assert memory == Memory(
        total=32658904 * KB,
        available=21874632 * KB,
        used=(32658904 - 21874632) * KB,
        used_share=(32658904 - 21874632) / 32658904,
        free=1203540 * KB,
        active=9437184 * KB,
        inactive=17825792 * KB,
        buffers=812044 * KB,
        cached=(18120576 + 1572864) * KB,  # what the kernel can reclaim of its own included
        shared=524288 * KB,
        slab=2097152 * KB,
        wired=None,
    )
    assert swap == Swap(
        total=8388604 * KB,
        used=1048576 * KB,
        free=7340028 * KB,
        used_share=1048576 / 8388604,
        swapped_in=4096 * 4096,
        swapped_out=65536 * 4096,
    )


@on_linux
@pytest.mark.usefixtures("linux_pages")
def test_what_the_kernel_says_has_node_exporter_s_name(monkeypatch: pytest.MonkeyPatch) -> None:
    use_proc(monkeypatch, "modern")
    samples, types = exporter.ours(read())
    assert {name: value / KB for (name, _), value in samples.items()} == {
        "node_memory_MemTotal_bytes": 32658904,
        "node_memory_MemAvailable_bytes": 21874632,
        "node_memory_MemFree_bytes": 1203540,
        "node_memory_Buffers_bytes": 812044,
        "node_memory_Shmem_bytes": 524288,
        "node_memory_SwapTotal_bytes": 8388604,
        "node_memory_SwapFree_bytes": 7340028,
    }
    assert set(types.values()) == {"gauge"}


@on_linux
@pytest.mark.usefixtures("linux_pages")
def test_figures_that_an_old_kernel_lacks_are_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    use_proc(monkeypatch, "old")
    memory, swap = read()
    assert known(memory) == {
        "total",
        "available",
        "used",
        "used_share",
        "free",
        "buffers",
        "cached",
    }
    assert memory.available == (102400 + 409600) * KB  # psutil's estimate
    # There is no swap: that is known. What a share of it would be is not.
    assert known(swap) == {"total", "used", "free"}
    assert swap.total == 0


@on_linux
@pytest.mark.usefixtures("linux_pages")
def test_no_vmstat_at_all_is_no_swapping_known(monkeypatch: pytest.MonkeyPatch) -> None:
    use_proc(monkeypatch, "sandbox")
    memory, swap = read()
    assert memory.available == 1945600 * KB
    assert memory.buffers == 0  # that is what it says
    assert memory.slab is None
    assert (swap.swapped_in, swap.swapped_out) == (None, None)


@on_linux
def test_psutil_s_warnings_are_not_heard_of(monkeypatch: pytest.MonkeyPatch) -> None:
    use_proc(monkeypatch, "sandbox")
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        collector = MemoryCollector()
        for _ in range(3):
            list(collector.collect())
    assert not heard


@on_linux
def test_other_people_s_warnings_are(monkeypatch: pytest.MonkeyPatch) -> None:
    use_proc(monkeypatch, "sandbox")
    collector = MemoryCollector()
    list(collector.collect())

    def forbidden(**_: Any) -> None:
        raise AssertionError("it changed what all threads do with warnings")

    with monkeypatch.context() as meanwhile:  # pytest uses it too
        meanwhile.setattr(warnings, "catch_warnings", forbidden)
        list(collector.collect())
    with pytest.raises(RuntimeWarning, match="mine"):
        warnings.warn("mine", RuntimeWarning, stacklevel=1)


@on_linux
@pytest.mark.parametrize("page", [4096, 16384, 65536])
def test_swapped_pages_are_as_large_as_this_machine_s(
    monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    use_proc(monkeypatch, "modern")
    monkeypatch.setattr(resource, "getpagesize", lambda: page)
    _, swap = read()
    assert (swap.swapped_in, swap.swapped_out) == (4096 * page, 65536 * page)


def test_macos_has_wired_memory_and_no_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(resource, "getpagesize", lambda: 16384)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: MAC(100, 40, 60.0, 55, 10, 30, 25, 20))
    monkeypatch.setattr(psutil, "swap_memory", lambda: SWAP(10, 4, 6, 40.0, 70000, 80000))
    memory, swap = read()
    assert memory == made(
        Memory,
        total=100,
        available=40,
        used=60,
        used_share=0.6,
        free=10,
        active=30,
        inactive=25,
        wired=20,
    )
    # There psutil counts pages as they are.
    assert (swap.swapped_in, swap.swapped_out) == (70000, 80000)


def test_what_is_available_is_never_0_and_is_then_not_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: MAC(100, 0, 60.0, 55, 10, 30, 25, 20))
    memory, _ = read()
    assert (memory.available, memory.used, memory.used_share) == (None, None, None)


def test_swapping_is_shown_by_the_second() -> None:
    before = made(Swap, total=10, used=4, free=6, swapped_in=1_000, swapped_out=0)
    now = made(Swap, total=10, used=5, free=5, swapped_in=9_000, swapped_out=4_000)
    shown = figures([before], [now], elapsed=2.0)["swap"]
    assert (shown["swapped_in"], shown["swapped_out"]) == (4_000, 2_000)


@on_linux
@pytest.mark.parametrize("text", ["", "garbage\n", "MemTotal: many kB\n"])
def test_what_is_no_meminfo_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    (tmp_path / "meminfo").write_text(text)
    use_proc(monkeypatch, tmp_path)
    with pytest.raises((KeyError, ValueError, IndexError)):
        read()


@on_linux
def test_the_figures_are_what_the_kernel_says() -> None:
    def told() -> dict[str, int]:
        with open("/proc/meminfo", encoding="ascii") as file:
            return {
                name: int(rest.split()[0]) * KB for name, rest in (ln.split(":") for ln in file)
            }

    before, (memory, swap), after = told(), read(), told()
    assert memory.total == before["MemTotal"]
    assert swap.total == before["SwapTotal"]
    slack = memory.total // 20  # other programs run
    for field, name in (
        ("available", "MemAvailable"),
        ("free", "MemFree"),
        ("buffers", "Buffers"),
        ("shared", "Shmem"),
        ("slab", "Slab"),
    ):
        low, high = sorted((before[name], after[name]))
        assert low - slack <= getattr(memory, field) <= high + slack, field
    assert memory.used == memory.total - memory.available
