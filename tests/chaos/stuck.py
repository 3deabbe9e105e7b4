"""Viewers that never read, of a stream that is too much for them."""

import asyncio
import select
import socket

from tests.chaos import kernel
from tests.chaos.stream import following, p99
from tests.support import peers
from tests.support.observed import Setup
from tests.support.subject import Subject, running

STUCK = 20
# One after the other: of the gaps that fit into one crowd's time, the longest would be the p99.
CROWDS = 3
HEALTHY = 4
SETUP = Setup(interval=0.2, bulk=60_000)
EVICTED_S = 5.0
GONE_S = 2.0
MEMORY_EACH = 512 * 1024
GAP = 1.5 * SETUP.interval
# How often is looked; what is found is true up to this long before.
LOOK_S = 0.05


async def never_read(kind: str) -> str:
    """20 viewers that never read are thrown out, thrice, and hurt nobody meanwhile."""
    async with (
        running(kind, SETUP, strict=False) as subject,
        following(subject.url, HEALTHY) as healthy,
    ):
        async with asyncio.timeout(10):
            await healthy[0].ticks(5)
        before = kernel.rss(subject)
        began = asyncio.get_running_loop().time()
        crowds = [await _crowd(subject, before) for _ in range(CROWDS)]
        evicted, memory, gone = (max(figures) for figures in zip(*crowds, strict=True))
        assert evicted <= EVICTED_S, f"the last one was evicted after {evicted:.2f} s"
        assert memory <= MEMORY_EACH, f"each took {memory >> 10} KiB"
        gap = max(p99(follower.gaps(began)) for follower in healthy)
        assert gap <= GAP, f"a healthy viewer's p99 gap is {gap:.3f} s"
        subject.assert_log_clean()
    return (
        f"evicted after {evicted:.2f} s, {memory >> 10} KiB each, "
        f"p99 gap {gap / SETUP.interval:.2f} intervals, gone from the kernel {gone:.2f} s later"
    )


async def _crowd(subject: Subject, before: int) -> tuple[float, int, float]:
    """Seconds until all were evicted, the most bytes each took, seconds until all were gone."""
    async with peers.Crowd() as crowd:
        stuck = await asyncio.gather(*(crowd.raw(subject.port) for _ in range(STUCK)))
        ports = [sock.getsockname()[1] for sock in stuck]
        evicted, memory = await _evicted(subject, stuck, ports, before)
        return evicted, memory, await _gone(subject, ports)


async def _evicted(
    subject: Subject, stuck: list[socket.socket], ports: list[int], before: int
) -> tuple[float, int]:
    """Seconds until all have been cut off, and the most bytes that each took until then."""
    clock = asyncio.get_running_loop().time
    began, most = clock(), 0
    poll = select.poll()
    for sock in stuck:
        poll.register(sock, 0)  # a reset, and no data, wakes it
    async with asyncio.timeout(1.5 * EVICTED_S):
        while len(poll.poll(0)) < len(stuck):
            held = kernel.rss(subject) - before + await kernel.buffers(subject, ports)
            most = max(most, held // len(stuck))
            await asyncio.sleep(LOOK_S)
    return clock() - began, most


async def _gone(subject: Subject, ports: list[int]) -> float:
    """Seconds until the kernel holds nothing for them."""
    clock = asyncio.get_running_loop().time
    began = clock()
    while left := kernel.entries(subject, ports):
        assert clock() - began <= GONE_S, f"still in the kernel: {left[:3]}"
        await asyncio.sleep(LOOK_S)
    return clock() - began
