"""The kernel's answers about sockets, by netlink and by its tables: parsed alike."""

import itertools
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from monitor.collectors import inet_diag, unix_diag
from monitor.collectors.inet_diag import CLOSE, ESTABLISHED, LISTEN, TCP, UDP, InetSocket
from monitor.collectors.proc_net import TABLES, parse_inet, parse_unix, state_of
from tests.collectors.sources import on_linux

LOOPBACK = socket.inet_aton("127.0.0.1")
# A listening socket as Linux 6.18 told it, with its attributes: shutdown, and v6only being false.
LISTENING = (
    struct.pack("=BBBB", 10, 10, 0, 0)
    + struct.pack("!HH", 8080, 0)
    + bytes(32)
    + struct.pack("=IQ", 3, 77)
    + struct.pack("=IIIII", 0, 2, 128, 1000, 4711)
    + struct.pack("=HHBxxx", 5, 8, 0)
    + struct.pack("=HHBxxx", 5, 11, 0)
)
TCP_TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:07E8 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 3692 1 x
   1: 0100007F:82CF 0100007F:8172 06 00000000:00000000 03:00000FB5 00000000     0        0 0 3 x
   2: 0100007F:0050 0100007F:C012 01 00000010:00000020 00:00000000 00000000  1000        0 99 1 x
"""
UDP6_TABLE = """\
  sl  local_address                         remote_address                        st tx_queue
 5205: 00000000000000000000000001000000:C2AE 00000000000000000000000000000000:0000 07 \
00000000:00000000 00:00000000 00000000     0        0 2010149 2 x 0
"""
UNIX_TABLE = """\
Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 11 /run/with space
0000000000000000: 00000003 00000000 00000000 0001 03 12
0000000000000000: 00000002 00000000 00000000 0002 01 13 @abstract
0000000000000000: 00000002 00000000 00010000 0001 01 14 /tmp/x
0000000000000000: 00000002 00000000 00010000 0001 01 12 /fake
"""


def message(kind: int, payload: bytes, flags: int = 2) -> bytes:
    return struct.pack("=IHHII", 16 + len(payload), kind, flags, 1, 0) + payload


DONE = message(3, struct.pack("=i", 0))


def parsed(chunk: bytes) -> list[InetSocket]:
    return [inet_diag.parse(chunk, at, end) for at, end in inet_diag.messages(chunk)]


def test_a_socket_is_parsed_with_its_attributes() -> None:
    chunk = message(20, LISTENING) * 2 + DONE
    one, two = parsed(chunk)
    assert one == two
    assert one == InetSocket(
        family=socket.AF_INET6,
        state=LISTEN,
        local=bytes(16),
        local_port=8080,
        remote=bytes(16),
        remote_port=0,
        interface=3,
        receive_queue=2,
        send_queue=128,
        uid=1000,
        inode=4711,
        v6only=False,
    )
    assert [inet_diag.inode_of(chunk, at) for at, _ in inet_diag.messages(chunk)] == [4711, 4711]
    assert inet_diag.is_last(chunk) and not inet_diag.is_last(message(20, LISTENING))


@pytest.mark.parametrize("kind", [2, 3])
def test_a_refusal_is_an_os_error(kind: int) -> None:
    chunk = message(kind, struct.pack("=i", -2))
    with pytest.raises(FileNotFoundError):
        list(inet_diag.messages(chunk))
    assert inet_diag.is_last(chunk)


def test_what_is_no_answer_is_a_value_error_or_nothing_and_never_goes_on_for_ever() -> None:
    good = message(20, LISTENING) + DONE
    for length in range(len(good)):
        cut = good[:length]
        try:
            parsed(cut)
        except ValueError:
            continue
    zero = struct.pack("=IHHII", 0, 20, 0, 1, 0)
    with pytest.raises(ValueError, match="netlink"):
        parsed(zero)
    assert inet_diag.is_last(zero)
    with pytest.raises(ValueError, match="socket of"):
        parsed(message(20, LISTENING[:40]))
    # Attributes of no length, and one that reaches beyond the end.
    odd = LISTENING[:72] + struct.pack("=HH", 0, 11) + struct.pack("=HHB", 500, 11, 1)
    assert [one.v6only for one in parsed(message(20, odd))] == [None]


def test_the_tables_are_parsed_in_this_machines_byte_order() -> None:
    listening, waiting, open_ = parse_inet(TCP_TABLE.split("\n"), socket.AF_INET)
    assert (listening.local_port, listening.receive_queue, listening.send_queue) == (2024, 3, None)
    assert (waiting.state, waiting.inode) == (6, 0)
    assert (open_.local, open_.local_port, open_.remote_port) == (LOOPBACK, 80, 49170)
    assert (open_.send_queue, open_.receive_queue, open_.uid, open_.inode) == (16, 32, 1000, 99)
    (six,) = parse_inet(UDP6_TABLE.split("\n"), socket.AF_INET6)
    assert (six.local, six.state, six.inode) == (bytes(15) + b"\1", CLOSE, 2010149)
    assert [state_of(line) for line in TCP_TABLE.split("\n")] == [None, LISTEN, 6, 1, None]


def test_a_unix_path_that_looks_like_another_socket_is_not_believed() -> None:
    found = {one.inode: one for one in parse_unix(UNIX_TABLE.split("\n"))}
    assert (found[11].path, found[11].listens) == ("/run/with space", True)
    assert found[12].path is None
    assert (found[13].path, found[13].kind) == ("@abstract", "unix datagram")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (b"/run/a b\0", "/run/a b"),
        (b"\0ab\xff\n\0x", "@ab\udcff\n\0x"),
        (b"/tmp/a\n0: 1", "/tmp/a\n0: 1"),
        (b"", None),
    ],
)
def test_a_unix_address_is_told_as_it_is(name: bytes, path: str | None) -> None:
    assert unix_diag.path_of(name) == path


def open_sockets(stack: ExitStack) -> Iterator[tuple[int, socket.socket]]:
    """Listening, bound and connected ones of either family."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        server = stack.enter_context(socket.create_server((host, 0), family=family, backlog=7))
        yield TCP, server
        yield TCP, stack.enter_context(socket.create_connection(server.getsockname()[:2]))
        bound = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
        bound.bind((host, 0))
        yield UDP, bound
        asks = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
        asks.connect((host, 53))
        yield UDP, asks


