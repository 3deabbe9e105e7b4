"""The door: which names the page may be asked for by, which pages may open the stream, and headers.

A page of any other site that a person has open can reach 127.0.0.1 too. It must not get in by a
name of its own that points here (DNS rebinding), nor open the stream from there (WebSockets are not
bound by the same-origin rule: RFC 6455, 10.2).
"""

import ipaddress
import socket
from collections.abc import Awaitable, Callable, Collection
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

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


def door(config: Config) -> Middleware:
    """The middleware that answers 400 to a foreign Host and 403 to a foreign Origin."""
    names = served_names(config)

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        # request.host is the target's where that is absolute ("GET http://evil/"); both must pass.
        hosts = {request.host, request.headers.get("Host", "")}
        if not all(expected(host, names) for host in hosts):
            raise web.HTTPBadRequest(text="this host name is not served here: --allowed-host\n")
        origin = request.headers.get("Origin")
        if origin is not None and not same_host(origin, request.host, config.allowed_hosts):
            raise web.HTTPForbidden(text="pages of this origin may not read from here\n")
        return await handler(request)

    return guard


def served_names(config: Config) -> frozenset[str]:
    """The names by which the page may be asked for, besides addresses."""
    names = {"localhost", *config.allowed_hosts}
    bound = _address(config.host)
    if bound is None or not bound.is_loopback:
        # Not getfqdn(): it may wait for a name server.
        names |= {config.host, socket.gethostname()}
    return frozenset(name.lower() for name in names)


def expected(host: str, names: frozenset[str]) -> bool:
    """Whether a Host names this machine. An address cannot be rebound: it means who has it."""
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    return bool(name) and (name in names or _address(str(name)) is not None)


def same_host(origin: str, host: str, allowed: Collection[str] = ()) -> bool:
    """Whether a page of `origin` came from `host`, port included; `null` and the like did not.

    Or from one of the names `allowed`, at any port: a proxy may tell a Host of its own.
    """
    try:
        parts = urlsplit(origin)
        return parts.netloc.lower() == host.lower() or parts.hostname in allowed
    except ValueError:
        return False


def _address(name: str) -> "ipaddress.IPv4Address | ipaddress.IPv6Address | None":
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
