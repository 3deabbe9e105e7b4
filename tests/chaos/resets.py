"""A thousand viewers that vanish in the same moment."""

import asyncio

from tests.chaos import kernel
from tests.chaos.stream import following
from tests.support import peers
from tests.support.observed import Setup
from tests.support.subject import Holding, Subject, running

CROWD = 1_000
AT_ONCE = 50
# One after the other, and the fastest counts: others may use this machine meanwhile.
CROWDS = 3
CLEANED_S = 0.2
PATIENCE_S = 2.0
# Enough for a broadcast to so many to take a few milliseconds.
SETUP = Setup(interval=0.5, bulk=4_000)
LOOK_S = 0.002


async def all_at_once(kind: str) -> str:
    """1,000 resets in the middle of a broadcast are cleaned up after, without a word."""
    async with (
        running(kind, SETUP, strict=False) as subject,
        following(subject.url) as [witness],
    ):
        before = await subject.until(lambda held: False, 1.0)
        sockets = kernel.sockets(subject)
        took = []
        for _ in range(CROWDS):
            async with peers.Crowd() as crowd:
                for _ in range(0, CROWD, AT_ONCE):
                    await asyncio.gather(*(crowd.raw(subject.port) for _ in range(AT_ONCE)))
                assert kernel.sockets(subject) == sockets + CROWD
                # The witness is somewhere in the middle of the crowd: the hub's set has no order.
                async with asyncio.timeout(10):
                    await witness.tick()
                took.append(await _cleaned(subject, crowd, before, sockets))
        async with asyncio.timeout(10):
            await witness.ticks(2)
        figures = " ".join(f"{seconds * 1000:.0f}" for seconds in took)
        assert min(took) <= CLEANED_S, f"cleaned after {figures} ms"
        subject.assert_log_clean()
    return f"cleaned after {figures} ms, 0 log lines above INFO"


async def _cleaned(subject: Subject, crowd: peers.Crowd, before: Holding, sockets: int) -> float:
    """Seconds from the first reset until nothing is held any more for those who are gone."""
    clock = asyncio.get_running_loop().time
    began = crowd.reset()
    while kernel.sockets(subject) > sockets:
        assert clock() - began <= PATIENCE_S, "their sockets are still open"
        await asyncio.sleep(LOOK_S)
    while (now := await subject.glance()).tasks > before.tasks:
        assert clock() - began <= PATIENCE_S, f"{now.tasks - before.tasks} tasks are left"
        await asyncio.sleep(LOOK_S)
    return clock() - began
