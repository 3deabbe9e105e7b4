"""What a viewer may ask for before it is shown out. Pure."""

# A page asks for a handful of things a minute; a person typing by hand, for less.
MAX_MESSAGES_A_SECOND = 100
MAX_ERRORS = 20


class Conduct:
    """Counts one viewer's messages. `now` is monotonic seconds."""

    def __init__(self) -> None:
        self._second = 0.0
        self._messages = 0
        self._errors = 0

    def heard(self, now: float) -> str | None:
        """A message came in. A text is the reason for which the viewer has to go."""
        if now - self._second >= 1.0:
            self._second, self._messages = now, 0
        self._messages += 1
        if self._messages > MAX_MESSAGES_A_SECOND:
            return f"more than {MAX_MESSAGES_A_SECOND} messages in a second"
        return None

    def erred(self) -> str | None:
        """It could not be followed. A text is the reason for which the viewer has to go."""
        self._errors += 1
        if self._errors > MAX_ERRORS:
            return f"more than {MAX_ERRORS} messages that could not be followed"
        return None
