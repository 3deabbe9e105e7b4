"""What has to go, and when: by age, and by the history's size, the oldest of the finest first."""

import contextlib
from collections.abc import Callable, Iterator, Set

from monitor.history.block import Head
from monitor.history.file import File, NoRoom
from monitor.history.gone import Gone
from monitor.history.minutes import COARSE, FINE, Minutes
from monitor.history.roller import Roller
from monitor.history.shelf import Shelf
from monitor.history.tier import TIERS, Tier

# What is written takes more of a file than it is long: pages that are not full, and inner ones.
_SLACK = 1.5
_SPARE = 64 << 10


class Keeper:
    """Belongs to the store's thread. May raise sqlite3.Error and Corrupt.

    Age is time that was recorded since, not the wall clock's: one that is set years ahead by
    mistake would otherwise wipe all that there is.
    """

    def __init__(
        self,
        shelf: Shelf,
        minutes: Minutes,
        file: File,
        size: int,
        held: Callable[[], Set[int]],
    ) -> None:
        """`size` is the bytes that there may be, `held` gives the series that are in memory."""
        self._shelf = shelf
        self._minutes = minutes
        self._file = file
        self._size = size
        self.roller = Roller(shelf, file, self._make_room_for_roll)
        self._gone = Gone(shelf, file, held)

    def work(self) -> Iterator[None]:
        """What is due to be summed up, and what is too old: in small portions."""
        yield from self.roller.work()
        for tier in TIERS:
            while self._shelf.stock[tier.number].seconds > tier.keep:
                oldest = self._shelf.oldest(tier)
                if oldest is None or self._age(oldest) < tier.keep:
                    break
                self._drop(tier, oldest, roll=True)
                yield
        yield from self._minutes.work()
        yield from self._gone.work()

    def make_room(self, size: int, *, roll: bool = True) -> None:
        """Drop what is least missed until so many bytes can be written. Raises NoRoom."""
        need = size * _SLACK + _SPARE
        while self._file.room() < need:
            if not self._drop_least(roll=roll):
                raise NoRoom(f"{size >> 10} KiB are more than the whole history may have")
        self._file.shrink()

    def _make_room_for_roll(self, size: int) -> None:
        # What has to go for that has just been summed up itself.
        self.make_room(size, roll=False)

    def _age(self, head: Head) -> float:
        """Seconds that were recorded after the block."""
        tier = TIERS[head.tier]
        own = tier.step * head.count if tier.step else head.end - head.start
        return self._shelf.stock[head.tier].seconds - own

    def _drop_least(self, *, roll: bool) -> bool:
        held = [tier for tier in TIERS if self._shelf.stock[tier.number].size > 0]
        ample = [t for t in held if self._shelf.stock[t.number].size > t.floor * self._size]
        for tier in ample or held:
            oldest = self._shelf.oldest(tier)
            if oldest is not None:
                self._drop(tier, oldest, roll=roll)
                return True
        return self._minutes.drop_oldest(COARSE) or self._minutes.drop_oldest(FINE)

    def _drop(self, tier: Tier, oldest: Head, *, roll: bool) -> None:
        if tier.over and roll:
            with contextlib.suppress(NoRoom):  # then it goes without having been summed up
                self.roller.roll_oldest(tier, oldest)
        with self._shelf.transaction():
            self._gone.dropping(oldest)
            self._shelf.drop(oldest)
