"""What listens on this machine, whose it is, and whether it keeps up."""

import math
import os
import socket
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain, count, islice
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from monitor.clock import Clock, SystemClock
from monitor.collectors.collector import need_linux
from monitor.collectors.inet_diag import LISTEN, TCP, UDP, InetSocket
from monitor.collectors.process_sockets import PROTOCOLS, shown
from monitor.collectors.socket_owners import SocketOwners
from monitor.collectors.socket_tables import Raw, read_awaiting
from monitor.collectors.user_names import UserNames
from monitor.model.metric import (
    COUNT,
    FLAG,
    SOCKETS,
    TEXT,
    Record,
    gauge,
    info,
    key,
    record,
)

PROC = Path("/proc")
# Rows; a machine has some dozens, and one that opens sockets without end is no reason to.
MAX_LISTENERS = 1_000
# Seconds between two looks at what listens. The search for owners goes on at each tick.
LOOK_S = 5.0
# A tick may come a little early.
SLACK_S = 0.5


@record
class Listener(Record):
    """Each TCP socket that listens and UDP socket that is bound, in this network namespace."""

    FAMILY = "listener"
    TOPIC = SOCKETS
    EXPORTED: ClassVar[bool] = False  # one series for each port that ever was
    socket: str = key("Protocol, address and port; (2) is another socket on the same")
    protocol: str | None = info(TEXT, "tcp or udp")
    address: str | None = info(TEXT, "Where it listens; 0.0.0.0 and :: are all addresses")
    port: int | None = info(COUNT, "Its port")
    interface: str | None = info(TEXT, "The only interface that it listens on")
    dual: bool | None = info(FLAG, "An IPv6 socket that takes IPv4 as well")
    user: str | None = info(TEXT, "Whose it is")
    pid: int | None = info(COUNT, "The process that holds it; of several the oldest")
    name: str | None = info(TEXT, "What that process calls itself")
    waiting: int | None = gauge(COUNT, "Connections that wait to be accepted")
    backlog: int | None = info(COUNT, "How many may wait, before they are dropped")
    denied: str | None = info(TEXT, "What this monitor may not know of it: owner")
    sought: bool | None = info(FLAG, "Its owner is still being looked for")


@record
class Listeners(Record):
    """All of them together."""

    FAMILY = "listeners"
    TOPIC = SOCKETS
    tcp: int | None = gauge(COUNT, "TCP sockets that listen")
    udp: int | None = gauge(COUNT, "UDP sockets that are bound and not connected")
    full: int | None = gauge(COUNT, "Those whose queue is full: they drop who comes")


class _Row(NamedTuple):
    """A socket that is told."""

    protocol: int
    one: InetSocket
    title: str
    told: Listener

    @property
    def identity(self) -> tuple[object, ...]:
        """What does not change of it while it is there."""
        return _identity(self.protocol, self.one)


