"""What the memory is made of, and what has been moved out of it."""

import resource
import sys
import warnings
from collections.abc import Collection, Iterable
from typing import Any, ClassVar

import psutil

from monitor.model.metric import BYTES, RATIO, Record, counter, gauge, record

PSUTIL_PAGE_BYTES = 4096


@record
class Memory(Record):
    """The machine's memory (proc_meminfo(5))."""

    FAMILY = "memory"
    total: int | None = gauge(
        BYTES, "All that the kernel manages", prom="node_memory_MemTotal_bytes"
    )
    available: int | None = gauge(
        BYTES,
        "What programs can still have without swapping",
        prom="node_memory_MemAvailable_bytes",
    )
    used: int | None = gauge(BYTES, "What could not be had without swapping: total - available")
    used_share: float | None = gauge(RATIO, "Used over total")
    free: int | None = gauge(
        BYTES, "Used for nothing at all, not even cache", prom="node_memory_MemFree_bytes"
    )
    active: int | None = gauge(BYTES, "Used lately")
    inactive: int | None = gauge(BYTES, "Not used lately; taken back first")
    buffers: int | None = gauge(
        BYTES, "Cache of raw block devices", prom="node_memory_Buffers_bytes"
    )
    cached: int | None = gauge(BYTES, "Cache of files, and tmpfs")
    shared: int | None = gauge(BYTES, "tmpfs and shared memory", prom="node_memory_Shmem_bytes")
    slab: int | None = gauge(BYTES, "The kernel's own caches")
    wired: int | None = gauge(BYTES, "May not leave the memory (macOS)")


@record
class Swap(Record):
    """What has been moved out of the memory."""

    FAMILY = "swap"
    total: int | None = gauge(
        BYTES,
        "Room there is; 0 where the machine has no swap",
        prom="node_memory_SwapTotal_bytes",
    )
    used: int | None = gauge(BYTES, "Room taken")
    free: int | None = gauge(BYTES, "Room left", prom="node_memory_SwapFree_bytes")
    used_share: float | None = gauge(RATIO, "Used over total")
    swapped_in: int | None = counter(BYTES, "Brought back")
    swapped_out: int | None = counter(BYTES, "Moved out")


class MemoryCollector:
    """psutil's memory and swap, with its guesses taken out.

    psutil warns of each figure that it could not find, and shows it as 0. Which those are is a
    matter of the kernel: it is found out once. To catch its warnings at every reading would take
    everybody else's with them, as Python has one list of what to do with warnings for all threads.
    """

    name: ClassVar[str] = "memory"
    records: ClassVar[tuple[type[Record], ...]] = (Memory, Swap)
    period: ClassVar[float] = 0.0

    def __init__(self) -> None:
        self._unknown: frozenset[str] | None = None
        warnings.filterwarnings("ignore", ".*memory stats couldn't be determined", RuntimeWarning)

    def collect(self) -> Iterable[Record]:
        if self._unknown is None:
            self._unknown = _find_unknown()
        yield memory_of(psutil.virtual_memory(), self._unknown)
        yield swap_of(psutil.swap_memory(), self._unknown)


def memory_of(memory: Any, unknown: Collection[str] = ()) -> Memory:
    """The record of psutil's figures, without those that it did not know."""
    known = _known(memory, unknown)
    total = known.get("total")
    # Neither is ever 0: that is how psutil says, without a warning, that it does not know.
    available, slab = known.get("available") or None, known.get("slab") or None
    used = total - available if total is not None and available is not None else None
    as_told = ("free", "active", "inactive", "buffers", "cached", "shared", "wired")
    return Memory(
        total=total,
        available=available,
        used=used,
        used_share=_share(used, total),
        slab=slab,
        **{name: known.get(name) for name in as_told},
    )


def swap_of(swap: Any, unknown: Collection[str] = ()) -> Swap:
    """The record of psutil's figures, without those that it did not know."""
    known = _known(swap, unknown)
    return Swap(
        total=known.get("total"),
        used=known.get("used"),
        free=known.get("free"),
        used_share=_share(known.get("used"), known.get("total")),
        swapped_in=_swapped(known.get("sin")),
        swapped_out=_swapped(known.get("sout")),
    )


def _swapped(told: int | None) -> int | None:
    """On Linux psutil takes every page for 4 KiB; on ARM and POWER they may be 16 or 64."""
    if told is None or not sys.platform.startswith("linux"):
        return told
    return told // PSUTIL_PAGE_BYTES * resource.getpagesize()


def _find_unknown() -> frozenset[str]:
    """The words of psutil's complaints, the names of what it does not know among them."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        psutil.virtual_memory()
        psutil.swap_memory()
    said = " ".join(str(w.message) for w in caught if w.category is RuntimeWarning)
    return frozenset(said.replace(",", " ").replace("'", " ").split())


def _known(figures: Any, unknown: Collection[str]) -> dict[str, int]:
    return {name: value for name, value in figures._asdict().items() if name not in unknown}


def _share(used: int | None, total: int | None) -> float | None:
    return used / total if used is not None and total else None
