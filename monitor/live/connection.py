"""The life of one viewer's connection: a state, one way through it, and what it came to. Pure."""

import logging
from enum import Enum

from monitor.log import event

logger = logging.getLogger(__name__)


class State(Enum):
    """There is no way back up this list."""

    CONNECTED = 1
    DISCONNECTING = 2  # no more is sent; the end is under way
    CLOSED = 3


class Connection:
    """Who is connected, since when, how much it was sent, and why it ended.

    `now` is monotonic seconds. The first reason given is the reason, whatever follows from it.
    """

    __slots__ = ("_bytes", "_messages", "_state", "joined_at", "number", "open", "peer", "reason")

    def __init__(self, number: int, peer: str, now: float) -> None:
        self.number = number
        self.peer = peer
        self.joined_at = now
        self._messages = 0
        self._bytes = 0
        self.reason = ""
        # Whether anything may be sent. Not a property: it is asked for each message to each viewer.
        self.open = False
        self._state: State | None = None
        self._enter(State.CONNECTED, now)

    @property
    def state(self) -> State:
        """CONNECTED, DISCONNECTING or CLOSED."""
        assert self._state is not None  # set at birth
        return self._state

    def disconnect(self, reason: str, now: float) -> bool:
        """Begin the end. False, and nothing else, where it has begun already."""
        if self._state is not State.CONNECTED:
            return False
        self.reason = reason
        self._enter(State.DISCONNECTING, now)
        return True

    def closed(self, reason: str, now: float, *, messages: int = 0, size: int = 0) -> None:
        """It is over. Where nobody began the end, `reason` is the reason. It was sent so many
        messages, of `size` bytes together.
        """
        if self._state is State.CLOSED:
            return
        self.disconnect(reason, now)
        self._messages, self._bytes = messages, size
        self._enter(State.CLOSED, now)

    def _enter(self, state: State, now: float) -> None:
        """The only place that sets the state, and therefore the only one that logs it."""
        self._state = state
        self.open = state is State.CONNECTED
        if state is State.CONNECTED:
            event(logger, logging.INFO, "viewer.join", viewer=self.number, peer=self.peer)
        elif state is State.DISCONNECTING:
            event(logger, logging.DEBUG, "viewer.end", viewer=self.number, reason=self.reason)
        else:
            event(
                logger,
                logging.INFO,
                "viewer.leave",
                viewer=self.number,
                peer=self.peer,
                seconds=round(now - self.joined_at, 3),
                messages=self._messages,
                bytes=self._bytes,
                reason=self.reason,
            )
