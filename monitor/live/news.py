"""What is worth a line of the log: the same complaint only once in a while."""

from monitor.clock import Clock

# The same complaint of the same source is logged this often.
REPEAT_S = 60.0


class News:
    """Remembers what was complained of lately."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told: dict[tuple[str, str], float] = {}

    def is_news(self, of: str, reason: str) -> bool:
        """Whether this was not said in the last REPEAT_S; it counts as said now."""
        now = self._clock.monotonic()
        last = self._told.get((of, reason))
        if last is not None and now - last < REPEAT_S:
            return False
        # Reasons may hold changing text; those that are old enough to repeat are forgotten.
        self._told = {k: t for k, t in self._told.items() if now - t < REPEAT_S}
        self._told[of, reason] = now
        return True
