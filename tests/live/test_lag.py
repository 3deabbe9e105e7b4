"""A blocked loop is counted, and a loop that turns is not."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from monitor.clock import SystemClock
from monitor.live.lag import BLOCKED_S, PERIOD_S, Lag
from monitor.model.vitals import Vitals

LONG_S = 30.0


@pytest.fixture
async def vitals() -> AsyncIterator[Vitals]:
    counted = Vitals()
    lag = Lag(SystemClock(), counted)
    lag.start()
    yield counted
    lag.stop()


async def looked(vitals: Vitals, blocks: int) -> None:
    """Wait until so many blocks have been counted."""
    async with asyncio.timeout(LONG_S):
        while vitals.loop_blocks < blocks:  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(PERIOD_S / 10)


async def test_each_block_is_counted_with_its_length(vitals: Vitals) -> None:
    for blocks, seconds in enumerate((0.8, 0.5), 1):
        before = vitals.loop_blocked
        time.sleep(seconds)  # noqa: ASYNC251  # that is the fault
        await looked(vitals, blocks)
        assert vitals.loop_blocked - before >= seconds - PERIOD_S
    assert 0.8 - PERIOD_S <= vitals.loop_longest < vitals.loop_blocked


async def test_a_loop_that_turns_is_not_counted(vitals: Vitals) -> None:
    clock = SystemClock()
    over, before, longest = clock.monotonic() + 5 * PERIOD_S, clock.monotonic(), 0.0
    while before < over:
        await asyncio.sleep(0)
        now = clock.monotonic()
        before, longest = now, max(longest, now - before)
    # Where the machine did not run the test for so long, it is right that it was counted.
    assert vitals.loop_blocks == 0 or longest >= BLOCKED_S


async def test_after_its_end_nothing_is_counted() -> None:
    vitals = Vitals()
    lag = Lag(SystemClock(), vitals)
    lag.stop()
    lag.start()
    lag.stop()
    lag.stop()
    time.sleep(PERIOD_S + 2 * BLOCKED_S)  # noqa: ASYNC251  # that is the fault
    await asyncio.sleep(2 * PERIOD_S)  # its timer would have come by now
    assert vitals.loop_blocks == 0
