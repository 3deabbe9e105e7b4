"""The page, and the few answers that are not the page."""

import socket

import aiohttp_jinja2
from aiohttp import web

import monitor
from monitor.auth.role import Role
from monitor.history.store import State
from monitor.web.compressed import compress
from monitor.web.keys import CONFIG, HISTORY, SAMPLER
from monitor.web.visitor import VISITOR
from monitor.wire.text import clean

# A sample older than this many intervals means that the machine is no longer being watched.
READY_INTERVALS = 3.0


async def index(request: web.Request) -> web.Response:
    """The page; its figures come over the stream."""
    session = request[VISITOR].session
    known = {
        "account": session.account if session is not None else None,
        "hostname": clean(socket.gethostname()),
        "version": monitor.__version__,
        "interval": request.app[CONFIG].interval,
    }
    page = aiohttp_jinja2.render_template("index.html", request, known)
    return await compress(request, page)


async def favicon(request: web.Request) -> web.Response:
    """Browsers ask for it unbidden; the page links an SVG icon instead."""
    return web.Response(status=204)


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
