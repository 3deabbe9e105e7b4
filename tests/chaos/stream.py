"""Viewers that note when each message came, and what the figures were then."""

import asyncio
import contextlib
import itertools
import math
import statistics
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from tests.support import peers
from tests.support.processes import merged

Document = dict[str, Any]


class Follower:
    """A well-behaved viewer. `at` is when its messages of `host` came, monotonic seconds."""

    def __init__(self) -> None:
        self.at: list[float] = []
        # By the server's wall clock, Unix seconds.
        self.times: list[float] = []
        self.document: Document = {}
        self.metrics: Document = {}
        self.over = False
        self._came = asyncio.Event()

    async def follow(self, url: str) -> None:
        """Until the stream ends."""
        async with peers.viewer(url) as ws:
            async for message in peers.messages(ws):
                self._take(message)
        self.over = True
        self._came.set()

    def _take(self, message: Document) -> None:
        if message["type"] == "welcome":
            self.metrics = message["metrics"]
        if message["type"] not in ("snapshot", "patch"):
            return
        known = self.document if message["type"] == "patch" else {}
        self.document = merged(known, message["data"])
        self.at.append(asyncio.get_running_loop().time())
        self.times.append(message["time"])
        self._came.set()

    async def tick(self) -> float:
        """Wait for the next message; when it came."""
        self._came.clear()
        await self._came.wait()
        assert not self.over, "the server has ended the stream"
        return self.at[-1]

    async def ticks(self, count: int) -> None:
        """Wait for so many."""
        for _ in range(count):
            await self.tick()

    async def until(self, found: Callable[[Document], bool]) -> float:
        """Wait until a document is like that; when it came."""
        while not found(self.document):
            await self.tick()
        return self.at[-1]

    def figure(self, name: str) -> Any:
        """The last one of `family.field`; None where it is not known."""
        family, field = name.split(".")
        return self.document.get(family, {}).get(field)

    def figures(self, kinds: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        """All of the last document that are of one of these kinds."""
        for name, metric in self.metrics.items():
            if metric["kind"] in kinds:
                family, field = name.split(".")
                of = self.document.get(family, {})
                for values in of.values() if "key" in metric else (of,):
                    if field in values:
                        yield name, values[field]

    def gaps(self, since: float = -math.inf) -> list[float]:
        """Seconds between messages that came after this moment."""
        return [b - a for a, b in itertools.pairwise(self.at) if a >= since]


def p99(values: list[float]) -> float:
    """What at most one of a hundred is above."""
    return statistics.quantiles(values, n=100, method="inclusive")[98]


@contextlib.asynccontextmanager
async def following(url: str, count: int = 1) -> AsyncIterator[list[Follower]]:
    """So many of them, each of which has had its first message."""
    followers = [Follower() for _ in range(count)]
    async with peers.Crowd() as crowd:
        tasks = [crowd.start(follower.follow(url)) for follower in followers]
        async with asyncio.timeout(30):
            await asyncio.gather(*(follower.tick() for follower in followers))
        yield followers
        assert not any(task.done() for task in tasks), "the server has ended the stream"
