"""The door: which names the page may be asked for by, which pages may open the stream, and headers.

A page of any other site that a person has open can reach 127.0.0.1 too. It must not get in by a
name of its own that points here (DNS rebinding), nor open the stream from there (WebSockets are not
bound by the same-origin rule: RFC 6455, 10.2).
"""

import ipaddress
import socket
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from monitor.config import Config

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Always ask whether the file is still the same: an upgrade must not meet yesterday's scripts.
    "Cache-Control": "no-cache",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """on_response_prepare: on every answer, errors included."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.pop("Server", None)


def door(config: Config) -> "Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]":
    """The middleware that answers 400 to a foreign Host and 403 to a foreign Origin."""
    names = {name.lower() for name in config.allowed_hosts}

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        # request.host is the target's where that is absolute ("GET http://evil/"); both must pass.
        hosts = {request.host, request.headers.get("Host", "")}
        if not all(_expected(host, names, config.host) for host in hosts):
            raise web.HTTPBadRequest(text="this host name is not served here; see --allowed-host\n")
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc.lower() != request.host.lower():
            raise web.HTTPForbidden(text="this origin may not read from here\n")
        return await handler(request)

    return guard


def _expected(host: str, names: set[str], bound: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    if not name:
        return False
    if name in names or name == "localhost":
        return True
    address = _address(name)
    if address is not None:
        # An address cannot be rebound: whoever names one means the machine that has it.
        return True
    bound_address = _address(bound)
    if bound_address is not None and bound_address.is_loopback:
        return False
    return name in (bound.lower(), socket.gethostname().lower(), socket.getfqdn().lower())


def _address(name: str) -> "ipaddress.IPv4Address | ipaddress.IPv6Address | None":
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
