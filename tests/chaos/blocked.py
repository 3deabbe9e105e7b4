"""An event loop that is blocked, by whatever."""

import asyncio

from tests.chaos import kernel
from tests.chaos.answering import answering
from tests.chaos.stream import Follower, following
from tests.support.observed import BLOCK_S, Setup
from tests.support.subject import Subject, running

# As people run it.
SETUP = Setup(interval=1.0)
# The viewers join through one second and are pinged ten seconds after that: all within a block that
# begins so long after the last of them has joined.
PINGED_S = 9.0
# When each has had its ping and five seconds for the answer, and a second more.
OVER_S = 18.0
# What the server's timer does not see of a block, and what a busy machine adds to it.
SHORT_S = 0.25
LONG_S = 1.0


async def blocked_loop(kind: str) -> str:
    """A loop that is blocked for 2 s, twice: counted, shown, and no viewer is dropped for it."""
    async with (
        running(kind, SETUP, strict=False) as subject,
        following(subject.url) as [viewer],
        answering(subject) as (_, ports),
        asyncio.timeout(2 * OVER_S),
    ):
        joined = asyncio.get_running_loop().time()
        await viewer.ticks(2)
        counted = viewer.figure("monitor.loop_blocks")
        assert counted is not None, "it is not counted"
        for blocks in (1, 2):
            await _block(subject, viewer, counted + blocks)
            await _until(viewer, joined + PINGED_S)
        longest = viewer.figure("monitor.loop_longest")
        assert BLOCK_S - SHORT_S <= longest <= BLOCK_S + LONG_S, f"shown are {longest} s"
        await _until(viewer, joined + OVER_S)
        there = [e for e in kernel.entries(subject, ports) if e.state == kernel.ESTABLISHED]
        assert len(there) == len(ports), f"{len(ports) - len(there)} viewers were dropped"
        subject.assert_log_clean()
        blocks, seconds = (viewer.figure(f"monitor.loop_{name}") for name in ("blocks", "blocked"))
    return f"{blocks} blocks of {seconds:.2f} s together shown, {len(ports)} viewers stayed"


async def _block(subject: Subject, viewer: Follower, count: int) -> None:
    """Block its loop, and wait until that many blocks are shown."""
    subject.block()
    await viewer.until(lambda _: viewer.figure("monitor.loop_blocks") >= count)


async def _until(viewer: Follower, moment: float) -> None:
    """Follow on until then."""
    while asyncio.get_running_loop().time() < moment:
        await viewer.tick()
