"""What the network's protocols count: packets, errors, drops."""

from collections.abc import Iterable
from typing import ClassVar

from monitor.collectors.kernel_file import (
    PROC,
    KeptFile,
    Names,
    parse_pairs,
    parse_tables,
)
from monitor.model.export import untyped
from monitor.model.metric import BYTES, COUNT, KERNEL, PACKETS, Record, counter, gauge, record
from monitor.model.sample import Unavailable


@record
class Netstat(Record):
    """What the protocols count in this network namespace (kernel: networking/snmp_counter.rst).

    Those that node_exporter passes on; some of TCP are in `tcp`.
    """

    FAMILY = "netstat"
    TOPIC = KERNEL
    ip_forwarding: int | None = gauge(
        COUNT, "1 where IPv4 is forwarded, else 2", prom=untyped("node_netstat_Ip_Forwarding")
    )
    ip_in: int | None = counter(
        BYTES, "Received over IPv4", prom=untyped("node_netstat_IpExt_InOctets")
    )
    ip_out: int | None = counter(
        BYTES, "Sent over IPv4", prom=untyped("node_netstat_IpExt_OutOctets")
    )
    ip6_in: int | None = counter(
        BYTES, "Received over IPv6", prom=untyped("node_netstat_Ip6_InOctets")
    )
    ip6_out: int | None = counter(
        BYTES, "Sent over IPv6", prom=untyped("node_netstat_Ip6_OutOctets")
    )
    icmp_in: int | None = counter(
        PACKETS, "ICMP received", prom=untyped("node_netstat_Icmp_InMsgs")
    )
    icmp_out: int | None = counter(PACKETS, "ICMP sent", prom=untyped("node_netstat_Icmp_OutMsgs"))
    icmp_in_errors: int | None = counter(
        PACKETS, "ICMP received damaged", prom=untyped("node_netstat_Icmp_InErrors")
    )
    icmp6_in: int | None = counter(
        PACKETS, "ICMPv6 received", prom=untyped("node_netstat_Icmp6_InMsgs")
    )
    icmp6_out: int | None = counter(
        PACKETS, "ICMPv6 sent", prom=untyped("node_netstat_Icmp6_OutMsgs")
    )
    icmp6_in_errors: int | None = counter(
        PACKETS, "ICMPv6 received damaged", prom=untyped("node_netstat_Icmp6_InErrors")
    )
    tcp_maximum: int | None = gauge(
        COUNT,
        "As many connections may be; -1 where that is not fixed",
        prom=untyped("node_netstat_Tcp_MaxConn"),
    )
    tcp_in: int | None = counter(
        PACKETS, "TCP segments received", prom=untyped("node_netstat_Tcp_InSegs")
    )
    tcp_out: int | None = counter(
        PACKETS, "TCP segments sent", prom=untyped("node_netstat_Tcp_OutSegs")
    )
    tcp_in_errors: int | None = counter(
        PACKETS, "TCP segments received damaged", prom=untyped("node_netstat_Tcp_InErrs")
    )
    tcp_out_resets: int | None = counter(
        PACKETS, "TCP segments sent that refuse or reset", prom=untyped("node_netstat_Tcp_OutRsts")
    )
    tcp_syn_retransmits: int | None = counter(
        PACKETS,
        "TCP connections asked for once more",
        prom=untyped("node_netstat_TcpExt_TCPSynRetrans"),
    )
    tcp_timeouts: int | None = counter(
        COUNT, "TCP waited in vain to be answered", prom=untyped("node_netstat_TcpExt_TCPTimeouts")
    )
    tcp_out_of_order: int | None = counter(
        PACKETS,
        "TCP segments kept as others before them are missing",
        prom=untyped("node_netstat_TcpExt_TCPOFOQueue"),
    )
    tcp_receive_drops: int | None = counter(
        PACKETS,
        "TCP segments dropped as the receive queue is full",
        prom=untyped("node_netstat_TcpExt_TCPRcvQDrop"),
    )
    syncookies_sent: int | None = counter(
        COUNT, "SYN cookies sent", prom=untyped("node_netstat_TcpExt_SyncookiesSent")
    )
    syncookies_received: int | None = counter(
        COUNT, "SYN cookies that came back", prom=untyped("node_netstat_TcpExt_SyncookiesRecv")
    )
    syncookies_failed: int | None = counter(
        COUNT,
        "SYN cookies that came back and were none of ours",
        prom=untyped("node_netstat_TcpExt_SyncookiesFailed"),
    )
    udp_in: int | None = counter(
        PACKETS, "UDP received", prom=untyped("node_netstat_Udp_InDatagrams")
    )
    udp_out: int | None = counter(
        PACKETS, "UDP sent", prom=untyped("node_netstat_Udp_OutDatagrams")
    )
    udp_in_errors: int | None = counter(
        PACKETS, "UDP received and not delivered", prom=untyped("node_netstat_Udp_InErrors")
    )
    udp_no_ports: int | None = counter(
        PACKETS, "UDP for a port that nobody has", prom=untyped("node_netstat_Udp_NoPorts")
    )
    udp_receive_drops: int | None = counter(
        PACKETS,
        "UDP dropped as the receive queue is full",
        prom=untyped("node_netstat_Udp_RcvbufErrors"),
    )
    udp_send_drops: int | None = counter(
        PACKETS,
        "UDP not sent as the send queue is full",
        prom=untyped("node_netstat_Udp_SndbufErrors"),
    )
    udp_lite_in_errors: int | None = counter(
        PACKETS,
        "UDP-Lite received and not delivered",
        prom=untyped("node_netstat_UdpLite_InErrors"),
    )
    udp6_in: int | None = counter(
        PACKETS, "UDP over IPv6 received", prom=untyped("node_netstat_Udp6_InDatagrams")
    )
    udp6_out: int | None = counter(
        PACKETS, "UDP over IPv6 sent", prom=untyped("node_netstat_Udp6_OutDatagrams")
    )
    udp6_in_errors: int | None = counter(
        PACKETS,
        "UDP over IPv6 received and not delivered",
        prom=untyped("node_netstat_Udp6_InErrors"),
    )
    udp6_no_ports: int | None = counter(
        PACKETS,
        "UDP over IPv6 for a port that nobody has",
        prom=untyped("node_netstat_Udp6_NoPorts"),
    )
    udp6_receive_drops: int | None = counter(
        PACKETS,
        "UDP over IPv6 dropped as the receive queue is full",
        prom=untyped("node_netstat_Udp6_RcvbufErrors"),
    )
    udp6_send_drops: int | None = counter(
        PACKETS,
        "UDP over IPv6 not sent as the send queue is full",
        prom=untyped("node_netstat_Udp6_SndbufErrors"),
    )
    udp_lite6_in_errors: int | None = counter(
        PACKETS,
        "UDP-Lite over IPv6 received and not delivered",
        prom=untyped("node_netstat_UdpLite6_InErrors"),
    )


