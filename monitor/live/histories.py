"""Histories that viewers asked for and are owed until they can read them and there is time."""

from collections.abc import Callable

from monitor.live.topic import Topic
from monitor.live.viewer import Viewer
from monitor.wire.commands import CommandError

# Figures of history that are encoded in one tick, for all viewers together. The page of a machine
# with 200 interfaces asks for as many at four ticks a second; they hold the loop for 70 ms.
MAX_FIGURES = 200_000

Send = Callable[[Viewer, bytes], object]


class Histories:
    """What is owed to whom; the last wish of a viewer counts."""

    def __init__(self, topic: Topic, send: Send) -> None:
        self._topic = topic
        self._send = send
        self._owed: dict[Viewer, tuple[str, ...]] = {}
        self._spent = 0

    def ask(self, viewer: Viewer, metrics: tuple[str, ...]) -> None:
        """Answer now or at a later tick. Raises CommandError where that is too much ever."""
        if self._topic.history_cost(metrics) > MAX_FIGURES:
            raise CommandError("too-much", f"that is more than {MAX_FIGURES} figures")
        self._owed[viewer] = metrics
        self._pay(viewer, metrics)

    def advance(self) -> None:
        """A tick has begun: there is time again, for those who have read what they were sent."""
        self._spent = 0
        for viewer, metrics in list(self._owed.items()):
            self._pay(viewer, metrics)

    def drop(self, viewer: Viewer) -> None:
        """It has left."""
        self._owed.pop(viewer, None)

    def _pay(self, viewer: Viewer, metrics: tuple[str, ...]) -> None:
        if viewer.line.backlog():
            return
        cost = self._topic.history_cost(metrics)
        if self._spent and self._spent + cost > MAX_FIGURES:
            return
        self._spent += cost
        del self._owed[viewer]
        self._send(viewer, self._topic.history(metrics))
