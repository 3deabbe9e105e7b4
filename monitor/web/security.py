"""The door: which names the page may be asked for by, which pages may open the stream, and headers.

A page of any other site that a person has open can reach 127.0.0.1 too. It must not get in by a
name of its own that points here (DNS rebinding), nor open the stream from there (WebSockets are not
bound by the same-origin rule: RFC 6455, 10.2).
"""

import ipaddress
import re
import socket
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from monitor.config import Config
from monitor.web.accepted import Handler
from monitor.web.cors import add_cors, asks_beforehand, may_read
from monitor.web.forwarded import is_secure
from monitor.web.headers import HEADERS, NO_PAGE, POLICY
from monitor.web.keys import CONFIG

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# RFC 9110, 7.2: a name or an address, and maybe a port. No dot at the end: browsers take that for
# another site.
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]*[a-z0-9_-]))(?::[0-9]{1,5})?", re.ASCII)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """on_response_prepare: on every answer, errors included."""
    if response.content_type != "text/html":
        response.headers.setdefault(POLICY, NO_PAGE)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.pop("Server", None)
    add_cors(request, response, request.app[CONFIG])


def door(config: Config) -> Middleware:
    """The middleware that answers 400 to a foreign Host and 403 to a foreign Origin."""
    names = served_names(config)

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        host, local = request.headers.get("Host", ""), _local_address(request)
        if not all(expected(one, names, config.host, local) for one in {host, *_target(request)}):
            raise web.HTTPBadRequest(text="this host name is not served here: --allowed-host\n")
        origin = request.headers.get("Origin")
        if origin is not None:
            secure = is_secure(request, config.trusted_proxies)
            own = same_host(origin, host, config.allowed_hosts, secure=secure)
            if not own and not may_read(request, config):
                raise web.HTTPForbidden(text="pages of this origin may not read from here\n")
            if not own and asks_beforehand(request):
                return web.Response(status=204)
        return await handler(request)

    return guard


def served_names(config: Config) -> frozenset[str]:
    """The names by which the page may be asked for."""
    names = {"localhost", *config.allowed_hosts}
    bound = _address(config.host)
    if bound is None or not bound.is_loopback:
        # Not getfqdn(): it may wait for a name server.
        names |= {config.host, socket.gethostname()}
    return frozenset(name.lower() for name in names)


def expected(host: str, names: Collection[str], bound: str, local: str = "") -> bool:
    """Whether a Host is a name or an address of this machine.

    `bound` is what it listens on, `local` the address that the connection came to. Where that is
    all addresses, each may be one of a proxy or a router before us: an address cannot be rebound.
    """
    found = _HOST.fullmatch(host.lower())
    if found is None:
        return False
    name = found[1] or found[2]
    if name in names:
        return True
    address, listening = _address(name), _address(bound)
    if address is None or (found[1] is None) is (address.version == 6):
        return False
    if address in (listening, _address(local)):
        return True
    if listening is None:  # a name: its addresses are those that connections come to
        return address.is_loopback and bound == "localhost"
    return listening.is_unspecified or (listening.is_loopback and address.is_loopback)


def same_host(
    origin: str, host: str, allowed: Collection[str] = (), *, secure: bool = False
) -> bool:
    """Whether a page of `origin` came from `host`, port included; `null` and the like did not.

    Or from one of the names `allowed`, at the port of its scheme: a proxy may tell a Host of its
    own. Where the answer travels encrypted (`secure`), the page has to have, too.
    """
    try:
        parts = urlsplit(origin.lower())
    except ValueError:
        return False
    schemes = ("https",) if secure else ("http", "https")
    if parts.scheme not in schemes or origin.lower() != f"{parts.scheme}://{parts.netloc}":
        return False
    return parts.netloc == host.lower() or parts.netloc in allowed


def _target(request: web.Request) -> Iterator[str]:
    """The host that the target names, where it is absolute ("GET http://evil/")."""
    if not request.raw_path.startswith("/"):
        try:
            yield urlsplit(request.raw_path).netloc
        except ValueError:
            yield ""


def _local_address(request: web.Request) -> str:
    name = request.transport.get_extra_info("sockname") if request.transport is not None else None
    return str(name[0]) if isinstance(name, tuple) else ""


def _address(name: str) -> Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
