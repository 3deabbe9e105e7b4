"""What listens is told with its owner, and what is not known of it is not made up."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor.collectors import sockets
from monitor.collectors.inet_diag import CLOSE, LISTEN, InetSocket
from monitor.collectors.socket_owners import AGAIN_S, SocketOwners
from monitor.collectors.socket_tables import read_awaiting
from monitor.collectors.sockets import Listener, Listeners, SocketsCollector, full
from monitor.model.schema import Schema
from tests.collectors.sources import by, on_linux
from tests.collectors.test_inet_diag import TCP_TABLE
from tests.support.clock import HandClock

pytestmark = on_linux
NOBODY = 65_534
# In which even thousands of processes have been looked into, 20 ms at a time.
READINGS = 200
root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may")


@pytest.fixture(autouse=True)
def _room_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests may run beside these, and listen on thousands of ports."""
    monkeypatch.setattr(sockets, "MAX_LISTENERS", 100_000)
    # And each reading here is one that looks.
    monkeypatch.setattr(sockets, "LOOK_S", 0.0)


def read(collector: SocketsCollector) -> tuple[dict[str, Listener], Listeners]:
    *rows, counted = collector.collect()
    assert isinstance(counted, Listeners)
    return by("socket", rows), counted


def read_owned(collector: SocketsCollector, *titles: str) -> tuple[dict[str, Listener], Listeners]:
    """Read until these have an owner: with many processes that takes several readings."""
    for _ in range(READINGS):
        rows, counted = read(collector)
        if all(rows[title].pid is not None for title in titles):
            return rows, counted
    raise AssertionError("their owner was never found")


def address(of: socket.socket) -> tuple[str, int]:
    host, port = of.getsockname()[:2]
    return host, port


def open_sockets(stack: ExitStack) -> Iterator[tuple[str, socket.socket]]:
    """The title that each is to have, and the socket."""
    for family, host, shown in (
        (socket.AF_INET, "127.0.0.1", "127.0.0.1"),
        (socket.AF_INET, "0.0.0.0", "0.0.0.0"),
        (socket.AF_INET6, "::1", "[::1]"),
        (socket.AF_INET6, "::", "[::]"),
    ):
        tcp = stack.enter_context(socket.create_server((host, 0), family=family, backlog=9))
        yield f"tcp {shown}:{address(tcp)[1]}", tcp
        udp = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
        udp.bind((host, 0))
        yield f"udp {shown}:{address(udp)[1]}", udp


@pytest.mark.parametrize("netlink", [True, False])
def test_each_listening_socket_is_told_with_its_own_process(netlink: bool) -> None:
    with ExitStack() as stack:
        mine = dict(open_sockets(stack))
        dual = stack.enter_context(
            socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        )
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        unix.bind(b"\0" + os.urandom(8))
        unix.listen()
        rows, counted = read_owned(SocketsCollector(netlink=netlink), *mine)
        name = Path("/proc/self/comm").read_text(encoding="utf-8").rstrip("\n")
        for title, one in mine.items():
            row = rows[title]
            assert (row.address, row.port) == address(one)
            assert (row.pid, row.name) == (os.getpid(), name)
            assert row.user and row.denied is None
            tcp = one.type == socket.SOCK_STREAM
            assert row.backlog == (9 if netlink and tcp else None)
            assert row.waiting == (0 if tcp else None)
            both = one.family == socket.AF_INET6 and not tcp and row.address == "::"
            assert row.dual is (True if netlink and both else None)
        assert rows[f"tcp [::]:{address(dual)[1]}"].dual is (True if netlink else None)
        assert counted.tcp is not None and counted.tcp >= 5
        assert counted.udp is not None and counted.udp >= 4
        assert (counted.full is None) is not netlink


def test_what_waits_to_be_accepted_is_counted_and_a_full_queue_is_one() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1))
        title = f"tcp 127.0.0.1:{address(server)[1]}"
        collector = SocketsCollector()
        for waiting in (1, 2):  # one more than the backlog is let in
            stack.enter_context(socket.create_connection(address(server)))
            row = read(collector)[0][title]
            assert (row.waiting, row.backlog) == (waiting, 1)
        assert (read(collector)[1].full or 0) >= 1


def test_connected_sockets_are_none_of_them() -> None:
    with ExitStack() as stack:
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.connect(("127.0.0.1", 53))
        rows, _ = read(SocketsCollector())
        assert f"udp 127.0.0.1:{address(udp)[1]}" not in rows


def test_what_has_not_changed_is_the_very_same_record() -> None:
    with ExitStack() as stack:
        mine = dict(open_sockets(stack))
        collector = SocketsCollector()
        before, now = read_owned(collector, *mine)[0], read(collector)[0]
        assert all(before[title] is now[title] for title in mine)
        title, one = next(iter(mine.items()))
        stack.enter_context(socket.create_connection(address(one)))
        changed = read(collector)[0][title]
        assert changed is not now[title] and changed.waiting == 1
        assert changed.pid == os.getpid()


