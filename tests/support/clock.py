"""A clock that a test winds by hand: time passes when the test says so, and only then."""

import asyncio
import heapq
import itertools


class HandClock:
    """A `monitor.clock.Clock`. Belongs to one event loop; threads may only read it.

    `monotonic` starts away from 0, so that a moment taken for a duration shows.
    """

    def __init__(self, monotonic: float = 5_000.0, wall: float = 1_763_850_000.0) -> None:
        self._monotonic = monotonic
        self._wall = wall
        # What a test says that was used.
        self.cpu = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._slept = asyncio.Event()

    def monotonic(self) -> float:
        return self._monotonic

    def wall(self) -> float:
        return self._wall

    def thread_cpu(self) -> float:
        return self.cpu

    def process_cpu(self) -> float:
        return self.cpu

    async def sleep_until(self, deadline: float) -> None:
        """Return once `advance` has come to `deadline`; at once, after a turn, if it has."""
        if deadline <= self._monotonic:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (deadline, next(self._order), woken))
        self._slept.set()
        await woken

    def advance(self, seconds: float) -> None:
        """Both clocks go on; whoever slept until a moment that is now past is woken, in order."""
        assert seconds >= 0, "monotonic time never goes back"
        self._monotonic += seconds
        self._wall += seconds
        self._wake()

    def advance_to(self, deadline: float) -> None:
        """As `advance`, to land on exactly this moment, free of rounding."""
        assert deadline >= self._monotonic, "monotonic time never goes back"
        self._wall += deadline - self._monotonic
        self._monotonic = deadline
        self._wake()

    def step_wall(self, seconds: float) -> None:
        """Somebody sets the wall clock; no time passes."""
        self._wall += seconds

    async def asleep(self) -> float:
        """Wait until somebody sleeps on this clock; the moment of the first to be woken."""
        while True:
            self._drop_cancelled()
            if self._sleepers:
                return self._sleepers[0][0]
            self._slept.clear()
            await self._slept.wait()

    def _wake(self) -> None:
        while self._sleepers and self._sleepers[0][0] <= self._monotonic:
            woken = heapq.heappop(self._sleepers)[2]
            if not woken.done():
                woken.set_result(None)

    def _drop_cancelled(self) -> None:
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
