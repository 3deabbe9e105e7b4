"""A server with 64 descriptors and more connections than that, and one that has none left."""

import asyncio
import contextlib
import resource
from collections.abc import AsyncIterator

import psutil

from tests.chaos.stream import Follower, following
from tests.chaos.visitor import get, visiting
from tests.support.observed import Setup
from tests.support.subject import Subject, running

LIMIT = 64
PREFIX = ("prlimit", f"--nofile={LIMIT}:{LIMIT}", "--")
SETUP = Setup(interval=0.5)
VIEWERS = 4
CROWD = 300
SCARCE_S = 6.0
AGAIN_S = 2.0
MAX_LINES = 5
MAX_CPU = 0.2
# A tick that comes late is made up for by none: one interval, and half of one for the machine.
MAX_GAP = 1.5
COMING = ("viewer.join", "viewer.leave")


@contextlib.asynccontextmanager
async def _scarce(subject: Subject, viewers: list[Follower]) -> AsyncIterator[None]:
    """What must be true of the time within: viewers are sent every tick, at little cost."""
    clock = asyncio.get_running_loop().time
    process = psutil.Process(subject.pid)
    lines, used, began = len(_told(subject)), _cpu(process), clock()
    async with asyncio.timeout(SCARCE_S + 4):
        yield
        await asyncio.gather(*(viewer.tick() for viewer in viewers))
    share = (_cpu(process) - used) / (clock() - began)
    gap = max(max(viewer.gaps(since=began)) for viewer in viewers) / SETUP.interval
    told = _told(subject)[lines:]
    assert gap <= MAX_GAP, f"a viewer waited {gap:.2f} intervals"
    assert len(told) <= MAX_LINES, f"{len(told)} log lines, such as {told[-1]}"
    assert share <= MAX_CPU, f"{share:.0%} of a core"
    figures = f"a gap of {gap:.2f} intervals, {len(told)} log lines, {share:.1%} of a core"
    print(f"{subject.kind}: {figures}")


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _told(subject: Subject) -> list[str]:
    return [line for line in subject.log if line and not any(name in line for name in COMING)]


async def _again(subject: Subject) -> float:
    """Seconds until it answers again, AGAIN_S at the most."""
    clock = asyncio.get_running_loop().time
    began = clock()
    async with asyncio.timeout(AGAIN_S):
        status, _ = await get(subject, "/healthz")
    assert status in (200, 404), f"answered {status}"
    return clock() - began


async def sixty_four(kind: str) -> str:
    """More connections than descriptors: who is in stays in, and the page is there all the same."""
    async with (
        running(kind, SETUP, strict=False, prefix=PREFIX) as subject,
        following(subject.url, VIEWERS) as viewers,
    ):
        async with contextlib.AsyncExitStack() as crowd, _scarce(subject, viewers):
            come = [crowd.enter_async_context(visiting(subject)) for _ in range(CROWD)]
            for visitor in (await asyncio.gather(*come))[::2]:
                visitor.say(b"GET / HTTP/1.1\r\nHost:")
            await viewers[0].ticks(round(SCARCE_S / SETUP.interval))
            in_flood = await _again(subject)
        after = await _again(subject)
    return f"answered after {in_flood:.2f} s with {CROWD} connections there, {after:.2f} s without"


async def taken_away(kind: str) -> str:
    """All descriptors are gone, whoever has them: nothing is accepted, and all else goes on."""
    async with (
        running(kind, SETUP, strict=False) as subject,
        following(subject.url, VIEWERS) as viewers,
        contextlib.AsyncExitStack() as crowd,
    ):
        limits = resource.prlimit(subject.pid, resource.RLIMIT_NOFILE)
        async with _scarce(subject, viewers):
            resource.prlimit(subject.pid, resource.RLIMIT_NOFILE, (3, limits[1]))
            for _ in range(CROWD):
                await crowd.enter_async_context(visiting(subject))
            await viewers[0].ticks(round(SCARCE_S / SETUP.interval))
        resource.prlimit(subject.pid, resource.RLIMIT_NOFILE, limits)
        after = await _again(subject)
    return f"answered {after:.2f} s after it had some again"


ALL = (sixty_four, taken_away)
