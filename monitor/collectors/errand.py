"""What is worth knowing and may take its time: asked in a thread of its own, answered when it is.

A name service may wait for a network, and reading the memory map of a process of many gigabytes
takes seconds. The tick waits for neither: it asks, goes on, and finds the answer at a later tick.
"""

import threading
from collections import deque
from collections.abc import Callable, Hashable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Questions beyond these are not taken: whoever wants to know asks again.
MAX_WAITING = 64


class Errands(Generic[K, V]):
    """Asks `ask(key)` in one daemon thread, one question after another. `ask` must not raise.

    The thread ends when there is nothing left to ask. The lock is held for a few instructions.
    """

    def __init__(self, name: str, ask: Callable[[K], V]) -> None:
        self._name = name
        self._ask = ask
        self._waiting: set[K] = set()
        self._lock = threading.Lock()
        self._questions: deque[K] = deque()
        self._running = False
        self._answers: SimpleQueue[tuple[K, V]] = SimpleQueue()

    def send(self, key: K) -> bool:
        """Ask, unless that is being asked already. False where too much is."""
        if key in self._waiting:
            return True
        if len(self._waiting) >= MAX_WAITING:
            return False
        with self._lock:
            if not self._running:
                try:
                    threading.Thread(target=self._run, name=self._name, daemon=True).start()
                except RuntimeError:  # "can't start new thread"
                    return False
                self._running = True
            self._questions.append(key)
        self._waiting.add(key)
        return True

    def answers(self, patience: float = 0.0) -> list[tuple[K, V]]:
        """What has come since this was last called. Where that is nothing, and something is being
        asked, waits for it for at most so many seconds.
        """
        came: list[tuple[K, V]] = []
        with suppress(Empty):
            if patience > 0 and self._waiting:
                came.append(self._answers.get(timeout=patience))
            while True:
                came.append(self._answers.get_nowait())
        self._waiting -= {key for key, _ in came}
        return came

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._waiting)

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._questions:
                    self._running = False
                    return
                key = self._questions.popleft()
            self._answers.put((key, self._ask(key)))
