"""The only reader of time.

Everything that waits or measures takes a `Clock`, so that a test can wind one by hand.
"""

import asyncio
import functools
import sys
import time
from typing import Protocol


class Clock(Protocol):
    """What the program asks of time. All values are seconds."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment; never set, never goes back."""

    def wall(self) -> float:
        """Unix time; may be set forward or back at any moment."""

    def thread_cpu(self) -> float:
        """Seconds of processor time that the calling thread has used."""

    def process_cpu(self) -> float:
        """Seconds of processor time that this process has used."""

    async def sleep_until(self, deadline: float) -> None:
        """Return when `monotonic()` has reached `deadline`; at once if it has."""


class SystemClock:
    """The machine's own clocks."""

    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    def thread_cpu(self) -> float:
        return time.thread_time()

    def process_cpu(self) -> float:
        return time.process_time()

    async def sleep_until(self, deadline: float) -> None:
        await asyncio.sleep(max(0.0, deadline - time.monotonic()))


@functools.cache
def booted() -> float:
    """Unix time of the machine's start, taken once: setting the clock does not move it any more."""
    return time.time() - (boot_clock() or 0.0)


def boot_clock() -> float | None:
    """Seconds since the machine started, suspended time included; None where no clock says so.

    Not taken from the wall clock and the boot date: setting the clock would bend it.
    Source: clock_gettime(2), CLOCK_BOOTTIME; on macOS CLOCK_MONOTONIC counts from the start.
    """
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":
        return time.clock_gettime(time.CLOCK_MONOTONIC)
    return None
