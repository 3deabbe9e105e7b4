"""How often a host may try a password."""

from collections import OrderedDict, deque

from monitor.clock import Clock

FAILURES = 5
WINDOW_S = 60.0
# Hosts that are remembered: 2 MB. Who has so many addresses is held back by the hashing itself.
MAX_HOSTS = 10_000


class Throttle:
    """A try counts as a failure from its beginning, so that many at once are no way around it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # Monotonic seconds of each failure; the host that tried last stands last.
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()

    def begin(self, host: str) -> float:
        """A try begins. Seconds until there may be one, where it may not be now; else 0."""
        now = self._clock.monotonic()
        failed = self._failed.setdefault(host, deque())
        while failed and now - failed[0] >= WINDOW_S:
            failed.popleft()
        if len(failed) >= FAILURES:
            return failed[0] + WINDOW_S - now
        failed.append(now)
        self._failed.move_to_end(host)
        if len(self._failed) > MAX_HOSTS:
            self._failed.popitem(last=False)
        return 0.0

    def forgive(self, host: str) -> None:
        """The last try was none: it was right, or nobody looked at it."""
        failed = self._failed.get(host)
        if failed:
            failed.pop()
        if not failed:
            self._failed.pop(host, None)
