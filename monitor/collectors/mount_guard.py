"""Asking filesystems that may never answer.

statvfs() on a mount whose server is gone blocks in the kernel, and no signal ends it. Each such
mount is therefore asked in a thread of its own, and who wants the answer waits a moment at most.
"""

import os
import threading
from collections.abc import Callable, Collection

from monitor.clock import SystemClock

Ask = Callable[[str], os.statvfs_result]
# What a mount said, the error that it said it with, or nothing.
Answer = os.statvfs_result | OSError | None

# An answer over a network takes milliseconds; who waits longer holds up everything else.
PATIENCE_S = 0.2


def outcome(ask: Ask, mountpoint: str) -> os.statvfs_result | OSError:
    """The mount's answer; an error is one."""
    try:
        return ask(mountpoint)
    except OSError as fault:
        return fault


class Inquiry:
    """One question to one mount."""

    def __init__(self, mountpoint: str, ask: Ask) -> None:
        self._mountpoint = mountpoint
        self._ask = ask
        self._over = threading.Event()
        self._answer: Answer = None
        # A daemon: a thread that hangs in the kernel must not keep the process from ending.
        threading.Thread(target=self._run, name=f"statvfs {mountpoint}", daemon=True).start()

    def _run(self) -> None:
        self._answer = outcome(self._ask, self._mountpoint)
        self._over.set()

    def answer(self, patience: float) -> Answer:
        """What it said within `patience` seconds."""
        return self._answer if self._over.wait(patience) else None


class MountGuard:
    """Asks mounts, at most one question to each at a time."""

    def __init__(self, ask: Ask = os.statvfs, patience: float = PATIENCE_S) -> None:
        self._ask = ask
        self._patience = patience
        self._clock = SystemClock()
        self._pending: dict[str, Inquiry] = {}

    def ask(self, mountpoints: Collection[str]) -> dict[str, Answer]:
        """What each of them says: all are asked at once, and waited for together.

        A mount that has kept somebody waiting already is not waited for again: its question stands,
        and its answer is taken when it has come. Of mounts that are no longer among them nothing
        is awaited; their threads end when the kernel lets go.
        """
        places = set(mountpoints)
        waited_for = self._pending.keys() & places
        self._pending = {place: self._pending[place] for place in waited_for}
        for place in places - waited_for:
            self._pending[place] = Inquiry(place, self._ask)
        deadline = self._clock.monotonic() + self._patience
        answers: dict[str, Answer] = {}
        for place in places:
            left = 0.0 if place in waited_for else deadline - self._clock.monotonic()
            answers[place] = self._pending[place].answer(max(0.0, left))
            if answers[place] is not None:
                del self._pending[place]
        return answers
