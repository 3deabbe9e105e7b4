"""How many sockets there are of each protocol, and the memory that they take."""

import resource
from collections.abc import Iterable
from contextlib import suppress
from typing import ClassVar

from monitor.collectors.kernel_file import PROC, KeptFile, Names
from monitor.model.metric import BYTES, COUNT, KERNEL, Record, gauge, record
from monitor.model.sample import Unavailable


@record
class Sockstat(Record):
    """Sockets of this network namespace; their memory is that of all (net/ipv4/proc.c).

    TCP's in TIME_WAIT and its orphans are in `tcp`.
    """

    FAMILY = "sockstat"
    TOPIC = KERNEL
    sockets_used: int | None = gauge(
        COUNT, "Sockets of all kinds", prom="node_sockstat_sockets_used"
    )
    tcp_inuse: int | None = gauge(
        COUNT, "TCP, those that are bound or connected", prom="node_sockstat_TCP_inuse"
    )
    tcp_alloc: int | None = gauge(COUNT, "TCP, all", prom="node_sockstat_TCP_alloc")
    tcp_mem: int | None = gauge(COUNT, "Pages that TCP takes", prom="node_sockstat_TCP_mem")
    tcp_mem_bytes: int | None = gauge(
        BYTES, "Memory that TCP takes", prom="node_sockstat_TCP_mem_bytes"
    )
    udp_inuse: int | None = gauge(COUNT, "UDP", prom="node_sockstat_UDP_inuse")
    udp_mem: int | None = gauge(COUNT, "Pages that UDP takes", prom="node_sockstat_UDP_mem")
    udp_mem_bytes: int | None = gauge(
        BYTES, "Memory that UDP takes", prom="node_sockstat_UDP_mem_bytes"
    )
    udplite_inuse: int | None = gauge(COUNT, "UDP-Lite", prom="node_sockstat_UDPLITE_inuse")
    raw_inuse: int | None = gauge(COUNT, "Raw", prom="node_sockstat_RAW_inuse")
    frag_inuse: int | None = gauge(
        COUNT, "Packets being put together", prom="node_sockstat_FRAG_inuse"
    )
    frag_memory: int | None = gauge(
        BYTES, "Memory that their pieces take", prom="node_sockstat_FRAG_memory"
    )
    tcp6_inuse: int | None = gauge(COUNT, "TCP over IPv6", prom="node_sockstat_TCP6_inuse")
    udp6_inuse: int | None = gauge(COUNT, "UDP over IPv6", prom="node_sockstat_UDP6_inuse")
    udplite6_inuse: int | None = gauge(
        COUNT, "UDP-Lite over IPv6", prom="node_sockstat_UDPLITE6_inuse"
    )
    raw6_inuse: int | None = gauge(COUNT, "Raw over IPv6", prom="node_sockstat_RAW6_inuse")
    frag6_inuse: int | None = gauge(
        COUNT, "IPv6 packets being put together", prom="node_sockstat_FRAG6_inuse"
    )
    frag6_memory: int | None = gauge(
        BYTES, "Memory that their pieces take", prom="node_sockstat_FRAG6_memory"
    )


NAMES = Names.of(Sockstat, "node_sockstat_")


class SockstatCollector:
    """/proc/net/sockstat, and sockstat6 where the kernel speaks IPv6."""

    name: ClassVar[str] = "sockstat"
    records: ClassVar[tuple[type[Record], ...]] = (Sockstat,)
    period: ClassVar[float] = 0.0

    def __init__(self, proc: str = PROC) -> None:
        self._sockstat = KeptFile(f"{proc}/net/sockstat")
        self._sockstat6 = KeptFile(f"{proc}/net/sockstat6")

    def collect(self) -> Iterable[Record]:
        text = self._sockstat.read()
        with suppress(Unavailable):
            text += self._sockstat6.read()
        yield parse_sockstat(text)


def parse_sockstat(text: bytes) -> Sockstat:
    """Both files, one below the other; pages made bytes as well. Raises ValueError."""
    found = parse_sockets(text, NAMES)
    for protocol in ("tcp", "udp"):
        pages = found.get(f"{protocol}_mem")
        if pages is not None:
            found[f"{protocol}_mem_bytes"] = pages * resource.getpagesize()
    return Sockstat(**found)


def parse_sockets(text: bytes, names: Names) -> dict[str, int]:
    """The wanted of lines such as `TCP: inuse 1 orphan 0`. Raises ValueError."""
    found: dict[str, int] = {}
    for line in text.splitlines():
        protocol, _, rest = line.partition(b":")
        words = rest.split()
        for title, number in zip(words[::2], words[1::2], strict=True):
            field = names.fields.get(protocol + b"_" + title)
            if field is not None:
                found[field] = int(number)
    if not found:
        raise ValueError(f"/proc/net/sockstat reads {text[:60]!r}")
    return found
