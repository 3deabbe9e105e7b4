"""Who a request is from, and how it came: by its connection, or by what a trusted proxy says."""

import ipaddress
from collections.abc import Iterable

from aiohttp import web

from monitor.live.room import host_of
from monitor.rules import Network
from monitor.web.accepted import address_of
from monitor.web.keys import CONFIG

FOR, PROTO = "X-Forwarded-For", "X-Forwarded-Proto"


def client_of(request: web.BaseRequest, trusted: Iterable[Network]) -> str:
    """The IP address that it is from.

    Each proxy appends whom it was asked by: from the right, the first that is no proxy of ours is
    the last one that somebody we trust has seen. What stands to the left of it, anybody may have
    written.
    """
    client = address_of(request.transport)[0]
    said = ",".join(request.headers.getall(FOR, [])).split(",") if trusted else []
    for part in reversed(said):
        if not is_among(client, trusted):
            break
        address = part.strip()
        try:
            ipaddress.ip_address(address)
        except ValueError:
            break
        client = address
    return client


def host(request: web.Request) -> str:
    """The host that it is from, as `client_of` has it."""
    return host_of(client_of(request, request.app[CONFIG].trusted_proxies))


def is_secure(request: web.BaseRequest, trusted: Iterable[Network]) -> bool:
    """Whether what it is answered travels encrypted to whoever asks."""
    if request.transport is not None and request.transport.get_extra_info("ssl_object"):
        return True
    if not is_among(address_of(request.transport)[0], trusted):
        return False
    said = request.headers.getall(PROTO, [])
    # The one that the proxy next to us has written, if it appends.
    return bool(said) and said[-1].rpartition(",")[2].strip().lower() == "https"


def is_among(address: str, trusted: Iterable[Network]) -> bool:
    """Whether it is one of these."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in network for network in trusted)
