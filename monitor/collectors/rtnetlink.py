"""Network interfaces as the kernel tells them over netlink: rtnetlink(7), linux/if_link.h.

One question brings all interfaces and all that they count. /sys/class/net has two dozen files for
each of them, which take ten times as long.
"""

import os
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

from monitor.collectors.inet_diag import (
    CHUNK_BYTES,
    NLM_F_DUMP,
    NLM_F_REQUEST,
    NLMSG_DONE,
    NLMSG_ERROR,
    PATIENCE_S,
    attributes,
)

RTM_NEWLINK, RTM_GETLINK = 16, 18
# linux/netlink.h: interfaces came or went while they were told.
NLM_F_DUMP_INTR = 0x10
# So often it is asked again then.
ATTEMPTS = 3

# linux/if_link.h: attributes of an interface.
IFLA_ADDRESS, IFLA_BROADCAST, IFLA_IFNAME, IFLA_LINK = 1, 2, 3, 5
IFLA_TXQLEN, IFLA_OPERSTATE, IFLA_LINKMODE, IFLA_IFALIAS = 13, 16, 17, 20
IFLA_STATS64, IFLA_GROUP, IFLA_EXT_MASK, IFLA_PROMISCUITY = 23, 27, 29, 30
IFLA_CARRIER, IFLA_CARRIER_CHANGES = 33, 35
IFLA_CARRIER_UP_COUNT, IFLA_CARRIER_DOWN_COUNT, IFLA_ALLMULTI = 47, 48, 61
# Of some fifty that the kernel tells.
WANTED = frozenset(
    (
        IFLA_ADDRESS,
        IFLA_BROADCAST,
        IFLA_IFNAME,
        IFLA_LINK,
        IFLA_TXQLEN,
        IFLA_OPERSTATE,
        IFLA_LINKMODE,
        IFLA_IFALIAS,
        IFLA_STATS64,
        IFLA_GROUP,
        IFLA_PROMISCUITY,
        IFLA_CARRIER,
        IFLA_CARRIER_CHANGES,
        IFLA_CARRIER_UP_COUNT,
        IFLA_CARRIER_DOWN_COUNT,
        IFLA_ALLMULTI,
    )
)
# linux/rtnetlink.h: without what the addresses count, which is half of it.
RTEXT_FILTER_SKIP_STATS = 1 << 3

_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_MESSAGE = struct.Struct("=BxHiII")  # family, type, index, flags, change
_ATTRIBUTE = struct.Struct("=HHI")  # length, type, a number
_ERROR = struct.Struct("=i")


class Link(NamedTuple):
    """One interface: its kind (linux/if_arp.h), its flags (netdevice(7)), its attributes."""

    kind: int
    number: int
    flags: int
    attributes: dict[int, bytes]

    def value(self, kind: int) -> int | None:
        """An attribute of one or four bytes; None where there is none."""
        value = self.attributes.get(kind)
        return int.from_bytes(value[:4], sys.byteorder) if value else None

    def text(self, kind: int) -> str:
        """An attribute that is a text; "" where there is none."""
        return os.fsdecode(self.attributes.get(kind, b"").rstrip(b"\0"))


def links() -> list[Link]:
    """All interfaces of this network namespace. Raises OSError where the kernel refuses, and
    ValueError where the answer is none.
    """
    answer = _ask()
    for _ in range(ATTEMPTS):
        if not any(flags & NLM_F_DUMP_INTR for _, flags, _ in answer):
            break
        answer = _ask()
    return [parse_link(body) for kind, _, body in answer if kind == RTM_NEWLINK]


def parse_link(body: bytes) -> Link:
    """A message about an interface, without its header; of its attributes those that are wanted.
    Pure. Raises ValueError.
    """
    if len(body) < _MESSAGE.size:
        raise ValueError(f"an interface of {len(body)} bytes")
    _, kind, index, flags, _ = _MESSAGE.unpack_from(body)
    return Link(kind, index, flags, dict(attributes(body, _MESSAGE.size, len(body), WANTED)))


def split(chunk: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Type, flags and body of each message of a chunk. Pure. Raises OSError for the kernel's
    refusal and ValueError where it is none of its.
    """
    offset = 0
    while offset + _HEADER.size <= len(chunk):
        length, kind, flags, _, _ = _HEADER.unpack_from(chunk, offset)
        if length < _HEADER.size or offset + length > len(chunk):
            raise ValueError(f"a netlink message of {length} bytes in {len(chunk) - offset}")
        body = chunk[offset + _HEADER.size : offset + length]
        if kind == NLMSG_ERROR and len(body) >= _ERROR.size:
            (error,) = _ERROR.unpack_from(body)
            raise OSError(-error, os.strerror(-error))
        yield kind, flags, body
        offset += (length + 3) & ~3


def _ask() -> list[tuple[int, int, bytes]]:
    """The messages of one answer. One that does not come at all is no reason to hang."""
    length = _HEADER.size + _MESSAGE.size + _ATTRIBUTE.size
    request = (
        _HEADER.pack(length, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1, 0)
        + _MESSAGE.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        + _ATTRIBUTE.pack(_ATTRIBUTE.size, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS)
    )
    answer: list[tuple[int, int, bytes]] = []
    kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC
    with closing(socket.socket(socket.AF_NETLINK, kind, socket.NETLINK_ROUTE)) as link:
        link.settimeout(PATIENCE_S)
        link.send(request)
        while not answer or answer[-1][0] != NLMSG_DONE:
            answer += split(link.recv(CHUNK_BYTES))
    return answer
