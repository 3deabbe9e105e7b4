"""What the memory is made of, and what has been moved out of it."""

import warnings
from collections.abc import Iterable
from typing import Any, ClassVar

import psutil

from monitor.model.metric import BYTES, RATIO, Record, counter, gauge, record


@record
class Memory(Record):
    """The machine's memory (proc_meminfo(5))."""

    FAMILY = "memory"
    total: int | None = gauge(BYTES, "All that the kernel manages")
    available: int | None = gauge(BYTES, "What programs can still have without swapping")
    used: int | None = gauge(BYTES, "What could not be had without swapping: total - available")
    used_share: float | None = gauge(RATIO, "Used over total")
    free: int | None = gauge(BYTES, "Used for nothing at all, not even cache")
    active: int | None = gauge(BYTES, "Used lately")
    inactive: int | None = gauge(BYTES, "Not used lately; taken back first")
    buffers: int | None = gauge(BYTES, "Cache of raw block devices")
    cached: int | None = gauge(BYTES, "Cache of files, and tmpfs")
    shared: int | None = gauge(BYTES, "tmpfs and shared memory")
    slab: int | None = gauge(BYTES, "The kernel's own caches")
    wired: int | None = gauge(BYTES, "May not leave the memory (macOS)")


@record
class Swap(Record):
    """What has been moved out of the memory."""

    FAMILY = "swap"
    total: int | None = gauge(BYTES, "Room there is; 0 where the machine has no swap")
    used: int | None = gauge(BYTES, "Room taken")
    free: int | None = gauge(BYTES, "Room left")
    used_share: float | None = gauge(RATIO, "Used over total")
    swapped_in: int | None = counter(BYTES, "Brought back")
    swapped_out: int | None = counter(BYTES, "Moved out")


class MemoryCollector:
    """psutil's memory and swap, with its guesses taken out."""

    name: ClassVar[str] = "memory"
    records: ClassVar[tuple[type[Record], ...]] = (Memory, Swap)
    period: ClassVar[float] = 0.0

    def collect(self) -> Iterable[Record]:
        with warnings.catch_warnings(record=True) as caught:
            # psutil warns of each figure that it could not find, and shows it as 0.
            warnings.simplefilter("always")
            memory, swap = psutil.virtual_memory(), psutil.swap_memory()
        complaints = " ".join(str(warning.message) for warning in caught)
        yield memory_of(memory, complaints)
        yield swap_of(swap, complaints)


def memory_of(memory: Any, complaints: str = "") -> Memory:
    """The record of psutil's figures. What `complaints` names, psutil did not know."""
    known = _known(memory, complaints)
    total, available = known.get("total"), known.get("available")
    used = total - available if total is not None and available is not None else None
    return Memory(
        total=total,
        available=available,
        used=used,
        used_share=_share(used, total),
        **{
            name: known.get(name)
            for name in (
                "free",
                "active",
                "inactive",
                "buffers",
                "cached",
                "shared",
                "slab",
                "wired",
            )
        },
    )


def swap_of(swap: Any, complaints: str = "") -> Swap:
    """The record of psutil's figures. What `complaints` names, psutil did not know."""
    known = _known(swap, complaints)
    return Swap(
        total=known.get("total"),
        used=known.get("used"),
        free=known.get("free"),
        used_share=_share(known.get("used"), known.get("total")),
        swapped_in=known.get("sin"),
        swapped_out=known.get("sout"),
    )


def _known(figures: Any, complaints: str) -> dict[str, int]:
    words = set(complaints.replace(",", " ").replace("'", " ").split())
    return {name: value for name, value in figures._asdict().items() if name not in words}


def _share(used: int | None, total: int | None) -> float | None:
    return used / total if used is not None and total else None
