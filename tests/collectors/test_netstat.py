"""What the protocols count: every name of node_exporter's once, from the column that it is in."""

import re
import socket
from contextlib import closing
from pathlib import Path

import pytest

from monitor.collectors.netstat import Netstat, NetstatCollector, parse_netstat
from monitor.collectors.tcp import Tcp, TcpCollector, parse_tcp
from monitor.model.sample import Unavailable
from tests.collectors.kernels import MODERN, OLDER, exported, shown, text
from tests.collectors.sources import known, on_linux, only

# node_exporter's --collector.netstat.fields, with what the dashboard reads besides.
FIELDS = re.compile(
    r"(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)"
    r"|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)"
    r"|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab|MaxConn)"
    r"|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))"
)


def told(proc: str) -> dict[str, int]:
    """What node_exporter would pass on of a /proc, read in another way than ours."""
    found: dict[str, int] = {}
    for name in ("snmp", "netstat"):
        lines = (Path(proc) / "net" / name).read_text(encoding="ascii").splitlines()
        for heading, numbers in zip(lines[::2], lines[1::2], strict=True):
            protocol, *titles = heading.split()
            for title, number in zip(titles, numbers.split()[1:], strict=True):
                found[protocol[:-1] + "_" + title] = int(number)
    snmp6 = Path(proc) / "net" / "snmp6"
    for line in snmp6.read_text(encoding="ascii").splitlines() if snmp6.exists() else ():
        name, number = line.split()
        protocol, _, title = name.partition("6")
        found[f"{protocol}6_{title}"] = int(number)
    return {f"node_netstat_{k}": v for k, v in found.items() if FIELDS.fullmatch(k)}


def read(proc: str) -> dict[str, object]:
    """What both collectors read, by name."""
    netstat = shown(only(NetstatCollector(proc).collect()))
    tcp = shown(only(TcpCollector(proc).collect()))
    assert not netstat.keys() & tcp.keys()
    return netstat | {k: v for k, v in tcp.items() if k.startswith("node_netstat_")}


@on_linux
@pytest.mark.parametrize("proc", [MODERN, OLDER])
def test_both_together_have_what_node_exporter_passes_on(proc: str) -> None:
    assert read(proc) == told(proc)


def test_on_a_modern_kernel_nothing_is_missing() -> None:
    tables = text(MODERN, "net/snmp") + text(MODERN, "net/netstat")
    found = parse_netstat(tables, text(MODERN, "net/snmp6"))
    assert known(found) == set(exported(Netstat))
    assert (found.tcp_maximum, found.ip_forwarding, found.udp6_in_errors) == (-1, 2, 508)
    assert (found.tcp_out_of_order, found.tcp_receive_drops) == (407, 408)


def test_what_a_kernel_does_not_count_is_not_known() -> None:
    found = parse_netstat(text(OLDER, "net/snmp") + text(OLDER, "net/netstat"))
    assert found.tcp_receive_drops is None
    assert found.udp6_in is None
    assert found.syncookies_failed == 43


def test_tcp_fares_as_the_three_files_say() -> None:
    tables = text(MODERN, "net/snmp") + text(MODERN, "net/netstat")
    assert parse_tcp(tables, text(MODERN, "net/sockstat")) == Tcp(
        established=203,
        time_wait=37,
        orphans=2,
        active_opens=201,
        passive_opens=202,
        retransmits=206,
        listen_overflows=404,
        listen_drops=405,
    )


@pytest.mark.parametrize("tables", [b"", b"garbage\n", b"Tcp: ActiveOpens\nTcp: x\n"])
def test_what_are_no_tables_is_an_error(tables: bytes) -> None:
    with pytest.raises(ValueError, match=r"sought|invalid literal"):
        parse_netstat(tables)
    with pytest.raises(ValueError, match=r"sought|invalid literal"):
        parse_tcp(tables, b"TCP: tw 1\n")


@on_linux
def test_without_a_network_it_says_so(tmp_path: Path) -> None:
    for collector in (NetstatCollector(str(tmp_path)), TcpCollector(str(tmp_path))):
        with pytest.raises(Unavailable, match="snmp"):
            list(collector.collect())


@on_linux
def test_the_figures_are_what_the_kernel_says() -> None:
    gauges = {
        "node_netstat_Tcp_CurrEstab",
        "node_netstat_Tcp_MaxConn",
        "node_netstat_Ip_Forwarding",
    }
    before, found, after = told("/proc"), read("/proc"), told("/proc")
    assert found.keys() == before.keys()
    for name in found.keys() - gauges:
        assert before[name] <= found[name] <= after[name], name  # type: ignore[operator]


@on_linux
def test_a_kept_file_goes_on_telling() -> None:
    collector = TcpCollector()
    opens = only(collector.collect()).active_opens
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        socket.create_connection(server.getsockname()).close()
    assert only(collector.collect()).active_opens > opens
