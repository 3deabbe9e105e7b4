"""The program as its service manager sees it: ready, alive, reloading, stopping."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

from monitor.clock import Clock
from monitor.model.sample import Snapshot
from monitor.notify import MICROSECONDS, Notifier

# Signs of life in the time within which the manager wants one. The next tick comes an interval
# later; so, where that is at most the same share, half of the time has gone at most.
SIGNS = 4


class Service:
    """Tells the manager that the machine is being watched, by each tick for which something was
    read: a tick that reads nothing is no sign of life, and a loop that does not turn has no ticks.
    """

    def __init__(self, notifier: Notifier, clock: Clock, interval: float) -> None:
        self._notifier = notifier
        self._clock = clock
        self._patience = notifier.watchdog
        if self._patience is not None and self._patience < SIGNS * interval:
            # Ticks are further apart than the unit's file allows for.
            self._patience = SIGNS * interval
            notifier.send(WATCHDOG_USEC=round(self._patience * MICROSECONDS))
        self._status = "Reading the first sample"
        self._told = notifier.send(STATUS=self._status)
        self._ready = False
        self._read_at = self._fed_at = -math.inf

    def tick(self, snapshot: Snapshot) -> None:
        """A tick has been made."""
        read_at = max((sample.at for sample in snapshot.samples.values()), default=-math.inf)
        if read_at <= self._read_at:
            return
        self._read_at = read_at
        if not self._ready:
            self._ready = self._notifier.send(READY=1, STATUS=self._status)
        elif not self._told:
            self.say(self._status)
        now = self._clock.monotonic()
        hungry = self._patience is not None and now - self._fed_at >= self._patience / SIGNS
        if hungry and self._notifier.send(WATCHDOG=1):
            self._fed_at = now

    def say(self, status: str) -> None:
        """One line for `systemctl status`."""
        self._status = status
        self._told = self._notifier.send(STATUS=status)

    @contextmanager
    def reloading(self) -> Iterator[None]:
        """While settings are read again. The next tick says once more that it is ready, should the
        manager not have heard it."""
        now = round(self._clock.monotonic() * MICROSECONDS)
        self._notifier.send(RELOADING=1, MONOTONIC_USEC=now)
        try:
            yield
        finally:
            self._ready = self._read_at > -math.inf and self._notifier.send(
                READY=1, STATUS=self._status
            )

    def stopping(self, status: str) -> None:
        """The end has begun."""
        self._notifier.send(STOPPING=1, STATUS=status)
