"""What the network interfaces of Linux are: up or not, how fast, how large a packet they take.

The counters change at each reading and this hardly ever: the most of it is asked again in turns.
"""

import fcntl
import os
import socket
import struct
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from monitor.collectors.sysfs import read_number

CLASS_NET = Path("/sys/class/net")
BITS_A_MEGABIT = 1_000_000
# Of so many interfaces one is asked for all at a reading. Whether they are up is asked of each.
TURNS = 10

# netdevice(7): a question by name, of 16 bytes with its end; the answer stands behind it.
SIOCGIFFLAGS = 0x8913
SIOCGIFMTU = 0x8921
IFF_RUNNING = 0x40
_REQUEST_BYTES = 40
_FLAGS = struct.Struct("=16xH")
_MTU = struct.Struct("=16xi")


class Link(NamedTuple):
    """What an interface is. Speed is bits a second, the MTU bytes."""

    up: bool | None
    mtu: int | None
    speed: int | None
    physical: bool | None


class Links:
    """Asks the kernel by ioctl, which knows names that are not UTF-8 and this network namespace.

    What only /sys knows may be that of another namespace, the one in which it was mounted.
    """

    def __init__(self, class_net: Path = CLASS_NET) -> None:
        self._class_net = class_net
        self._told = False
        self._turn = 0
        self._known: dict[bytes, Link] = {}

    def read(self, names: Collection[bytes]) -> dict[bytes, Link]:
        """Those with these names. One that is just gone is not known."""
        self._turn = (self._turn + 1) % TURNS
        self._told = os.path.isdir(self._class_net)
        try:
            asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        except OSError:  # a sandbox may refuse it
            self._known = {name: self._link(None, name, up=None) for name in names}
            return self._known
        with closing(asked):
            self._known = {
                name: self._current(asked, name, place) for place, name in enumerate(names)
            }
        return self._known

    def _current(self, asked: socket.socket, name: bytes, place: int) -> Link:
        flags = _ask(asked, SIOCGIFFLAGS, _FLAGS, name)
        up = bool(flags & IFF_RUNNING) if flags is not None else None
        known = self._known.get(name)
        if known is not None and known.up == up and place % TURNS != self._turn:
            return known
        return self._link(asked, name, up=up)

    def _link(self, asked: socket.socket | None, name: bytes, *, up: bool | None) -> Link:
        directory = f"{self._class_net}/{os.fsdecode(name)}"
        megabits = read_number(f"{directory}/speed")
        return Link(
            up=up,
            mtu=_ask(asked, SIOCGIFMTU, _MTU, name) if asked is not None else None,
            # -1 and 0 are what drivers say that do not know.
            speed=megabits * BITS_A_MEGABIT if megabits and megabits > 0 else None,
            physical=_physical(directory) if self._told else None,
        )


def _ask(asked: socket.socket, request: int, answer: struct.Struct, name: bytes) -> int | None:
    try:
        told = fcntl.ioctl(asked, request, name.ljust(_REQUEST_BYTES, b"\0"))
    except OSError:
        return None
    number: int = answer.unpack_from(told)[0]
    return number


def _physical(directory: str) -> bool:
    # In clouds one device may carry what another, its master, counts as well (kernel:
    # networking/net_failover.rst). A bridge or a bond is a master that is no device.
    exists = os.path.exists
    return exists(f"{directory}/device") and not exists(f"{directory}/master/device")
