"""How TCP fares: connections, and what is sent again or turned away."""

from collections.abc import Iterable
from typing import ClassVar

from monitor.collectors.kernel_file import PROC, KeptFile, Names, parse_tables
from monitor.collectors.sockstat import parse_sockets
from monitor.model.export import untyped
from monitor.model.metric import COUNT, PACKETS, Record, counter, gauge, record


@record
class Tcp(Record):
    """How TCP fares in this network namespace (kernel: networking/snmp_counter.rst)."""

    FAMILY = "tcp"
    established: int | None = gauge(
        COUNT, "Connections that stand", prom=untyped("node_netstat_Tcp_CurrEstab")
    )
    time_wait: int | None = gauge(
        COUNT, "Connections that have ended and linger", prom="node_sockstat_TCP_tw"
    )
    orphans: int | None = gauge(
        COUNT, "Connections that no process holds any more", prom="node_sockstat_TCP_orphan"
    )
    active_opens: int | None = counter(
        COUNT, "Connections asked for from here", prom=untyped("node_netstat_Tcp_ActiveOpens")
    )
    passive_opens: int | None = counter(
        COUNT, "Connections taken", prom=untyped("node_netstat_Tcp_PassiveOpens")
    )
    retransmits: int | None = counter(
        PACKETS, "Segments sent once more", prom=untyped("node_netstat_Tcp_RetransSegs")
    )
    listen_overflows: int | None = counter(
        COUNT,
        "Connections turned away as too many wait to be accepted",
        prom=untyped("node_netstat_TcpExt_ListenOverflows"),
    )
    listen_drops: int | None = counter(
        COUNT,
        "Connections turned away for any reason, those included",
        prom=untyped("node_netstat_TcpExt_ListenDrops"),
    )


NETSTAT = Names.of(Tcp, "node_netstat_")
SOCKSTAT = Names.of(Tcp, "node_sockstat_")


class TcpCollector:
    """Parts of /proc/net/snmp, netstat and sockstat."""

    name: ClassVar[str] = "tcp"
    records: ClassVar[tuple[type[Record], ...]] = (Tcp,)
    period: ClassVar[float] = 0.0

    def __init__(self, proc: str = PROC) -> None:
        self._snmp = KeptFile(f"{proc}/net/snmp")
        self._netstat = KeptFile(f"{proc}/net/netstat")
        self._sockstat = KeptFile(f"{proc}/net/sockstat")

    def collect(self) -> Iterable[Record]:
        yield parse_tcp(self._snmp.read() + self._netstat.read(), self._sockstat.read())


def parse_tcp(tables: bytes, sockstat: bytes) -> Tcp:
    """/proc/net/snmp and netstat, one below the other, and sockstat. Raises ValueError."""
    counted = parse_tables(tables, NETSTAT)
    return Tcp(**counted, **parse_sockets(sockstat, SOCKSTAT))
