"""Sockets by state and what waits in their queues: by netlink, or by the tables."""

import errno
import socket
import struct
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from socket import AF_INET, AF_INET6

import pytest

from monitor.collectors import inet_diag, socket_sums
from monitor.collectors.inet_diag import TCP, UDP
from monitor.collectors.socket_sums import Sums, parse_table, sum_diag, sum_sockets, sum_tcp
from monitor.collectors.tcp_states import TcpStates, TcpStatesCollector, states_of
from monitor.collectors.udp_queues import UdpQueuesCollector
from monitor.model.sample import Unavailable
from tests.collectors.kernels import exported
from tests.collectors.sources import by, on_linux, only

HEADING = b"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
LISTENING = b"   0: 0100007F:238A 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0\n"
CONNECTED = b"   1: 0100007F:238A 0100007F:C350 01 00000010:00000200 00:00000000 00000000     0\n"
ENDED = b"   2: 0100007F:238A 0100007F:C351 06 00000000:00000000 03:00001770 00000000     0\n"


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox that lets nobody have a netlink socket."""

    def refuse(*args: object) -> Iterator[bytes]:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(inet_diag, "ask", refuse)


def test_a_table_is_counted_by_state() -> None:
    sums = parse_table(HEADING + LISTENING + CONNECTED + CONNECTED + ENDED, TCP)
    assert sums == Sums(Counter({10: 1, 1: 2, 6: 1}), receive_queue=0x400, send_queue=0x20)


def told(state: int, received: int, sent: int) -> bytes:
    """A message of the kernel about a socket (linux/netlink.h, linux/inet_diag.h)."""
    body = struct.pack("=BB54xIIII", AF_INET, state, received, sent, 0, 12345)
    return struct.pack("=IHHII", 16 + len(body), 20, 0, 1, 0) + body


def test_an_answer_of_the_kernel_is_counted_by_state() -> None:
    sums = Sums()
    chunk = told(1, 0x200, 0x10) + told(10, 3, 128) + told(1, 0x200, 0x10) + told(6, 0, 0)
    assert socket_sums.add_chunk(sums, chunk, TCP) == 4
    assert sums == Sums(Counter({1: 2, 10: 1, 6: 1}), receive_queue=0x400, send_queue=0x20)


def test_the_queue_of_one_that_listens_is_no_bytes() -> None:
    assert parse_table(HEADING + LISTENING, TCP).receive_queue == 0
    # UDP has the number of no such state; nothing is left out of it.
    assert parse_table(HEADING + LISTENING, UDP).receive_queue == 3


@pytest.mark.parametrize(
    "content", [b"\n", b"garbage\n", HEADING + b"1: 2 3\n", HEADING + b"1: a b zz 0:0 0\n"]
)
def test_what_is_no_table_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"table|invalid literal"):
        parse_table(content, TCP)


def test_states_are_told_by_node_exporters_names_and_none_is_0_by_chance() -> None:
    found = states_of(Sums(Counter({n: n for n in range(1, 13)}), 100, 200))
    assert found == TcpStates(
        established=1,
        syn_sent=2,
        syn_recv=3,
        fin_wait1=4,
        fin_wait2=5,
        time_wait=6,
        close=7,
        close_wait=8,
        last_ack=9,
        listen=10,
        closing=11,
        rx_queued=100,
        tx_queued=200,
    )
    labels = {
        field.metadata["metric"].export.labels for field in TcpStates.__dataclass_fields__.values()
    }
    wanted = {name.removesuffix("_queued") for name in exported(TcpStates)}
    assert {value.removesuffix("_queued_bytes") for ((_, value),) in labels} == wanted


@on_linux
def test_a_kernel_without_ipv6_has_the_rest(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp").touch()
    with pytest.raises(Unavailable, match="IPv6"):
        sum_sockets(AF_INET6, TCP, str(tmp_path / "net" / "tcp6"))
    assert only(TcpStatesCollector(str(tmp_path)).collect()).listen is not None
    assert list(by("ip", UdpQueuesCollector(str(tmp_path)).collect())) == ["v4"]


@on_linux
@pytest.mark.usefixtures("refused")
def test_where_netlink_is_refused_the_tables_are_read(tmp_path: Path) -> None:
    net = tmp_path / "net"
    net.mkdir()
    (net / "tcp").write_bytes(HEADING + LISTENING + CONNECTED)
    (net / "tcp6").write_bytes(HEADING + CONNECTED)
    (net / "udp").write_bytes(HEADING + CONNECTED)
    states = only(TcpStatesCollector(str(tmp_path)).collect())
    assert (states.listen, states.established, states.closing) == (1, 2, 0)
    assert (states.rx_queued, states.tx_queued) == (0x400, 0x20)
    queues = only(UdpQueuesCollector(str(tmp_path)).collect())
    assert (queues.ip, queues.rx, queues.tx) == ("v4", 0x200, 0x10)


@on_linux
@pytest.mark.usefixtures("refused")
def test_where_both_are_it_says_so(tmp_path: Path) -> None:
    for collector in (TcpStatesCollector(str(tmp_path)), UdpQueuesCollector(str(tmp_path))):
        with pytest.raises(Unavailable, match="net/"):
            list(collector.collect())


@on_linux
def test_too_many_are_not_counted_and_not_0(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))):
        monkeypatch.setattr(socket_sums, "MAX_SOCKETS", 0)
        with pytest.raises(Unavailable, match="more than 0"):
            sum_diag(AF_INET, TCP)


@on_linux
def test_both_ways_see_the_same_bytes_and_states() -> None:
    with closing(socket.create_server(("127.0.0.1", 0), backlog=77)) as server:
        mine = socket.create_connection(server.getsockname())
        theirs, _ = server.accept()
        with closing(mine), closing(theirs):
            mine.sendall(b"x" * 5_000)
            theirs.recv(1)  # it has come; the rest waits
            for sums in (
                sum_diag(AF_INET, TCP),
                sum_tcp("/proc/net"),
                parse_table(_table("tcp"), TCP),
            ):
                assert sums.receive_queue >= 4_999
                assert sums.states[1] >= 2
                assert sums.states[10] >= 1


@on_linux
def test_one_question_brings_tcp_of_both_families() -> None:
    with (
        closing(socket.create_server(("127.0.0.1", 0))),
        closing(socket.create_server(("::1", 0), family=AF_INET6)),
    ):
        each = sum_diag(AF_INET, TCP)
        each += sum_diag(AF_INET6, TCP)
        assert sum_tcp("/proc/net").states[10] == each.states[10] >= 2


@on_linux
def test_a_datagram_that_nobody_reads_shows() -> None:
    with (
        closing(socket.socket(AF_INET, socket.SOCK_DGRAM)) as reader,
        closing(socket.socket(AF_INET, socket.SOCK_DGRAM)) as writer,
    ):
        reader.bind(("127.0.0.1", 0))
        before = by("ip", UdpQueuesCollector().collect())["v4"].rx
        writer.sendto(b"x" * 1_000, reader.getsockname())
        assert by("ip", UdpQueuesCollector().collect())["v4"].rx >= before + 1_000
        assert parse_table(_table("udp"), UDP).receive_queue >= 1_000


def _table(name: str) -> bytes:
    return Path("/proc/net", name).read_bytes()
