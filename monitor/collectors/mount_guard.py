"""Asking filesystems that may never answer.

statvfs() on a mount whose server is gone blocks in the kernel, and no signal ends it. Each such
mount is therefore asked in a thread of its own, and who wants the answer waits a moment at most.
"""

import os
import threading
from collections.abc import Callable, Collection

Ask = Callable[[str], os.statvfs_result]

# An answer over a network takes milliseconds; who waits longer holds up everything else.
PATIENCE_S = 0.2


class Inquiry:
    """One question to one mount."""

    def __init__(self, mountpoint: str, ask: Ask) -> None:
        self._mountpoint = mountpoint
        self._ask = ask
        self._over = threading.Event()
        self._answer: os.statvfs_result | OSError | None = None
        # A daemon: a thread that hangs in the kernel must not keep the process from ending.
        threading.Thread(target=self._run, name=f"statvfs {mountpoint}", daemon=True).start()

    def _run(self) -> None:
        try:
            self._answer = self._ask(self._mountpoint)
        except OSError as fault:
            self._answer = fault
        self._over.set()

    def answer(self, patience: float) -> os.statvfs_result | None:
        """What it said within `patience` seconds, None if nothing. Raises OSError if it said so."""
        if not self._over.wait(patience):
            return None
        if isinstance(self._answer, OSError):
            raise self._answer
        return self._answer


class MountGuard:
    """Asks mounts, at most one question to each at a time."""

    def __init__(self, ask: Ask = os.statvfs, patience: float = PATIENCE_S) -> None:
        self._ask = ask
        self._patience = patience
        self._pending: dict[str, Inquiry] = {}

    def statvfs(self, mountpoint: str) -> os.statvfs_result | None:
        """What the filesystem says; None where it does not answer. Raises OSError.

        A mount that has kept somebody waiting already is not waited for again: its question stands,
        and its answer is taken when it has come.
        """
        pending = self._pending.pop(mountpoint, None)
        patience = self._patience if pending is None else 0.0
        inquiry = pending or Inquiry(mountpoint, self._ask)
        answer = inquiry.answer(patience)
        if answer is None:
            self._pending[mountpoint] = inquiry
        return answer

    def forget_all_but(self, mountpoints: Collection[str]) -> None:
        """Wait no longer for mounts that are gone; their threads end when the kernel lets go."""
        for gone in self._pending.keys() - set(mountpoints):
            del self._pending[gone]
