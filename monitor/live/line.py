"""The line to one viewer: how it is written to, what it has been sent, whether it keeps up."""

import asyncio
import os
from typing import NamedTuple

from monitor.live.connection import Connection
from monitor.live.socket import cut


class Stand:
    """The topics that a viewer follows, each with the seq of the document that it has, or None.

    Viewers that stand alike share one of these; `due` is what they are owed at this tick, where
    that has been found out.
    """

    __slots__ = ("due", "seqs")

    def __init__(self, seqs: dict[str, int | None]) -> None:
        self.seqs = seqs
        self.due: Due | None = None


class Due(NamedTuple):
    """What viewers of one stand are owed: so many messages, as one write; and where that leads."""

    frames: bytes
    messages: int
    leads_to: Stand


class Line:
    """Frames are built once for all viewers, and written whole: a write that nobody awaits cannot
    be cancelled half-way.

    All that a tick needs of a viewer is here, side by side. To gather it from the connection, the
    transport and its socket, which are far from each other in memory, took 1.5 us a viewer, where
    send(2) takes 6.
    """

    __slots__ = (
        "_protocol",
        "_stuck_bytes",
        "_stuck_since",
        "bytes",
        "connection",
        "descriptor",
        "messages",
        "ready",
        "resuming",
        "stand",
        "transport",
    )

    def __init__(self, connection: Connection, transport: asyncio.Transport) -> None:
        self.connection = connection
        self.transport = transport
        self.stand = Stand({})
        # The topics of which it is sent what it missed while it was away.
        self.resuming: frozenset[str] = frozenset()
        # Written so far.
        self.messages = 0
        self.bytes = 0
        # The socket's, where write(2) does what the transport would do.
        self.descriptor = _plain_socket(transport)
        # Whether it may be written to at once: nothing waits before it, and no end has begun.
        self.ready = self.descriptor is not None
        self._stuck_since: float | None = None
        self._stuck_bytes = 0
        self._protocol = transport.get_protocol()
        transport.set_protocol(Flow(self, self._protocol))
        # Any byte that waits is to be heard of.
        transport.set_write_buffer_limits(high=0)

    def send(self, frames: bytes, count: int = 1) -> bool:
        """Write so many messages. False, and nothing written, where the end has begun."""
        if not self.connection.open or self.transport.is_closing():
            return False
        self.transport.write(frames)
        self.messages += count
        self.bytes += len(frames)
        return True

    def backlog(self) -> int:
        """Bytes that this process still holds for the viewer, because the kernel takes no more."""
        return self.transport.get_write_buffer_size()

    def follows(self, topic: str) -> bool:
        """Whether the viewer is subscribed to it."""
        return topic in self.stand.seqs

    def now_has(self, topic: str, seq: int | None) -> None:
        """It has this document; or none, and is subscribed."""
        self.stand = Stand({**self.stand.seqs, topic: seq})

    def follows_no_more(self, topic: str) -> None:
        """It is not subscribed to it."""
        self.stand = Stand({name: seq for name, seq in self.stand.seqs.items() if name != topic})
        self.resuming -= {topic}

    def stuck_for(self, now: float) -> float:
        """Seconds for which the viewer has taken nothing at all of what waits for it."""
        backlog = self.backlog()
        if backlog == 0:
            self._stuck_since = None
            return 0.0
        if self._stuck_since is None or backlog < self._stuck_bytes:
            self._stuck_since = now
        self._stuck_bytes = backlog
        return now - self._stuck_since

    def flows(self, *, freely: bool) -> None:
        """Whether nothing waits to be written."""
        self.ready = freely and self.descriptor is not None and self.connection.open

    def disconnect(self, reason: str, now: float) -> None:
        """The end has begun: nothing more is sent."""
        self.ready = False
        self.connection.disconnect(reason, now)

    def ended(self, reason: str, now: float) -> None:
        """It is over."""
        self.ready = False
        self.connection.closed(reason, now, messages=self.messages, size=self.bytes)

    def evict(self, reason: str, now: float) -> None:
        """Cut the peer off for `reason`."""
        self.disconnect(reason, now)
        cut(self.transport)


class Flow(asyncio.Protocol):
    """Stands before aiohttp's protocol, to hear when bytes begin to wait and when none do."""

    def __init__(self, line: Line, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, asyncio.Protocol)
        self._line = line
        self._protocol = protocol
        self.data_received = protocol.data_received  # type: ignore[method-assign]  # a call less
        self.eof_received = protocol.eof_received  # type: ignore[method-assign]

    def pause_writing(self) -> None:
        self._line.flows(freely=False)
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        self._line.flows(freely=True)
        self._protocol.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._line.flows(freely=False)
        self._protocol.connection_lost(exc)


def _plain_socket(transport: asyncio.Transport) -> int | None:
    """Its descriptor; None where what is sent is not what is written (TLS), or a socket no file."""
    sock = transport.get_extra_info("socket")
    plain = os.name == "posix" and transport.get_extra_info("ssl_object") is None
    return sock.fileno() if plain and sock is not None else None
