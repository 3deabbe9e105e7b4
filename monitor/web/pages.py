"""The page, and the few answers that are not the page."""

import socket
from typing import Any

import aiohttp_jinja2
from aiohttp import web

import monitor
from monitor.web.keys import CONFIG, SAMPLER
from monitor.wire.text import clean

# A sample older than this many intervals means that the machine is no longer being watched.
READY_INTERVALS = 3.0


@aiohttp_jinja2.template("index.html")
async def index(request: web.Request) -> dict[str, Any]:
    """The page; its figures come over the stream."""
    return {
        "hostname": clean(socket.gethostname()),
        "version": monitor.__version__,
        "interval": request.app[CONFIG].interval,
    }


async def favicon(request: web.Request) -> web.Response:
    """Browsers ask for it unbidden; the page links an SVG icon instead."""
    return web.Response(status=204)


async def healthz(request: web.Request) -> web.Response:
    """The process answers. Says nothing else."""
    return web.Response(text="ok\n")


async def readyz(request: web.Request) -> web.Response:
    """The machine is being watched: there is a sample younger than READY_INTERVALS."""
    limit = READY_INTERVALS * request.app[CONFIG].interval
    if request.app[SAMPLER].age() < limit:
        return web.Response(text="ok\n")
    return web.Response(status=503, text="not ready\n")
