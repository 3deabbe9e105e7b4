"""Each fault on the real server, with its figure, and the proof that each test can fail.

What mostly waits runs beside the others, in a thread with a loop of its own.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Self

import pytest

from tests.chaos import blocked, clocks, cycles, half_open, resets, sources, stuck
from tests.chaos.contrast import FAILED, Scenario

Run = Callable[[Scenario, str], Awaitable[str]]

# What waits for seconds on end.
BESIDE: tuple[Scenario, ...] = (
    half_open.stopped,
    half_open.dropped,
    sources.failing_collector,
    clocks.stepped_clock,
    blocked.blocked_loop,
)

# In this order: the last one leaves no processor to others.
ALL: tuple[Scenario, ...] = (
    stuck.never_read,
    resets.all_at_once,
    *BESIDE,
    cycles.coming_and_going,
)

each = pytest.mark.parametrize("scenario", ALL, ids=lambda s: s.__name__)


class Beside:
    """Runs scenarios in a loop of its own, all from the moment on when the first is asked for.

    Those that nobody waits for are cancelled at its end.
    """

    def __init__(self, asked: Iterable[tuple[Scenario, str]]) -> None:
        self._asked = list(asked)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._runs: dict[tuple[Scenario, str], Future[str]] = {}

    async def result(self, scenario: Scenario, kind: str) -> str:
        """Its figure, or what it raised."""
        for one, of in () if self._runs else self._asked:
            self._runs[one, of] = asyncio.run_coroutine_threadsafe(one(of), self._loop)
        return await asyncio.wrap_future(self._runs[scenario, kind])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._cancel(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _cancel(self) -> None:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


@pytest.fixture(scope="module")
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """How a scenario is run."""
    asked = [
        (item.callspec.params["scenario"], str(item.callspec.params["kind"]))
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == request.path
    ]
    with Beside((one, of) for one, of in asked if one in BESIDE) as beside:

        async def run(scenario: Scenario, kind: str) -> str:
            if scenario in BESIDE:
                return await beside.result(scenario, kind)
            return await scenario(kind)

        yield run


@each
@pytest.mark.parametrize("kind", ["real"])
async def test_it_withstands(scenario: Scenario, kind: str, run: Run) -> None:
    print(f"{scenario.__name__}: {await run(scenario, kind)}")


@each
@pytest.mark.parametrize("kind", ["naive"])
async def test_a_naive_server_does_not(scenario: Scenario, kind: str, run: Run) -> None:
    with pytest.raises(FAILED) as failed:
        await run(scenario, kind)
    print(f"{scenario.__name__}: {failed.value!r:.200}")
