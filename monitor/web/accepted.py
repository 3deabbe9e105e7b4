"""One connection, from accept() until it ends or becomes a viewer: whose turn it is, since when."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Protocol

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from monitor.clock import Clock
from monitor.live.room import host_of
from monitor.live.socket import cut, reset_on_close
from monitor.web.encrypted import encrypt
from monitor.web.headers import LINES

# An answer takes milliseconds, and a second where it has to be read first: whoever has been at it
# for less keeps its place.
UNDISTURBED_S = 1.0
# aiohttp takes a head of 128 lines of 8 KiB, from every connection. A browser's has less than this
# with all its cookies; it is also what nginx takes.
MAX_HEAD_BYTES = 32 * 1024
# What ends a request without a body (RFC 9112, 2.1).
EMPTY_LINE = b"\r\n\r\n"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Stage(Enum):
    """Whose turn it is. The value is how many seconds it may take."""

    # Nothing was asked yet, or all was answered. Prometheus asks every 15 s.
    IDLE = 30.0
    # A request has begun. It is to end within 10 s of that: its body, where it has one, is read for
    # a second more (http.LINGER_S), and it is looked at once a second.
    ASKING = 7.0
    # The answer is being made, or taken.
    ANSWERING = 60.0


class Keeper(Protocol):
    """Who counts connections."""

    clock: Clock
    # With which they are encrypted, if they are.
    tls: ssl.SSLContext | None

    def enter(self, one: "Accepted") -> bool:
        """It has come. False where there is no place for it, because all others are at work."""

    def leave(self, one: "Accepted") -> None:
        """It has ended, or is a viewer now."""


class Accepted(asyncio.Protocol):
    """One connection. aiohttp's own protocol is made for it when it first says something."""

    __slots__ = (
        "_asked",
        "_early",
        "_handler",
        "_handshake",
        "_keeper",
        "_speak",
        "_tail",
        "_transport",
        "host",
        "since",
        "stage",
    )
    _transport: asyncio.Transport

    def __init__(self, keeper: Keeper, speak: Callable[[], asyncio.Protocol]) -> None:
        self._keeper = keeper
        self._speak = speak
        self._handler: asyncio.Protocol | None = None
        self._handshake: asyncio.Task[None] | None = None
        # What was said before the end of the handshake was heard of.
        self._early = b""
        self._asked = 0
        # The last bytes that came: an empty line, or there is more to come of what they belong to.
        self._tail = b""
        self.host = ""
        self.stage = Stage.IDLE
        # Monotonic seconds.
        self.since = keeper.clock.monotonic()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.host = host_of(address_of(transport)[0])
        if not self._keeper.enter(self):
            if self._keeper.tls is None:
                self._say("503 Service Unavailable", "all places are taken", "Retry-After: 1\r\n")
            else:
                transport.close()
        elif self._keeper.tls is not None:
            # It has a place already: whoever never ends the handshake holds no more than that.
            transport.pause_reading()
            self._enter(Stage.ASKING)
            self._handshake = asyncio.create_task(self._encrypt(self._keeper.tls))

    async def _encrypt(self, context: ssl.SSLContext) -> None:
        encrypted = await encrypt(self._transport, self, context, Stage.ASKING.value)
        self._handshake = None
        if encrypted is None or encrypted.is_closing():
            self._keeper.leave(self)
            self._transport.close()
            return
        self._transport = encrypted
        self._enter(Stage.IDLE)
        early, self._early = self._early, b""
        if early:
            self.data_received(early)

    def data_received(self, data: bytes) -> None:
        if self._handshake is not None:
            self._early += data
            return
        if self.stage is Stage.IDLE:
            self._enter(Stage.ASKING)
        self._tail = (self._tail + data)[-len(EMPTY_LINE) :]
        if self.stage is Stage.ASKING:
            self._asked += len(data)
            if self._asked > MAX_HEAD_BYTES and EMPTY_LINE not in data:
                self._leave("431 Request Header Fields Too Large", "too long a request")
                return
        if self._handler is None:
            self._handler = self._speak()
            self._handler.connection_made(self._transport)
        self._handler.data_received(data)

    def eof_received(self) -> None:
        if self._handler is not None:
            self._handler.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._keeper.leave(self)
        if self._handler is not None:
            self._handler.connection_lost(exc)

    def pause_writing(self) -> None:
        if self._handler is not None:
            self._handler.pause_writing()

    def resume_writing(self) -> None:
        if self._handler is not None:
            self._handler.resume_writing()

    def answering(self) -> None:
        """The head of a request is complete, and its handler has begun."""
        self._enter(Stage.ANSWERING)

    def answered(self) -> None:
        """The answer was written."""
        self._enter(Stage.IDLE if self._tail == EMPTY_LINE else Stage.ASKING)

    def stand_aside(self) -> None:
        """It is a viewer now, and the hub's."""
        self._keeper.leave(self)
        if self._handler is not None:
            self._transport.set_protocol(self._handler)

    def may_go(self, now: float) -> bool:
        """Whether it may be ended where its place is needed."""
        return self.stage is not Stage.ANSWERING or now - self.since >= UNDISTURBED_S

    def drop(self) -> None:
        """End it: it has taken too long, or its place is needed."""
        if self._handshake is not None:
            self._leave()
        elif self.stage is Stage.ASKING:
            self._leave("408 Request Timeout", "too slow a request")
        else:
            self._leave()

    def _enter(self, stage: Stage) -> None:
        self.stage = stage
        self.since = self._keeper.clock.monotonic()
        self._asked = 0

    def _leave(self, status: str = "", why: str = "") -> None:
        self._keeper.leave(self)
        if self._transport.get_write_buffer_size():
            # It would wait for a peer that does not read.
            cut(self._transport)
        elif self.stage is Stage.ANSWERING:
            # Not abort(): a file that is being sent (sendfile(2)) would never hear of that.
            reset_on_close(self._transport)
            with contextlib.suppress(OSError):  # the peer may be gone
                self._transport.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        elif status:
            self._say(status, why)
        else:
            self._transport.close()

    def _say(self, status: str, why: str, header: str = "") -> None:
        self._transport.write(
            f"HTTP/1.1 {status}\r\n{header}{LINES}Connection: close\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(why) + 1}\r\n\r\n{why}\n".encode()
        )
        self._transport.close()


def accepted(request: web.BaseRequest) -> Accepted | None:
    """The connection that a request came by; None where that was not counted, or is over."""
    transport = request.transport
    protocol = transport.get_protocol() if transport is not None else None
    return protocol if isinstance(protocol, Accepted) else None


@web.middleware
async def note_request(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The outermost middleware: here the head of a request is complete."""
    one = accepted(request)
    if one is not None:
        one.answering()
    return await handler(request)


class NoteAnswer(AbstractAccessLogger):
    """Logs nothing: this is where aiohttp tells that an answer has been written."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        one = accepted(request)
        if one is not None:
            one.answered()


def address_of(transport: asyncio.BaseTransport | None) -> tuple[str, int]:
    """The peer's IP address and port; what a proxy says of it is not believed."""
    name = transport.get_extra_info("peername") if transport is not None else None
    return (str(name[0]), int(name[1])) if isinstance(name, tuple) else ("unknown", 0)