def test_several_sockets_on_one_address_are_several_rows_of_lasting_names() -> None:
    with ExitStack() as stack:
        first = stack.enter_context(socket.create_server(("127.0.0.1", 0), reuse_port=True))
        second = stack.enter_context(socket.create_server(address(first), reuse_port=True))
        collector = SocketsCollector()
        title = f"tcp 127.0.0.1:{address(first)[1]}"
        rows, _ = read(collector)
        assert {title, f"{title} (2)"} <= set(rows)
        # What the second was called it is still called when the first is gone.
        named = {row.socket for row in rows.values() if row.port == address(first)[1]}
        second.close()
        left, _ = read(collector)
        assert len(named & set(left)) == 1


@root
def test_one_that_listens_on_an_interface_says_which() -> None:
    with ExitStack() as stack:
        bound = stack.enter_context(socket.socket())
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
        bound.bind(("127.0.0.1", 0))
        bound.listen()
        rows, _ = read(SocketsCollector())
        assert rows[f"tcp 127.0.0.1:{address(bound)[1]}%lo"].interface == "lo"


class Tree:
    """A made-up /proc of processes that hold sockets."""

    def __init__(self, proc: Path) -> None:
        self.proc = proc

    def hold(self, pid: int, descriptor: int, inode: int) -> None:
        directory = self.proc / str(pid) / "fd"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / str(descriptor)).symlink_to(f"socket:[{inode}]")

    def drop(self, pid: int, descriptor: int) -> None:
        (self.proc / str(pid) / "fd" / str(descriptor)).unlink()


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def pids(owners: SocketOwners, *inodes: int, now: float = 0.0) -> dict[int, int]:
    return {inode: owner.pid for inode, owner in owners.find(inodes, now).items()}


def looks(owners: SocketOwners, patch: pytest.MonkeyPatch) -> list[int]:
    """The processes that are looked into from now on."""
    looked: list[int] = []
    real = owners._look_into  # noqa: SLF001  (to see where it stops)

    def look(pid: int, left: frozenset[int]) -> frozenset[int]:
        looked.append(pid)
        return real(pid, left)

    patch.setattr(owners, "_look_into", look)
    return looked


def test_of_several_that_hold_a_socket_the_oldest_owns_it_but_not_init(tree: Tree) -> None:
    for pid in (1, 30, 20, 100):
        tree.hold(pid, 3, 77)
    tree.hold(1, 4, 78)
    owners = SocketOwners(str(tree.proc))
    assert pids(owners, 77, 78, 0) == {77: 20, 78: 1}
    # It gives it up: the next one has it, also where its descriptor leads to another socket now.
    tree.drop(20, 3)
    tree.hold(20, 3, 99)
    assert pids(owners, 77, 78) == {77: 30, 78: 1}


