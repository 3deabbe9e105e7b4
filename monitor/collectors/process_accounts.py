"""Whose the CPU time is of those who lived too briefly to be seen. Pure.

The kernel adds what a process used, with all that it had reaped itself, to the process that reaps
it. Of that a part is known already: it was shown as the child's own while that lived. The rest was
used by children of whom no reading tells, and is shown with the parent that reaped them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

# What is known of a child counts against what its parent reaps now or at the next settlements: it
# may have been reaped between the readings of the two.
SETTLEMENTS = 2


@dataclass(slots=True)
class _Known:
    ticks: int
    left: int


class Accounts:
    """All in clock ticks; processes are pids."""

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}

    def ended(self, dead: Mapping[int, tuple[int, int]]) -> None:
        """These have ended since the last settlement: the parent of each, and what is known to have
        been used by it and by what it reaped.

        What is known of one whose parent has ended too is known of whoever reaped the parent.
        """
        for pid, (_, ticks) in dead.items():
            parent = dead[pid][0]
            seen = {pid}
            while parent in dead and parent not in seen:
                seen.add(parent)
                parent = dead[parent][0]
            if ticks:
                known = self._known.setdefault(parent, _Known(0, SETTLEMENTS))
                known.ticks += ticks
                known.left = SETTLEMENTS
        for pid in dead:
            self._known.pop(pid, None)

    def settle(self, reaped: Mapping[int, int]) -> dict[int, int]:
        """By how much each process's children's time has grown: what of it nobody has seen."""
        unseen: dict[int, int] = {}
        for parent, ticks in reaped.items():
            known = self._known.get(parent)
            if known is None:
                unseen[parent] = ticks
                continue
            unseen[parent] = max(0, ticks - known.ticks)
            known.ticks -= min(ticks, known.ticks)
        for parent, known in list(self._known.items()):
            known.left -= 1
            if known.left < 0 or not known.ticks:
                del self._known[parent]
        return {parent: ticks for parent, ticks in unseen.items() if ticks}
