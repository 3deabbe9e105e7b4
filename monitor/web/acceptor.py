"""Connections from accept() on, until they end or become viewers: how many there are, for how long.

A connection that says nothing costs a descriptor as well as one that asks for the page. Nobody is
made to wait for those: where all places are taken, the one that has kept its own longest goes, of
the host that has most of them.
"""

import asyncio
import contextlib
import errno
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from typing import Any

from monitor.clock import Clock
from monitor.live.news import News
from monitor.log import event
from monitor.web.accepted import Accepted, Stage
from monitor.web.listen import BACKLOG

logger = logging.getLogger(__name__)

# asyncio accepts this many in a row, and each has its descriptor some turns of the loop before it
# is counted here. Out of descriptors it fails, and says so, as often (CPython #151615).
ACCEPT_AT_ONCE = 1
ENTER_TURNS = 2
SWEEP_S = 1.0
# What accept() says where there is nothing left to make a connection of.
EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
# So many places are cleared at once when it says so: the files that are read each tick need some.
SHED = 4


class Acceptor:
    """Makes the protocol of each connection, counts them, and ends those that take too long.

    `requests` is how many there may be that are no viewers; `tls` is for HTTPS.
    """

    def __init__(self, clock: Clock, requests: int, tls: ssl.SSLContext | None = None) -> None:
        self.clock = clock
        self.tls = tls
        self._requests = requests
        self.here: set[Accepted] = set()
        self._servers: list[asyncio.Server] = []
        self._sweeping: asyncio.TimerHandle | None = None
        self._news = News(clock)

    async def listen(
        self, sockets: list[socket.socket], speak: Callable[[], asyncio.Protocol]
    ) -> None:
        """Accept connections on these; `speak` makes the protocol that answers what they say.

        From then on the loop's own complaints come here: one of them is that accept() has failed.
        """
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._heed)
        for sock in sockets:
            server = await loop.create_server(
                lambda: Accepted(self, speak), sock=sock, backlog=ACCEPT_AT_ONCE
            )
            # asyncio takes one number for this and for how many may wait to be accepted.
            sock.listen(BACKLOG)
            self._servers.append(server)

    async def close(self) -> None:
        """Accept no more, and end those that wait for nothing."""
        loop = asyncio.get_running_loop()
        for sock in [sock for server in self._servers for sock in server.sockets]:
            loop.remove_reader(sock)
            with contextlib.suppress(OSError):  # Linux alone ends listening so
                sock.shutdown(socket.SHUT_RD)
        # Who was accepted enters two turns later; never, where asyncio's server is closed by then:
        # it forgets the socket.
        for _ in range(ENTER_TURNS):
            await asyncio.sleep(0)
        for server in self._servers:
            server.close()
        if self._sweeping is not None:
            self._sweeping.cancel()
        for one in [one for one in self.here if one.stage is not Stage.ANSWERING]:
            one.drop()

    def enter(self, one: Accepted) -> bool:
        """It has come. False where there is no place for it, because all others are at work."""
        if len(self.here) >= self._requests and not self._make_room():
            return False
        self.here.add(one)
        if self._sweeping is None:
            self._sweep_later()
        return True

    def leave(self, one: Accepted) -> None:
        """It has ended, or is a viewer now."""
        self.here.discard(one)

    def _make_room(self) -> bool:
        """End one; False where none may be disturbed."""
        now = self.clock.monotonic()
        held = Counter(one.host for one in self.here)
        old = [one for one in self.here if one.may_go(now)]
        if old:
            max(old, key=lambda one: (held[one.host], now - one.since)).drop()
        return bool(old)

    def _sweep_later(self) -> None:
        self._sweeping = asyncio.get_running_loop().call_later(SWEEP_S, self._sweep)

    def _sweep(self) -> None:
        now = self.clock.monotonic()
        for one in [one for one in self.here if now - one.since >= one.stage.value]:
            one.drop()
        self._sweeping = None
        if self.here:
            self._sweep_later()

    def _heed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """What nobody else in the loop has caught."""
        fault = context.get("exception")
        if not (isinstance(fault, OSError) and fault.errno in EXHAUSTED and "socket" in context):
            loop.default_exception_handler(context)
            return
        # asyncio tries again after a second. By then something must have been given back.
        for _ in range(SHED):
            self._make_room()
        if self._news.is_news("accept", str(fault)):
            event(logger, logging.WARNING, "accept.failed", reason=fault.strerror)
