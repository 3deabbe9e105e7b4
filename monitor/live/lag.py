"""How often the event loop was blocked, and for how long."""

import asyncio

from monitor.clock import Clock
from monitor.model.vitals import Vitals

# To wake a machine that is idle takes 0.13 ms of processor time: 0.05 % of a core.
PERIOD_S = 0.25
# Less is the machine's own noise.
BLOCKED_S = 0.1


class Lag:
    """A timer that asks how late it was: for so long the loop did not turn.

    Either something did not give it back, or the whole process was not run. Where in the timer's
    period a block began is not known, so up to PERIOD_S of each go uncounted; one that is longer
    than that and BLOCKED_S together is always seen.
    """

    def __init__(self, clock: Clock, vitals: Vitals) -> None:
        self._clock = clock
        self._vitals = vitals
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def start(self) -> None:
        """Begin to look."""
        self._due = self._clock.monotonic() + PERIOD_S
        self._timer = asyncio.get_running_loop().call_later(PERIOD_S, self._look)

    def stop(self) -> None:
        """Look no more. May be called again, and before `start`."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        late = self._clock.monotonic() - self._due
        if late >= BLOCKED_S:
            self._vitals.loop_blocks += 1
            self._vitals.loop_blocked += late
            self._vitals.loop_longest = max(self._vitals.loop_longest, late)
        self.start()
