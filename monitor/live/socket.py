"""The WebSocket as this program speaks it: what any of its routes accepts from a client."""

import asyncio
import contextlib
import socket
import struct
from typing import Any

from aiohttp import WebSocketError, WSCloseCode, hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import WebSocketReader

from monitor.clock import Clock
from monitor.wire.frame import close_frame
from monitor.wire.incoming import FrameFault, FrameHeaders, TooManyFrames

# RFC 6455 puts no bound on a message; a viewer's commands are a few hundred bytes.
MAX_MESSAGE_BYTES = 64 * 1024
# Nor on frames: a message may come as single bytes, and as empty frames it never ends. A message of
# the largest size in pieces as small as a packet has 50.
MAX_FRAMES_A_SECOND = 1024
# A peer that answers no ping within half of this more is gone: noticed after 15 s at the latest.
HEARTBEAT_S = 10.0
# How long a peer has to answer Close.
CLOSE_TIMEOUT_S = 1.0
# RFC 6455, 7.4: 1006 must not be sent, and above 4999 is nothing. aiohttp lets these through.
LAST_CODE = 4999


class Socket(web.WebSocketResponse):
    """aiohttp's, with bounds, and with the faults told that it passes over.

    Compression is never negotiated. Pings come as messages: whoever reads them counts them and
    answers with `pong`; aiohttp would answer a flood of them without ever giving the loop back.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__(
            compress=False,
            heartbeat=HEARTBEAT_S,
            autoping=False,
            # aiohttp refuses a message of this size already, not only one over it.
            max_msg_size=MAX_MESSAGE_BYTES + 1,
            timeout=CLOSE_TIMEOUT_S,
        )
        self._clock = clock
        self._guard: FrameGuard | None = None
        self._gone: asyncio.Future[None] | None = None

    @property
    def _parser(self) -> Any:
        """aiohttp keeps its reader of frames here and hands it to the connection from here; before
        it stands the guard. There is no public place for that."""
        return self._guard

    @_parser.setter
    def _parser(self, reader: WebSocketReader | None) -> None:
        self._guard = FrameGuard(reader, self, self._clock) if reader is not None else None

    def refuse(self, fault: WebSocketError) -> None:
        """The peer broke the protocol: what reads messages gets this after those before it."""
        if self._reader is not None:
            self._reader.set_exception(fault)

    def lost(self) -> None:
        """The connection has ended."""
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter:
        """Upgrade the connection. Raises HTTPBadRequest where it is not asked for properly."""
        # base64 raises what aiohttp does not catch.
        if not request.headers.get(hdrs.SEC_WEBSOCKET_KEY, "").isascii():
            raise web.HTTPBadRequest(text="Sec-WebSocket-Key is not base64\n")
        return await super().prepare(request)

    async def close(
        self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True
    ) -> bool:
        """What aiohttp calls at the peer's Close, at a broken frame and when the handler ends.

        `drain` is not heeded: a peer that stopped reading would hold it up for ever.
        """
        if self.closed:
            return False
        if code == WSCloseCode.OK and not _may_be_said(self.close_code):
            code, message = WSCloseCode.PROTOCOL_ERROR, b"a close code that is none"
        if code not in (WSCloseCode.OK, WSCloseCode.GOING_AWAY):
            fault = self._reader.exception() if self._reader is not None else None
            await self._fail(code, message.decode() or str(fault or ""))
        return await super().close(code=code, message=message, drain=False)

    async def _fail(self, code: int, reason: str) -> None:
        """Say Close and stop listening (RFC 6455, 7.1.7), but let the peer hear it.

        aiohttp closes the socket at once: a peer that is still sending gets a reset for it, and may
        never see the Close. Here only our side is closed, and what comes is thrown away until the
        peer closes its own or CLOSE_TIMEOUT_S is over.
        """
        transport = self._peer()
        if transport is None:
            return
        self._cancel_heartbeat()
        self._gone = asyncio.get_running_loop().create_future()
        transport.write(close_frame(code, reason))
        if transport.can_write_eof():  # not with TLS
            transport.write_eof()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._gone, CLOSE_TIMEOUT_S)
        cut(transport)

    def _pong_not_received(self) -> None:
        """Nobody is there to hear a FIN: a reset leaves no orphan in the kernel that waits for an
        answer. aiohttp calls this, and has no public place for it."""
        transport = self._peer()
        if transport is not None:
            reset_on_close(transport)
        super()._pong_not_received()

    def _peer(self) -> asyncio.Transport | None:
        """Where the peer can still be written to."""
        transport = self._req.transport if self._req is not None else None
        return transport if transport is not None and not transport.is_closing() else None


class FrameGuard:
    """Stands before aiohttp's reader of frames, which takes them without a mask and in any number.

    What it refuses, and what comes after, never gets to the reader.
    """

    __slots__ = ("_clock", "_frames", "_headers", "_reader", "_refused", "_second", "_socket")

    def __init__(self, reader: WebSocketReader, ws: Socket, clock: Clock) -> None:
        self._reader = reader
        self._socket = ws
        self._headers = FrameHeaders()
        self._refused = False
        self._clock = clock
        self._second = clock.monotonic()
        self._frames = 0

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """As the reader's: whether the connection is to hear no more, and what was not read."""
        if self._refused:
            return True, b""
        now = self._clock.monotonic()
        if now - self._second >= 1.0:
            self._second, self._frames = now, 0
        try:
            self._frames += self._headers.walk(data, MAX_FRAMES_A_SECOND - self._frames)
        except FrameFault as fault:
            self._refused = True
            over, rest = self._reader.feed_data(data[: fault.at])
            if not over:
                broken = not isinstance(fault, TooManyFrames)
                code = WSCloseCode.PROTOCOL_ERROR if broken else WSCloseCode.POLICY_VIOLATION
                self._socket.refuse(WebSocketError(code, str(fault)))
            return True, rest
        return self._reader.feed_data(data)

    def feed_eof(self) -> None:
        """The connection has ended."""
        self._reader.feed_eof()
        self._socket.lost()


def cut(transport: asyncio.Transport) -> None:
    """End a connection now and leave nothing of it behind, neither here nor in the kernel.

    A bare abort() would leave an orphan in FIN-WAIT-1 with megabytes to send to a peer that does
    not read.
    """
    reset_on_close(transport)
    transport.abort()


def reset_on_close(transport: asyncio.Transport) -> None:
    """SO_LINGER of zero: closed, the kernel drops what waits and sends RST (socket(7))."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _may_be_said(code: int | None) -> bool:
    """Whether a peer's Close may have this code; one without a code is 0 to aiohttp."""
    return code is None or (code != WSCloseCode.ABNORMAL_CLOSURE and code <= LAST_CODE)
