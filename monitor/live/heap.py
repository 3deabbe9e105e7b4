"""What the garbage collector walks: the few that are new, and not the many that stay."""

import gc

# A full collection takes 60 us a viewer, and the loop stands still meanwhile: 0.3 s at 5,000. So
# many may be walked.
MANY = 256


class Heap:
    """Takes viewers out of the collector's sight once they are many; cares for what they leave.

    A connection that has ended is freed by the collector alone: asyncio's transport refers to
    itself. So those that were taken out are put back once as many have gone as are there.
    """

    def __init__(self) -> None:
        self._came = 0
        self._went = 0

    def came(self, viewers: int) -> None:
        """One more, which makes so many."""
        self._came += 1
        if self._came >= MANY and viewers >= MANY:
            gc.collect(1)  # what is garbage already would be kept
            gc.freeze()
            self._came = 0

    def went(self) -> None:
        """One has gone."""
        self._went += 1

    def tidy(self, viewers: int) -> None:
        """Collect what they left, once it is worth the time."""
        if self._went < max(MANY, viewers):
            return
        self._went = 0
        if gc.get_freeze_count():
            gc.unfreeze()
            gc.collect()
            gc.freeze()
