"""The table of connections that the packet filter keeps."""

from collections.abc import Iterable
from typing import ClassVar

from monitor.collectors.kernel_file import PROC, Names, read_file, read_number
from monitor.model.export import as_gauge
from monitor.model.metric import COUNT, KERNEL, PACKETS, Record, counter, gauge, record
from monitor.model.sample import Unavailable


@record
class Conntrack(Record):
    """Connections that netfilter follows (kernel: networking/nf_conntrack-sysctl.rst).

    Where the table is full, new connections are dropped.
    """

    FAMILY = "conntrack"
    TOPIC = KERNEL
    entries: int | None = gauge(COUNT, "Connections in the table", prom="node_nf_conntrack_entries")
    limit: int | None = gauge(
        COUNT, "As many may be (nf_conntrack_max)", prom="node_nf_conntrack_entries_limit"
    )
    found: int | None = counter(
        COUNT, "Found in the table", prom=as_gauge("node_nf_conntrack_stat_found")
    )
    invalid: int | None = counter(
        PACKETS, "That cannot be followed", prom=as_gauge("node_nf_conntrack_stat_invalid")
    )
    ignore: int | None = counter(
        PACKETS, "That were followed already", prom=as_gauge("node_nf_conntrack_stat_ignore")
    )
    insert: int | None = counter(
        COUNT, "Put into the table", prom=as_gauge("node_nf_conntrack_stat_insert")
    )
    insert_failed: int | None = counter(
        COUNT,
        "Not put into the table as it is there",
        prom=as_gauge("node_nf_conntrack_stat_insert_failed"),
    )
    drop: int | None = counter(
        PACKETS,
        "Dropped as the table is full or there is no memory",
        prom=as_gauge("node_nf_conntrack_stat_drop"),
    )
    early_drop: int | None = counter(
        COUNT,
        "Taken out of the full table to make room",
        prom=as_gauge("node_nf_conntrack_stat_early_drop"),
    )
    search_restart: int | None = counter(
        COUNT,
        "Searches begun anew as the table was being resized",
        prom=as_gauge("node_nf_conntrack_stat_search_restart"),
    )


NAMES = Names.of(Conntrack, "node_nf_conntrack_stat_")


class ConntrackCollector:
    """/proc/sys/net/netfilter, and /proc/net/stat/nf_conntrack where the kernel has it."""

    name: ClassVar[str] = "conntrack"
    records: ClassVar[tuple[type[Record], ...]] = (Conntrack,)
    period: ClassVar[float] = 0.0

    def __init__(self, proc: str = PROC) -> None:
        self._netfilter = f"{proc}/sys/net/netfilter"
        self._stat = f"{proc}/net/stat/nf_conntrack"

    def collect(self) -> Iterable[Record]:
        entries = int(read_file(f"{self._netfilter}/nf_conntrack_count"))
        try:
            counted = parse_conntrack(read_file(self._stat))
        except Unavailable:
            counted = {}
        limit = read_number(f"{self._netfilter}/nf_conntrack_max")
        yield Conntrack(entries=entries, limit=limit, **counted)


def parse_conntrack(text: bytes) -> dict[str, int]:
    """Names, and below them a line of hexadecimal numbers for each processor: their sums, by field.

    Raises ValueError for anything else.
    """
    names = NAMES.fields
    heading, *lines = text.splitlines()
    titles = heading.split()
    found = {names[title]: 0 for title in titles if title in names}
    for line in lines:
        for title, word in zip(titles, line.split(), strict=True):
            if title in names:
                found[names[title]] += int(word, 16)
    if not found or not lines:
        raise ValueError(f"/proc/net/stat/nf_conntrack reads {text[:60]!r}")
    return found
