"""Runs scenarios on the real server, which passes them, and on the naive one, which must not."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

# Takes "real" or "naive", and tells what it measured.
Scenario = Callable[[str], Coroutine[Any, Any, str]]
FAILED = (AssertionError, TimeoutError, OSError)


async def contrast(*scenarios: Scenario) -> None:
    """All of them at once, each on a server of its own. Fails with the first that went wrong."""
    kinds = ("real", "naive")
    ends = await asyncio.gather(
        *(scenario(kind) for scenario in scenarios for kind in kinds), return_exceptions=True
    )
    outcomes = list(zip(scenarios, ends[::2], ends[1::2], strict=True))
    for scenario, real, naive in outcomes:
        print(f"{scenario.__name__}: {real!r:.300}; naive: {naive!r:.200}")
    for scenario, real, naive in outcomes:
        if isinstance(real, BaseException):
            raise real
        if isinstance(naive, BaseException) and not isinstance(naive, FAILED):
            raise naive
        assert not isinstance(naive, str), f"{scenario.__name__} proves nothing: {naive}"