@on_linux
def test_netlink_and_the_tables_tell_the_same_of_real_sockets() -> None:
    with ExitStack() as stack:
        mine = {os.fstat(one.fileno()).st_ino: (p, one) for p, one in open_sockets(stack)}
        for name, (family, protocol) in TABLES.items():
            text = Path("/proc/net", name).read_text(encoding="ascii").split("\n")
            told = {one.inode: one for one in parse_inet(text, family) if one.inode in mine}
            asked = {one.inode: one for one in inet_diag.dump(family, protocol)}
            wanted = {i for i, (p, one) in mine.items() if (one.family, p) == (family, protocol)}
            assert wanted and wanted == set(told) == set(asked) & set(mine)
            for inode in wanted:
                by_netlink = asked[inode]._replace(interface=None, v6only=None)
                if by_netlink.state == LISTEN:
                    assert by_netlink.send_queue == 7
                    by_netlink = by_netlink._replace(send_queue=None)
                assert by_netlink == told[inode]
                assert by_netlink.local_port == mine[inode][1].getsockname()[1]
                assert by_netlink.uid == os.getuid()


@on_linux
def test_only_the_states_that_are_asked_for_come() -> None:
    with ExitStack() as stack:
        mine = {os.fstat(one.fileno()).st_ino for _, one in open_sockets(stack)}
        families = (socket.AF_INET, socket.AF_INET6)
        for protocol, state in itertools.product((TCP, UDP), (ESTABLISHED, CLOSE, LISTEN)):
            for family in families:
                found = list(inet_diag.dump(family, protocol, 1 << state))
                assert {one.state for one in found} <= {state}
        listening = [one for f in families for one in inet_diag.dump(f, TCP, 1 << LISTEN)]
        assert len([one for one in listening if one.inode in mine]) == 2


@on_linux
def test_a_real_unix_socket_is_found_under_whatever_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a name has 108 bytes at most
    row = "\n0000000000000000: 00000002 00000000 00010000 0001 01 1 x"
    names = {b"s" + row.encode(), b"\0hidden\xff\n" + os.urandom(8)}
    for name in names:
        with closing(socket.socket(socket.AF_UNIX)) as server:
            server.bind(name)
            server.listen()
            inode = os.fstat(server.fileno()).st_ino
            found = {one.inode: one for one in unix_diag.dump()}
            assert found[inode].listens and found[inode].kind == "unix stream"
            assert found[inode].path == os.fsdecode(name.replace(b"\0", b"@", 1))
