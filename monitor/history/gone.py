"""Series of which nothing is left: containers, interfaces and jobs that have gone for good.

Belongs to the store's thread. All may raise sqlite3.Error.
"""

from collections.abc import Callable, Iterator, Set

from monitor.history.block import Head
from monitor.history.file import PAGE_BYTES, File, NoRoom
from monitor.history.shelf import Shelf
from monitor.history.tier import TIERS

# Names that go at once: each touches a page of the table, and one of its index.
_PORTION = 100
# Up to so many are looked up in a block one by one; more are looked for among all that it has.
_FEW = 100


class Gone:
    """Takes names out of the file when the last block that has something of them has gone.

    Who may be gone is known from what is dropped, and looked for in all that is left: seldom, as
    what is made of a block has whatever was in it. At first all are looked for: an earlier life may
    have ended before it had.
    """

    def __init__(self, shelf: Shelf, file: File, held: Callable[[], Set[int]]) -> None:
        """`held` gives the series that are in memory."""
        self._shelf = shelf
        self._file = file
        self._held = held
        self._suspects: set[int] = {row[0] for row in file.db.execute("SELECT id FROM series")}
        self._drops = 0

    def dropping(self, head: Head) -> None:
        """This block is about to go; within the transaction."""
        self._drops += 1
        own = set(self._shelf.members([head])).difference(self._shelf.names.values())
        for tier in TIERS[head.tier + 1 :]:
            for other in self._shelf.meeting(tier, head) if own else ():
                own -= self._in(other, own)
        self._suspects |= own

    def work(self) -> Iterator[None]:
        """Look for those that may be gone, in small portions. Where something is dropped meanwhile,
        which may have been summed up behind its back, it begins anew at the next time."""
        drops, sought = self._drops, self._suspects - self._held()
        heads = self._shelf.heads() if sought else []
        for head in heads:
            sought -= self._in(head, sought)
            if not sought:
                break
            yield
            if self._drops != drops:
                return
        gone = sorted(sought)
        for n in range(0, len(gone), _PORTION):
            try:
                self._file.admit(_PORTION * PAGE_BYTES)
            except NoRoom:  # while somebody reads the log it does not shrink
                return
            with self._shelf.transaction():
                self._shelf.remove_names(set(gone[n : n + _PORTION]) - self._held())
            yield
            if self._drops != drops:
                return
        self._suspects.clear()

    def _in(self, head: Head, series: set[int]) -> set[int]:
        if len(series) > _FEW:
            return series.intersection(self._shelf.members([head]))
        return {one for one in series if self._shelf.chunk(head, one) is not None}
