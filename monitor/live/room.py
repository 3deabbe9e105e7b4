"""How many viewers there may be: of the server, of one address, and for lack of descriptors."""

import ipaddress
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

# A host has as many IPv6 addresses as it likes in the network that it is in (RFC 4291, 2.5.4).
IPV6_HOST_PREFIX = 64


class NoRoom(Exception):
    """There is no seat. Its text is one line that says which limit it is."""


class Room:
    """Gives seats to viewers and takes them back."""

    def __init__(self, *, viewers: int, per_address: int, descriptors: int) -> None:
        self._viewers = viewers
        self._per_address = per_address
        # Viewers for whom there are descriptors.
        self._descriptors = descriptors
        self._taken: Counter[str] = Counter()

    def resize(self, *, viewers: int, per_address: int) -> None:
        """From now on there are so many seats. Who has one keeps it."""
        self._viewers, self._per_address = viewers, per_address

    @contextmanager
    def seat(self, address: str) -> Iterator[None]:
        """A seat for a viewer from this IP address, until the end of the block. Raises NoRoom."""
        host = host_of(address)
        self._need_room(host)
        self._taken[host] += 1
        try:
            yield
        finally:
            self._taken[host] -= 1
            if not self._taken[host]:
                del self._taken[host]

    def _need_room(self, host: str) -> None:
        taken = self._taken.total()
        if self._taken[host] >= self._per_address:
            raise NoRoom(
                f"all {self._per_address} places for viewers of one address are taken: "
                "--max-viewers-per-address"
            )
        if taken >= self._viewers:
            raise NoRoom(f"all {self._viewers} places for viewers are taken: --max-viewers")
        if taken >= self._descriptors:
            raise NoRoom(f"no descriptors are left for more than {taken} viewers: RLIMIT_NOFILE")


def host_of(address: str) -> str:
    """What stands for one host: the IPv4 address, or the network of the IPv6 address."""
    if ":" not in address:
        return address
    # Without the interface that a link-local address is of.
    network = ipaddress.ip_network((address.partition("%")[0], IPV6_HOST_PREFIX), strict=False)
    return str(network)
