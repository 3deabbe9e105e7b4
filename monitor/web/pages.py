"""The page, and the few answers that are not the page."""

import socket
from pathlib import Path
from typing import Any

import aiohttp_jinja2
from aiohttp import web

import monitor
from monitor.auth.role import Role
from monitor.history.store import State
from monitor.web.keys import CONFIG, HISTORY, SAMPLER
from monitor.web.visitor import VISITOR
from monitor.wire.text import clean

# A sample older than this many intervals means that the machine is no longer being watched.
READY_INTERVALS = 3.0


@aiohttp_jinja2.template("index.html")
async def index(request: web.Request) -> dict[str, Any]:
    """The page; its figures come over the stream."""
    session = request[VISITOR].session
    return {
        "account": session.account if session is not None else None,
        "hostname": clean(socket.gethostname()),
        "version": monitor.__version__,
        "interval": request.app[CONFIG].interval,
    }


async def favicon(request: web.Request) -> web.Response:
    """Browsers ask for it unbidden; the page links an SVG icon instead."""
    return web.Response(status=204)


class Static:
    """The page's own files, listed once: whatever else is asked for is not there.

    Not aiohttp's add_static: a name that the filesystem finds too long becomes a 500 there, with a
    traceback for each request.
    """

    def __init__(self, root: Path) -> None:
        self._files = {
            path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()
        }

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The file of that name, or 404."""
        path = self._files.get(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path)


async def healthz(request: web.Request) -> web.Response:
    """The process answers: `ok`, or the history's state where it is not as it should be."""
    history = request.app[HISTORY]
    if history.state is State.OK:
        return web.Response(text="ok\n")
    # Paths are no business of strangers.
    known = request[VISITOR].role > Role.ANYBODY
    told = history.health if known else history.state.value
    return web.Response(text=f"degraded: the history is {told}\n")


async def readyz(request: web.Request) -> web.Response:
    """The machine is being watched: there is a sample younger than READY_INTERVALS."""
    limit = READY_INTERVALS * request.app[CONFIG].interval
    if request.app[SAMPLER].age() < limit:
        return web.Response(text="ok\n")
    return web.Response(status=503, text="not ready\n")
