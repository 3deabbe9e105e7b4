"""What a viewer may ask for before it is shown out. Pure."""

from collections import deque

# A page asks for a handful of things a minute; a person typing by hand, for less.
MAX_MESSAGES_A_SECOND = 100
MAX_ERRORS = 20
# Figures of history: the page of a machine with 40 interfaces asks for 50,000 at four ticks a
# second. Encoding as many holds the loop for 20 ms: they are not to be had again and again.
MAX_FIGURES_A_SECOND = 60_000


class Conduct:
    """Counts one viewer's messages. `now` is monotonic seconds."""

    def __init__(self) -> None:
        # When the last messages came. Not a count from a second's start: twice as many would pass
        # around the end of it.
        self._heard: deque[float] = deque(maxlen=MAX_MESSAGES_A_SECOND)
        self._errors = 0
        self._figures = 0
        self._figures_since = 0.0

    def heard(self, now: float) -> str | None:
        """A message came in. A text is the reason for which the viewer has to go."""
        full = len(self._heard) == MAX_MESSAGES_A_SECOND
        if full and now - self._heard[0] < 1.0:
            return f"more than {MAX_MESSAGES_A_SECOND} messages in a second"
        self._heard.append(now)
        return None

    def erred(self) -> str | None:
        """It could not be followed. A text is the reason for which the viewer has to go."""
        self._errors += 1
        if self._errors > MAX_ERRORS:
            return f"more than {MAX_ERRORS} messages that could not be followed"
        return None

    def may_have(self, figures: int, now: float) -> bool:
        """Whether it may have so many figures of history now; if so, they are counted."""
        if now - self._figures_since >= 1.0:
            self._figures, self._figures_since = 0, now
        if self._figures + figures > MAX_FIGURES_A_SECOND:
            return False
        self._figures += figures
        return True