class SocketsCollector:
    """inet_diag; /proc/net where netlink is refused. The owners come with time.

    A socket of which the kernel tells the very same bytes as before is not looked at again.
    """

    name: ClassVar[str] = "sockets"
    records: ClassVar[tuple[type[Record], ...]] = (Listener, Listeners)
    period: ClassVar[float] = 0.0

    def __init__(
        self, proc: Path = PROC, *, netlink: bool = True, clock: Clock | None = None
    ) -> None:
        self._proc = proc
        self._netlink = netlink
        self._clock = clock or SystemClock()
        self._look_at = -math.inf
        self._owners = SocketOwners(str(proc))
        self._users = UserNames()
        # By what the kernel told of each.
        self._rows: dict[Raw, _Row] = {}
        self._told: tuple[Record, ...] = ()

    def collect(self) -> Iterable[Record]:
        need_linux("sock_diag(7)")
        now = self._clock.monotonic()
        look = now >= self._look_at
        if look:
            self._look_at = now + LOOK_S - SLACK_S
            self._users.refresh()
            self._rows = self._read()
        if look or self._owners.busy:
            self._name(now)
            rows = self._rows
            told = (row.told for row in islice(rows.values(), MAX_LISTENERS))
            self._told = (*told, self._counted(rows))
        return self._told

    def _name(self, now: float) -> None:
        """Say whose each is, as far as that is known by now."""
        owners = self._owners.find([row.one.inode for row in self._rows.values()], now)
        names = {pid: self._owners.name(pid) for pid in {owner.pid for owner in owners.values()}}
        for raw, row in self._rows.items():
            inode = row.one.inode
            owner = owners.get(inode)
            pid = owner.pid if owner is not None else None
            known: dict[str, Any] = {
                "pid": pid,
                "name": names[pid] if pid is not None else None,
                "denied": "owner" if pid is None and self._owners.denied(inode) else None,
                "sought": self._owners.sought(inode) or None,
                "user": self._users.name(row.one.uid),
            }
            if any(getattr(row.told, name) != value for name, value in known.items()):
                self._rows[raw] = row._replace(told=replace(row.told, **known))

    def _read(self) -> dict[Raw, _Row]:
        """All sockets that await somebody. Raises OSError."""
        titles = {row.identity: row.title for row in self._rows.values()}
        taken = set(titles.values())
        # A table of text may tell a socket twice, when others came while it was being read.
        seen: set[tuple[object, ...]] = set()
        rows: dict[Raw, _Row] = {}
        for protocol, raw, parse in read_awaiting(self._proc, netlink=self._netlink):
            row = self._rows.get(raw)
            if row is None:
                one = parse()
                title = titles.get(_identity(protocol, one)) or _title(protocol, one, taken)
                row = _Row(protocol, one, title, _listener(protocol, one, title))
            if row.identity not in seen:
                seen.add(row.identity)
                taken.add(row.title)
                rows[raw] = row
        return rows

    def _counted(self, rows: dict[Raw, _Row]) -> Listeners:
        counts = Counter(row.protocol for row in rows.values())
        return Listeners(
            tcp=counts[TCP], udp=counts[UDP], full=full(row.one for row in rows.values())
        )


def _identity(protocol: int, one: InetSocket) -> tuple[object, ...]:
    return (protocol, one.inode, one.local, one.local_port, one.interface)


def _listener(protocol: int, one: InetSocket, title: str) -> Listener:
    return Listener(
        socket=title,
        protocol=PROTOCOLS[protocol],
        address=socket.inet_ntop(one.family, one.local),
        port=one.local_port,
        interface=_interface(one.interface),
        dual=(one.v6only is False and not any(one.local)) or None,
        user=None,
        pid=None,
        name=None,
        waiting=one.receive_queue if protocol == TCP else None,
        backlog=one.send_queue if protocol == TCP else None,
        denied=None,
        sought=None,
    )


def _title(protocol: int, one: InetSocket, taken: set[str]) -> str:
    """What no other has: with SO_REUSEPORT several sockets have one address."""
    title = f"{PROTOCOLS[protocol]} {shown(one.local, one.local_port)}"
    interface = _interface(one.interface)
    if interface is not None:
        title += f"%{interface}"
    numbers = (f"{title} ({number})" for number in count(2))
    return next(name for name in chain((title,), numbers) if name not in taken)


def full(sockets: Iterable[InetSocket]) -> int | None:
    """How many accept no more: the kernel drops who comes when more wait than the backlog, not
    when as many do (sk_acceptq_is_full). None where no backlog is known. Pure.
    """
    listening = [one for one in sockets if one.state == LISTEN]
    if any(one.send_queue is None for one in listening):
        return None
    return sum(one.receive_queue > (one.send_queue or 0) for one in listening)


def _interface(number: int | None) -> str | None:
    """The name of an interface; its number where it is gone; None for all of them."""
    if not number:
        return None
    try:
        return os.fsdecode(socket.if_indextoname(number))
    except OSError:
        return str(number)
