"""What waits, by who has asked for it: all have their turn."""

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """Any thread may call it. There are at most `most`.

    One of each asker's is taken in turn, so that nobody waits for all of another's. Where there is
    no room, whoever has most gives up the last of these for one who has fewer.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        # By asker, in the order of their turns.
        self._waiting: dict[str, deque[T]] = {}

    def put(self, asker: str, one: T) -> T | None:
        """It waits. What finds no room for that: another, itself, or none."""
        with self._lock:
            own = self._waiting.get(asker, ())
            refused = None
            if sum(map(len, self._waiting.values())) >= self._most:
                most = max(self._waiting.values(), key=len)
                # Or the two would displace one another for ever.
                if len(most) <= len(own) + 1:
                    return one
                refused = most.pop()
            self._waiting.setdefault(asker, deque()).append(one)
            return refused

    def take(self) -> T | None:
        """Whose turn it is; None where nothing waits."""
        with self._lock:
            asker = next(iter(self._waiting), None)
            if asker is None:
                return None
            own = self._waiting.pop(asker)
            one = own.popleft()
            if own:
                self._waiting[asker] = own
            return one
