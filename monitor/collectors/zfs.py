"""ZFS: its cache in memory, which counts as used there, and how its pools are."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

from monitor.collectors.collector import need_linux, read_text
from monitor.collectors.sysfs import names, parse_number, read_line
from monitor.model.export import UNEXPORTED, untyped
from monitor.model.metric import (
    BYTES,
    COUNT,
    FLAG,
    OPERATIONS,
    RATIO,
    TEXT,
    Quotient,
    Record,
    counter,
    gauge,
    info,
    key,
    record,
)
from monitor.model.sample import Unavailable

KSTAT = Path("/proc/spl/kstat/zfs")
# spl/sys/kstat.h: the types of the whole numbers of 64 bits.
KSTAT_DATA_64 = ("3", "4")


@record
class Arc(Record):
    """The adaptive replacement cache of ZFS (OpenZFS: man/man4/zfs.4, kstat arcstats)."""

    FAMILY = "arc"
    hits: int | None = counter(OPERATIONS, "Reads from it", prom=untyped("node_zfs_arc_hits"))
    misses: int | None = counter(OPERATIONS, "Reads past it", prom=untyped("node_zfs_arc_misses"))
    accesses: int | None = counter(OPERATIONS, "Reads", shown=False, prom=UNEXPORTED)
    size: int | None = gauge(BYTES, "Its size", prom=untyped("node_zfs_arc_size"))
    target: int | None = gauge(BYTES, "The size that it wants", prom=untyped("node_zfs_arc_c"))
    minimum: int | None = gauge(
        BYTES, "The least that it shrinks to", prom=untyped("node_zfs_arc_c_min")
    )
    maximum: int | None = gauge(
        BYTES, "The most that it grows to", prom=untyped("node_zfs_arc_c_max")
    )
    recent_size: int | None = gauge(
        BYTES, "Of it, what was used lately", prom=untyped("node_zfs_arc_mru_size")
    )
    frequent_size: int | None = gauge(
        BYTES, "Of it, what was used often", prom=untyped("node_zfs_arc_mfu_size")
    )
    recent_hits: int | None = counter(
        OPERATIONS, "Reads of what was used lately", prom=untyped("node_zfs_arc_mru_hits")
    )
    frequent_hits: int | None = counter(
        OPERATIONS, "Reads of what was used often", prom=untyped("node_zfs_arc_mfu_hits")
    )
    demand_data_hits: int | None = counter(
        OPERATIONS, "Reads by programs", prom=untyped("node_zfs_arc_demand_data_hits")
    )
    demand_data_misses: int | None = counter(
        OPERATIONS, "Reads by programs, past it", prom=untyped("node_zfs_arc_demand_data_misses")
    )
    demand_metadata_hits: int | None = counter(
        OPERATIONS, "Reads of metadata", prom=untyped("node_zfs_arc_demand_metadata_hits")
    )
    demand_metadata_misses: int | None = counter(
        OPERATIONS,
        "Reads of metadata, past it",
        prom=untyped("node_zfs_arc_demand_metadata_misses"),
    )
    l2_hits: int | None = counter(
        OPERATIONS, "Reads from the second level", prom=untyped("node_zfs_arc_l2_hits")
    )
    l2_misses: int | None = counter(
        OPERATIONS, "Reads past the second level", prom=untyped("node_zfs_arc_l2_misses")
    )
    l2_size: int | None = gauge(
        BYTES, "What the second level holds", prom=untyped("node_zfs_arc_l2_size")
    )
    l2_stored: int | None = gauge(
        BYTES, "What that takes on its device", prom=untyped("node_zfs_arc_l2_asize")
    )
    throttled: int | None = counter(
        COUNT,
        "Reads that had to wait for memory",
        prom=untyped("node_zfs_arc_memory_throttle_count"),
    )

    hit_share = Quotient("hits", "accesses", RATIO, "Reads from it over all reads")


FIGURES: tuple[str, ...] = tuple(Arc.__slots__)
# The kernel's names of these fields, where they are others.
KERNEL_NAMES = {
    "target": "c",
    "minimum": "c_min",
    "maximum": "c_max",
    "recent_size": "mru_size",
    "frequent_size": "mfu_size",
    "recent_hits": "mru_hits",
    "frequent_hits": "mfu_hits",
    "l2_stored": "l2_asize",
    "throttled": "memory_throttle_count",
}


@record
class Zpool(Record):
    """Each pool of ZFS, and its state (OpenZFS: man/man7/zpoolconcepts.7)."""

    FAMILY = "zpool"
    zpool: str = key("The pool's name")
    state: str | None = info(TEXT, "How it is", prom=UNEXPORTED)
    healthy: bool | None = info(FLAG, "It is online", prom='node_zfs_zpool_state{state="online"}')
    degraded: bool | None = info(
        FLAG, "Devices are missing", prom='node_zfs_zpool_state{state="degraded"}'
    )
    faulted: bool | None = info(
        FLAG, "It cannot be read", prom='node_zfs_zpool_state{state="faulted"}'
    )
    offline: bool | None = info(
        FLAG, "It was taken offline", prom='node_zfs_zpool_state{state="offline"}'
    )
    removed: bool | None = info(
        FLAG, "Its device was taken out", prom='node_zfs_zpool_state{state="removed"}'
    )
    unavailable: bool | None = info(
        FLAG, "It cannot be opened", prom='node_zfs_zpool_state{state="unavail"}'
    )
    suspended: bool | None = info(
        FLAG, "It waits for its devices", prom='node_zfs_zpool_state{state="suspended"}'
    )


class ZfsCollector:
    """/proc/spl/kstat/zfs."""

    name: ClassVar[str] = "zfs"
    records: ClassVar[tuple[type[Record], ...]] = (Arc, Zpool)
    period: ClassVar[float] = 5.0

    def __init__(self, root: Path = KSTAT) -> None:
        self._root = root

    def collect(self) -> Iterable[Record]:
        need_linux("ZFS in the kernel")
        try:
            text = read_text(self._root / "arcstats")
        except FileNotFoundError as fault:
            raise Unavailable("ZFS is not loaded") from fault
        yield parse_arcstats(text)
        for name in names(self._root):
            state = read_line(f"{self._root}/{name}/state")
            if state is not None:
                yield pool_of(name, state)


def parse_arcstats(text: str) -> Arc:
    """Lines of name, type and value, below a line that says so. Raises ValueError without it."""
    head, begin, body = text.partition("\nname ")
    if not begin:
        raise ValueError(f"arcstats reads {head[:60]!r}")
    told: dict[str, int | None] = {}
    for line in body.splitlines()[1:]:
        parts = line.split()
        if len(parts) == 3 and parts[1] in KSTAT_DATA_64:
            told[parts[0]] = parse_number(parts[2])
    fields: dict[str, Any] = {name: told.get(KERNEL_NAMES.get(name, name)) for name in FIGURES}
    if fields["hits"] is not None and fields["misses"] is not None:
        fields["accesses"] = fields["hits"] + fields["misses"]
    return Arc(**fields)


def pool_of(name: str, state: str) -> Zpool:
    """The record of a pool from the one word of its file."""
    word = state.strip().lower()
    return Zpool(
        zpool=name,
        state=word,
        healthy=word == "online",
        degraded=word == "degraded",
        faulted=word == "faulted",
        offline=word == "offline",
        removed=word == "removed",
        unavailable=word == "unavail",
        suspended=word == "suspended",
    )