def test_the_search_is_done_in_slices_and_goes_on_where_it_stopped(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pid in range(10, 20):
        tree.hold(pid, 0, 1000 + pid)
    owners = SocketOwners(str(tree.proc), slice_s=4.0)
    looked = looks(owners, monkeypatch)
    clock = iter(range(1000))
    # Each question of the time is a second: a slice is as many processes as its seconds.
    monkeypatch.setattr(owners._clock, "thread_cpu", lambda: float(next(clock)))  # noqa: SLF001
    wanted = [1000 + pid for pid in range(10, 20)]
    found = [len(pids(owners, *wanted)) for _ in range(5)]
    assert found == [3, 6, 9, 10, 10]
    assert looked == list(range(10, 20))


def test_the_search_goes_on_at_each_tick_and_says_that_it_does(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While what listens is looked at only every 5 s."""
    monkeypatch.setattr(sockets, "LOOK_S", 5.0)
    monkeypatch.setattr(sockets, "SocketOwners", lambda proc: SocketOwners(proc, slice_s=4.0))
    (tree.proc / "net").mkdir()
    (tree.proc / "net" / "udp").write_text("")
    (tree.proc / "net" / "tcp").write_text(TCP_TABLE)
    inode = int(TCP_TABLE.split("\n")[1].split()[9])
    for pid in range(10, 20):
        tree.hold(pid, 0, inode if pid == 19 else pid)
    clock = HandClock()
    collector = SocketsCollector(tree.proc, netlink=False, clock=clock)
    seconds = iter(range(1000))
    owners = collector._owners  # noqa: SLF001
    monkeypatch.setattr(owners._clock, "thread_cpu", lambda: float(next(seconds)))  # noqa: SLF001
    looks: list[float] = []
    really = read_awaiting

    def look(proc: Path, *, netlink: bool) -> Any:
        looks.append(clock.monotonic())
        return really(proc, netlink=netlink)

    monkeypatch.setattr(sockets, "read_awaiting", look)
    told = []
    for _ in range(6):
        (row, *_) = collector.collect()
        assert isinstance(row, Listener)
        told.append((row.pid, row.sought))
        clock.advance(1.0)
    assert told == [(None, True)] * 3 + [(19, None)] * 3
    assert looks == [5000.0, 5005.0]
    (tree.proc / "net" / "tcp").write_text(TCP_TABLE.replace(str(inode), "4242"))
    for _ in range(10):
        clock.advance(1.0)
        list(collector.collect())
    (row, *_) = collector.collect()
    assert isinstance(row, Listener)
    assert (row.pid, row.sought) == (None, None), "nobody was found, and nobody is looked for"


def test_what_nobody_holds_is_looked_for_again_only_after_a_while(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.hold(10, 0, 1)
    owners = SocketOwners(str(tree.proc))
    looked = looks(owners, monkeypatch)
    assert pids(owners, 5, now=0.0) == pids(owners, 5, now=AGAIN_S - 1) == {}
    assert looked == [10]
    assert not owners.denied(5)
    tree.hold(11, 0, 5)
    assert pids(owners, 5, now=AGAIN_S) == {5: 11}
    # A new one is looked for at once; what is not asked for is forgotten.
    tree.hold(10, 1, 6)
    assert pids(owners, 5, 6, now=AGAIN_S) == {5: 11, 6: 10}
    assert pids(owners, now=AGAIN_S) == {}


def test_an_owner_that_is_gone_is_not_told_any_more() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        title = f"tcp 127.0.0.1:{address(server)[1]}"
        collector = SocketsCollector()
        with subprocess.Popen(["sleep", "60"], pass_fds=[server.fileno()]) as heir:
            server.close()
            try:
                assert read_owned(collector, title)[0][title].pid == heir.pid
            finally:
                heir.kill()
        assert title not in read(collector)[0]


READER = f"""
import json, os, sys
sys.path.insert(0, sys.argv[1])
from monitor.collectors.sockets import Listener, SocketsCollector
import socket
own = socket.create_server(("127.0.0.1", 0))
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
collector = SocketsCollector()
for _ in range({READINGS}):
    rows = {{r.socket: r for r in collector.collect() if isinstance(r, Listener)}}
    row = rows[sys.argv[2]]
    if row.denied or row.pid:
        break
print(json.dumps([row.user, row.pid, row.name, row.denied, row.backlog]))
"""


@root
def test_anothers_socket_has_a_user_and_an_owner_that_may_not_be_known() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=9))
        title = f"tcp 127.0.0.1:{address(server)[1]}"
        place = str(Path(__file__).parents[2])
        command = [sys.executable, "-c", READER, place, title]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        assert json.loads(done.stdout) == ["root", None, None, "owner", 9]


def made(state: int, waiting: int, backlog: int | None) -> InetSocket:
    return InetSocket(socket.AF_INET, state, bytes(4), 1, bytes(4), 0, 0, waiting, backlog, 0, 1)


def test_a_queue_is_full_when_more_wait_than_may_and_unknown_without_a_backlog() -> None:
    bound = made(CLOSE, 5000, 0)
    assert full([made(LISTEN, 8, 8), made(LISTEN, 0, 0), bound]) == 0
    assert full([made(LISTEN, 9, 8), made(LISTEN, 1, 0), bound]) == 2
    assert full([made(LISTEN, 9, None), bound]) is None
    assert full([]) == 0


def test_no_more_rows_than_are_told_and_all_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "MAX_LISTENERS", 3)
    with ExitStack() as stack:
        list(open_sockets(stack))
        rows, counted = read(SocketsCollector())
        assert len(rows) == 3
        assert (counted.tcp or 0) + (counted.udp or 0) >= 8


def test_by_the_tables_a_socket_that_is_told_twice_is_one_and_ipv6_may_be_absent(
    tmp_path: Path,
) -> None:
    (tmp_path / "net").mkdir()
    line = TCP_TABLE.split("\n")[1]
    (tmp_path / "net" / "tcp").write_text(TCP_TABLE + line.replace("0:", "7:", 1) + "\n")
    (tmp_path / "net" / "udp").write_text("")
    (row, counted) = SocketsCollector(tmp_path, netlink=False).collect()
    assert isinstance(row, Listener) and isinstance(counted, Listeners)
    assert (row.socket, row.waiting, row.backlog) == ("tcp 0.0.0.0:2024", 3, None)
    assert (row.pid, row.denied) == (None, None)
    assert (counted.tcp, counted.udp, counted.full) == (1, 0, None)


def test_the_records_are_fit_for_the_stream() -> None:
    schema = Schema(SocketsCollector.records)
    for record in SocketsCollector().collect():
        schema.check(record)


def test_a_thousand_sockets_take_less_than_psutil_by_far() -> None:
    with ExitStack() as stack:
        for _ in range(1_000):
            stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        collector = SocketsCollector()
        mine: set[int] = set()
        for _ in range(READINGS):  # the first search for their owners is in slices
            rows, _ = read(collector)
            mine = {row.port or 0 for row in rows.values() if row.pid == os.getpid()}
            if len(mine) >= 900:
                break
        assert len(mine) >= 900
        ours = min(timed(lambda: list(collector.collect())) for _ in range(5))
        theirs = min(timed(lambda: psutil.net_connections("inet")) for _ in range(3))
        assert ours < theirs / 2


def timed(run: Callable[[], object]) -> float:
    began = time.thread_time()
    run()
    return time.thread_time() - began
