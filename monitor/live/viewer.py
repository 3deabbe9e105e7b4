"""One viewer's WebSocket: what it has been sent, whether it keeps up, and how it is cut off."""

import asyncio
import contextlib
import socket
import struct

from aiohttp import WSCloseCode, web

from monitor.clock import Clock
from monitor.live.conduct import Conduct
from monitor.live.connection import Connection
from monitor.wire.frame import close_frame

# RFC 6455 puts no bound on a message; a viewer's commands are a few hundred bytes.
MAX_MESSAGE_BYTES = 64 * 1024
# A peer that answers no ping within half of this more is gone: noticed after 15 s at the latest.
HEARTBEAT_S = 10.0
# The kernel gives up on unacknowledged bytes, and on a closed window, after this long; so nothing
# of a vanished peer outlives it in the kernel's tables either (tcp(7), TCP_USER_TIMEOUT).
USER_TIMEOUT_MS = 15_000
# How much may wait unsent in the kernel before the socket stops taking more. Without this the
# kernel swallows 2.8 MB, and a slow viewer is shown minutes-old figures (tcp(7)).
NOTSENT_LOWAT_BYTES = 16 * 1024
# How long a peer has to answer Close.
CLOSE_TIMEOUT_S = 1.0


class Viewer(web.WebSocketResponse):
    """A WebSocket that the hub writes to, a whole frame at a time.

    Frames go straight to the transport: they are built once for all viewers, and a write that
    nobody awaits cannot be cancelled half-way. Compression is never negotiated.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__(
            compress=False,
            heartbeat=HEARTBEAT_S,
            # The handler answers pings, and counts them: aiohttp would answer a flood of them
            # without ever giving the loop back.
            autoping=False,
            # aiohttp refuses a message of this size already, not only one over it.
            max_msg_size=MAX_MESSAGE_BYTES + 1,
            timeout=CLOSE_TIMEOUT_S,
        )
        self.conduct = Conduct()
        # The last seq sent of each topic subscribed to; None: a snapshot is owed.
        self.sent_seq: dict[str, int | None] = {}
        # The topics of which it is sent what it missed while it was away.
        self.resuming: set[str] = set()
        self._clock = clock
        self._connection: Connection | None = None
        self._transport: asyncio.Transport | None = None
        self._closing_said = False
        self._last_call: asyncio.TimerHandle | None = None
        self._stuck_since: float | None = None
        self._stuck_bytes = 0

    def begin(self, connection: Connection, transport: asyncio.Transport) -> None:
        """The upgrade is done: `transport` may be written to from now on."""
        self._connection = connection
        self._transport = transport
        sock = transport.get_extra_info("socket")
        for name, value in (
            ("TCP_NOTSENT_LOWAT", NOTSENT_LOWAT_BYTES),
            ("TCP_USER_TIMEOUT", USER_TIMEOUT_MS),
        ):
            option = getattr(socket, name, None)
            if sock is not None and option is not None:
                # The peer may be gone already.
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.IPPROTO_TCP, option, value)

    @property
    def connection(self) -> Connection:
        """Its life; only after `begin`."""
        assert self._connection is not None
        return self._connection

    def send(self, frame: bytes) -> bool:
        """Write one frame. False, and nothing written, where the end has begun."""
        transport, connection = self._transport, self._connection
        if transport is None or connection is None or not connection.open:
            return False
        if transport.is_closing():
            return False
        transport.write(frame)
        connection.sent(len(frame))
        return True

    @property
    def backlog(self) -> int:
        """Bytes that this process still holds for the viewer, because the kernel takes no more."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def stuck_for(self, now: float) -> float:
        """Seconds for which the viewer has taken nothing at all of what waits for it."""
        backlog = self.backlog
        if backlog == 0:
            self._stuck_since = None
            return 0.0
        if self._stuck_since is None or backlog < self._stuck_bytes:
            self._stuck_since = now
        self._stuck_bytes = backlog
        return now - self._stuck_since

    def say_close(self, code: int, reason: str) -> None:
        """Write Close as the last frame; the handler reads on until the peer has answered.

        Not aiohttp's close(): called from outside the handler it closes the socket without waiting
        for the answer, and a peer that is just saying something then loses the Close to a reset.
        A peer that does not answer within CLOSE_TIMEOUT_S is cut off.
        """
        if not self.send(close_frame(code, reason)):
            return
        self._end(reason)
        self._closing_said = True
        self._last_call = asyncio.get_running_loop().call_later(CLOSE_TIMEOUT_S, self.cut)

    async def show_out(self, reason: str) -> None:
        """Close (1008) on a peer that asks too much, without listening to it any longer.

        What it still says stays in the kernel, so it costs nothing; its answer to Close with it. It
        has CLOSE_TIMEOUT_S to read why it has to go.
        """
        self.say_close(WSCloseCode.POLICY_VIOLATION, reason)
        if self._transport is not None:
            self._transport.pause_reading()
        await asyncio.sleep(CLOSE_TIMEOUT_S)
        self.cut()

    async def close(
        self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True
    ) -> bool:
        """What aiohttp calls at the peer's Close, at a broken frame and when the handler ends.

        Marks the end first, so that no message can follow the Close, and sends none where one was
        sent already. `drain` is not heeded: a peer that stopped reading would hold it up for ever.
        """
        self._end(self._why(code))
        if self._closing_said and self._transport is not None:
            self._transport.close()  # flushes what waits; aiohttp finds no one to write to
        return await super().close(code=code, message=message, drain=False)

    def _why(self, code: int) -> str:
        """Whose doing the end is, as aiohttp has noted it before it calls close()."""
        if code != WSCloseCode.OK:
            return f"closed with {int(code)}, {WSCloseCode(code).name.lower()}"
        if self.close_code is None:
            return "handler ended"
        # aiohttp notes an end without Close as 1000 too; but then the transport is going already.
        if self._transport is None or self._transport.is_closing():
            return "connection lost"
        return f"closed by viewer with {self.close_code}"

    def ended(self, reason: str) -> None:
        """The handler is over."""
        self.connection.closed(reason, self._clock.monotonic())
        if self._last_call is not None:
            self._last_call.cancel()
        if self.backlog:
            # The transport would wait for a peer that may never read again.
            self.cut()

    def evict(self, reason: str) -> None:
        """Cut the peer off for `reason`."""
        self._end(reason)
        self.cut()

    def _end(self, reason: str) -> None:
        if self._connection is not None:
            self._connection.disconnect(reason, self._clock.monotonic())

    def cut(self) -> None:
        """End the connection now and leave nothing of it behind, neither here nor in the kernel.

        SO_LINGER of zero makes the kernel drop what waits and send RST; a bare abort() would leave
        an orphan in FIN-WAIT-1 with megabytes to send to a peer that does not read (socket(7)).
        """
        transport = self._transport
        if transport is None:
            return
        sock = transport.get_extra_info("socket")
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
