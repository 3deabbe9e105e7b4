"""One viewer's WebSocket: what it has been sent, whether it keeps up, and how it is cut off."""

import asyncio
import contextlib
import socket

from aiohttp import WSCloseCode

from monitor.auth.role import Role
from monitor.clock import Clock
from monitor.live.conduct import Conduct
from monitor.live.connection import Connection
from monitor.live.line import Line
from monitor.live.socket import CLOSE_TIMEOUT_S, Socket, cut
from monitor.wire.frame import close_frame

# The kernel gives up on unacknowledged bytes, and on a closed window, after this long; so nothing
# of a vanished peer outlives it in the kernel's tables either (tcp(7), TCP_USER_TIMEOUT).
USER_TIMEOUT_MS = 15_000
# How much may wait unsent in the kernel before the socket stops taking more. Without this the
# kernel swallows 2.8 MB, and a slow viewer is shown minutes-old figures (tcp(7)).
NOTSENT_LOWAT_BYTES = 16 * 1024


class Viewer(Socket):
    """A WebSocket that the hub writes to, by its line. What it is told depends on `role`."""

    def __init__(self, clock: Clock, role: Role) -> None:
        super().__init__(clock)
        self.role = role
        self.conduct = Conduct()
        self._line: Line | None = None
        self._closing_said = False
        self._last_call: asyncio.TimerHandle | None = None

    def begin(self, connection: Connection, transport: asyncio.Transport) -> None:
        """The upgrade is done: `transport` may be written to from now on."""
        self._line = Line(connection, transport)
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
    def line(self) -> Line:
        """How it is written to; only after `begin`."""
        assert self._line is not None
        return self._line

    def say_close(self, code: int, reason: str) -> None:
        """Write Close as the last frame; the handler reads on until the peer has answered.

        Not aiohttp's close(): called from outside the handler it closes the socket without waiting
        for the answer, and a peer that is just saying something then loses the Close to a reset.
        A peer that does not answer within CLOSE_TIMEOUT_S is cut off.
        """
        if not self.line.send(close_frame(code, reason)):
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
        self.line.transport.pause_reading()
        await asyncio.sleep(CLOSE_TIMEOUT_S)
        self.cut()

    async def close(
        self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True
    ) -> bool:
        """What aiohttp calls at the peer's Close, at a broken frame and when the handler ends.

        Marks the end first, so that no message can follow the Close, and sends none where one was
        sent already.
        """
        self._end(self._why(code))
        if self._closing_said:
            self.line.transport.close()  # flushes what waits; aiohttp finds no one to write to
        return await super().close(code=code, message=message, drain=drain)

    def _why(self, code: int) -> str:
        """Whose doing the end is, as aiohttp has noted it before it calls close()."""
        if code != WSCloseCode.OK:
            return f"closed with {int(code)}, {WSCloseCode(code).name.lower()}"
        if self.close_code is None:
            return "handler ended"
        # aiohttp notes an end without Close as 1000 too; but then the transport is going already.
        if self._line is None or self._line.transport.is_closing():
            return "connection lost"
        return f"closed by viewer with {self.close_code}"

    def ended(self, reason: str) -> None:
        """The handler is over."""
        self.line.ended(reason, self._clock.monotonic())
        if self._last_call is not None:
            self._last_call.cancel()
        if self.line.backlog():
            # The transport would wait for a peer that may never read again.
            self.cut()

    def _end(self, reason: str) -> None:
        if self._line is not None:
            self._line.disconnect(reason, self._clock.monotonic())

    def cut(self) -> None:
        """End the connection now and leave nothing of it behind."""
        cut(self.line.transport)
