"""`/ws/metrics`: a viewer's way in, what it says, and its one way out."""

import asyncio
import contextlib
import re
from collections.abc import Iterator, Mapping

from aiohttp import WebSocketError, WSCloseCode, WSMsgType, web

from monitor.auth.sessions import Session
from monitor.live.hub import RETRY_AFTER_S, Hub
from monitor.live.room import NoRoom
from monitor.live.viewer import Viewer
from monitor.model.metric import HOST
from monitor.web.accepted import accepted, address_of
from monitor.web.forwarded import client_of
from monitor.web.keys import CONFIG, HUB, ROOM
from monitor.web.visitor import VISITOR
from monitor.wire import commands
from monitor.wire.commands import CommandError, Resume

# Close: there is nobody any more who has signed in (4000 and above are for programs' own use, and
# 401 is HTTP's word for it).
SIGNED_OUT = 4401
# When there is no room: nobody leaves at once.
FULL_RETRY_S = 30
# Longer numbers are no tick of ours, and would be costly to read.
WHOLE = re.compile(r"[0-9]{1,18}", re.ASCII)


async def metrics(request: web.Request) -> web.StreamResponse:
    """Serve one viewer until either side ends it. 503 while the server stops or has no room.

    With `session` and `since` (and `time`) it is a viewer that was here before and wants what it
    missed of the topic `host`; 400 where these cannot be read.
    """
    hub = request.app[HUB]
    if not hub.accepting:
        return _later("stopping\n", round(RETRY_AFTER_S))
    try:
        back = _back(request.query)
    except CommandError as error:
        return web.Response(status=400, text=f"{error.message}\n")
    address = client_of(request, request.app[CONFIG].trusted_proxies)
    port = address_of(request.transport)[1]
    try:
        with request.app[ROOM].seat(address):
            return await _serve(request, f"{address}:{port}", back)
    except NoRoom as full:
        return _later(f"{full}\n", FULL_RETRY_S)


async def _serve(request: web.Request, peer: str, back: Resume | None) -> web.StreamResponse:
    hub, visitor = request.app[HUB], request[VISITOR]
    viewer = Viewer(hub.clock, visitor.role)
    await viewer.prepare(request)
    transport, connection = request.transport, accepted(request)
    if transport is None:  # gone between the upgrade and here
        return viewer
    if connection is not None:
        connection.stand_aside()
    if not hub.join(viewer, transport, peer, back):
        await viewer.close(code=WSCloseCode.GOING_AWAY, message=b"shutdown")
        return viewer
    reason = "handler cancelled"
    try:
        with _until_signed_out(viewer, visitor.session):
            reason = await _listen(hub, viewer)
    finally:
        hub.leave(viewer, reason)
    return viewer


@contextlib.contextmanager
def _until_signed_out(viewer: Viewer, session: Session | None) -> Iterator[None]:
    """Meanwhile the viewer goes when its session does, which may be already."""
    if session is None:
        yield
        return

    def end() -> None:
        viewer.say_close(SIGNED_OUT, "signed out")

    session.tell(end)
    try:
        yield
    finally:
        session.forget(end)


def _later(reason: str, seconds: int) -> web.Response:
    return web.Response(status=503, headers={"Retry-After": str(seconds)}, text=reason)


def _back(query: Mapping[str, str]) -> Resume | None:
    if "since" not in query and "session" not in query:
        return None
    numbers = {name: _number(query[name]) for name in ("since", "time") if name in query}
    return commands.resume(HOST, {"session": query.get("session"), **numbers})


def _number(text: str) -> int | float | str:
    """Read as JSON would be; the text itself where it is no number, to be named in the refusal."""
    try:
        return int(text) if WHOLE.fullmatch(text) else float(text)
    except ValueError:
        return text


async def _listen(hub: Hub, viewer: Viewer) -> str:
    """Follow what the viewer says until the end; returns why it came."""
    try:
        async for message in viewer:
            if not viewer.line.connection.open:
                # Close was sent: what still comes is not followed, only its answer counts. Buffered
                # messages are had without waiting, so a flood would keep the loop to itself.
                await asyncio.sleep(0)
                continue
            banned = hub.heed(viewer)
            if banned is None and message.type is WSMsgType.TEXT:
                banned = hub.hear(viewer, message.data)
            if banned is not None:
                await viewer.show_out(banned)
                return banned
            if message.type is WSMsgType.PING:
                await viewer.pong(message.data)
            elif message.type is WSMsgType.BINARY:
                viewer.say_close(WSCloseCode.UNSUPPORTED_DATA, "only text messages are understood")
            elif message.type is WSMsgType.ERROR:
                return _fault(message.data)
    except ConnectionError:
        # A pong to a peer that has just gone.
        return "connection lost"
    return f"closed by viewer with {viewer.close_code}"


def _fault(cause: object) -> str:
    if isinstance(cause, WebSocketError):
        return f"broke the protocol: {cause}"
    if isinstance(cause, asyncio.TimeoutError):
        return "no answer to ping"
    return "connection lost"
