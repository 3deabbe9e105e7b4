"""A route that answers each message with itself, on the WebSocket that viewers get.

Beside it, the same on aiohttp's own: it shows that the suite can fail.
"""

import contextlib
from collections.abc import AsyncIterator

from aiohttp import WSMsgType, web

from monitor.auth.role import Role
from monitor.clock import SystemClock
from monitor.live.connection import Connection
from monitor.live.viewer import Viewer
from monitor.wire.frame import text_frame

OURS, BARE = "monitor", "aiohttp"
HOST = "127.0.0.1"


async def ours(request: web.Request) -> web.StreamResponse:
    """Serve one client until either side ends it.

    As `monitor.web.stream` does, with its bounds; but what is said is said back, and so are binary
    messages, which viewers may not send.
    """
    clock = SystemClock()
    viewer = Viewer(clock, Role.ADMIN)
    await viewer.prepare(request)
    if request.transport is None:  # gone between the upgrade and here
        return viewer
    viewer.begin(Connection(1, "the suite", clock.monotonic()), request.transport)
    try:
        await _answer(viewer)
    finally:
        viewer.ended("handler cancelled")
    return viewer


async def _answer(viewer: Viewer) -> None:
    # A pong to a peer that has just gone.
    with contextlib.suppress(ConnectionError):
        async for message in viewer:
            if message.type is WSMsgType.TEXT:
                viewer.line.send(text_frame(message.data.encode()))
            elif message.type is WSMsgType.BINARY:
                await viewer.send_bytes(message.data)
            elif message.type is WSMsgType.PING:
                await viewer.pong(message.data)
            elif message.type is WSMsgType.ERROR:
                return


async def bare(request: web.Request) -> web.StreamResponse:
    """The same as one writes it first."""
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    async for message in ws:
        if message.type is WSMsgType.TEXT:
            await ws.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await ws.send_bytes(message.data)
    return ws


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[dict[str, str]]:
    """The address of each route by its name, on a port that is free."""
    app = web.Application()
    app.router.add_get(f"/{OURS}", ours)
    app.router.add_get(f"/{BARE}", bare)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, 0).start()
        port = runner.addresses[0][1]
        yield {name: f"ws://{HOST}:{port}/{name}" for name in (OURS, BARE)}
    finally:
        await runner.cleanup()
