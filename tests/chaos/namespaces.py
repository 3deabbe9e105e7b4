"""A network of its own for those who are to be cut off: a namespace at the end of a cable."""

import contextlib
import itertools
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass

from tests.chaos.kernel import run

NUMBERS = itertools.count()


@dataclass(frozen=True)
class Namespace:
    """`host` is this machine's address as it is seen from there."""

    name: str
    host: str

    def command(self, *command: str) -> tuple[str, ...]:
        """The same, run there."""
        return ("ip", "netns", "exec", self.name, *command)

    async def drop(self) -> None:
        """From now on nothing gets in or out, and nobody is told."""
        for chain in ("INPUT", "OUTPUT"):
            await run(*self.command("iptables", "-A", chain, "-j", "DROP"))


@contextlib.asynccontextmanager
async def namespace() -> AsyncIterator[Namespace]:
    """Made, and removed with all that is in it. Needs root."""
    number = next(NUMBERS)
    name = f"chaos{os.getpid()}-{number}"
    # Of the network that is set apart for tests (RFC 2544, C.2.2), four addresses for each.
    net = f"198.18.{os.getpid() % 256}.{{}}/30"
    here, there = net.format(4 * number + 1), net.format(4 * number + 2)
    await run("ip", "netns", "add", name)
    try:
        # The cable goes with either of its ends.
        cable = name.replace("chaos", "c")
        await run("ip", "link", "add", cable, "type", "veth", "peer", "eth0", "netns", name)
        await run("ip", "addr", "add", here, "dev", cable)
        await run("ip", "link", "set", cable, "up")
        await run("ip", "-n", name, "addr", "add", there, "dev", "eth0")
        await run("ip", "-n", name, "link", "set", "eth0", "up")
        yield Namespace(name, here.partition("/")[0])
    finally:
        await run("ip", "netns", "del", name)