NAMES = Names.of(Netstat, "node_netstat_")
# There it is Udp6InErrors what node_exporter calls Udp6_InErrors.
SNMP6_NAMES = Names(
    {name.replace(b"6_", b"6"): field for name, field in NAMES.fields.items() if b"6_" in name}
)


class NetstatCollector:
    """/proc/net/netstat, snmp and snmp6; the last where the kernel speaks IPv6."""

    name: ClassVar[str] = "netstat"
    records: ClassVar[tuple[type[Record], ...]] = (Netstat,)
    period: ClassVar[float] = 0.0

    def __init__(self, proc: str = PROC) -> None:
        self._snmp = KeptFile(f"{proc}/net/snmp")
        self._netstat = KeptFile(f"{proc}/net/netstat")
        self._snmp6 = KeptFile(f"{proc}/net/snmp6")

    def collect(self) -> Iterable[Record]:
        tables = self._snmp.read() + self._netstat.read()
        try:
            snmp6 = self._snmp6.read()
        except Unavailable:
            snmp6 = b""
        yield parse_netstat(tables, snmp6)


def parse_netstat(tables: bytes, snmp6: bytes = b"") -> Netstat:
    """Both tables, one below the other, and the lines of snmp6. Raises ValueError."""
    found = parse_tables(tables, NAMES)
    if snmp6:
        found |= parse_pairs(snmp6, SNMP6_NAMES)
    return Netstat(**found)
