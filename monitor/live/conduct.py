"""What a viewer may ask for before it is shown out. Pure."""

from collections import deque

# A page asks for a handful of things a minute; a person typing by hand, for less.
MAX_MESSAGES_A_SECOND = 64
MAX_ERRORS = 20


class Conduct:
    """Counts one viewer's messages. `now` is monotonic seconds."""

    def __init__(self) -> None:
        # When the last messages came. Not a count from a second's start: twice as many would pass
        # around the end of it.
        self._heard: deque[float] = deque(maxlen=MAX_MESSAGES_A_SECOND)
        self._errors = 0

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
