"""Makes coarser tiers of finer ones, and long blocks of short ones, a series at a time."""

import logging
from array import array
from collections.abc import Callable, Iterator, Sequence

from monitor.history import chunk
from monitor.history.block import Head, Sealed
from monitor.history.file import File, NoRoom
from monitor.history.rollup import Rolled, Stretch, roll, roll_up, stretches
from monitor.history.shelf import Shelf
from monitor.history.tier import MADE_OF, RAW, TIERS, Tier
from monitor.log import event

logger = logging.getLogger(__name__)

# A rollup has four columns: average, least, greatest and count.
COLUMNS = 4


class Roller:
    """Belongs to the store's thread. May raise sqlite3.Error and Corrupt."""

    def __init__(self, shelf: Shelf, file: File, make_room: Callable[[int], None]) -> None:
        """`make_room` is called before so many bytes are written."""
        self._shelf = shelf
        self._file = file
        self._make_room = make_room

    def work(self) -> Iterator[None]:
        """All that is due, in small portions."""
        for tier in TIERS:
            while tier.over:
                heads = self._shelf.open_heads(tier)
                group = together(heads, tier.over)
                # The last one may still grow.
                if len(group) == len(heads):
                    break
                try:
                    yield from self._roll(tier, group)
                except NoRoom as fault:
                    # It would be so at every further turn: it stays as it is.
                    event(logger, logging.WARNING, "history.unrolled", reason=str(fault))
                    self._shelf.mark_rolled(group)

    def roll_oldest(self, tier: Tier, head: Head) -> None:
        """Before this block goes: all that is made of it and of those that belong to it."""
        group = together(self._shelf.open_heads(tier), tier.over)
        if head in group:
            for _ in self._roll(tier, group):
                pass

    def _roll(self, tier: Tier, group: Sequence[Head]) -> Iterator[None]:
        times = array("d")
        for head in group:
            times.extend(self._shelf.times(head))
        made = [_begin(target, self._shelf.number(), times) for target in MADE_OF[tier]]
        joined = Sealed(tier, group[0].id, times, rolled=True)
        for series in self._shelf.members(group):
            columns, bits = self._gather(tier, group, series)
            for parts, sealed in made:
                rolled = roll(columns.average, parts) if tier is RAW else roll_up(columns, parts)
                sealed.chunks[series] = chunk.encode(rolled.joined(), bits)
            if tier.joins and len(group) > 1:
                joined.chunks[series] = chunk.encode(columns.joined(), bits)
            yield
        self._write(group, [sealed for _, sealed in made], joined)

    def _gather(self, tier: Tier, group: Sequence[Head], series: int) -> tuple[Rolled, int]:
        """Its columns through all blocks of the group, and their bits."""
        found = [(head, self._shelf.chunk(head, series)) for head in group]
        bits = max(chunk.bits(data) for _, data in found if data is not None)
        code = chunk.column(bits, 0).typecode
        columns = Rolled.empty(code)
        for head, data in found:
            if data is None:
                columns.extend(Rolled.gap(code, head.count))
            elif tier is RAW:
                columns.average.extend(chunk.decode(data, head.count))
            else:
                columns.extend(Rolled.parted(chunk.decode(data, COLUMNS * head.count)))
        return columns, bits

    def _write(self, group: Sequence[Head], made: Sequence[Sealed], joined: Sealed) -> None:
        size = sum(sealed.size for sealed in made)
        long = joined if joined.chunks and self._is_admitted(size + joined.size) else None
        if long is None:
            self._make_room(size)
            self._file.admit(size)
        with self._shelf.transaction():
            if long is not None:
                for head in group:
                    self._shelf.drop(head)
                self._shelf.add(long)
            else:
                self._shelf.mark_rolled(group)
            for sealed in made:
                self._shelf.add(sealed)

    def _is_admitted(self, size: int) -> bool:
        # Where it is too much for one transaction, short blocks serve as well, only slower.
        try:
            self._file.admit(size)
        except NoRoom:
            return False
        return self._file.room() > 2 * size


def together(heads: Sequence[Head], over: float) -> list[Head]:
    """The first of the blocks and those that follow it in the same stretch of `over` seconds, each
    later than the one before."""
    group: list[Head] = []
    for head in heads:
        if group and (head.start // over != group[0].start // over or head.start <= group[-1].end):
            break
        group.append(head)
    return group


def _begin(target: Tier, number: int, times: "array[float]") -> tuple[list[Stretch], Sealed]:
    parts = stretches(times, target.step)
    starts = array("d", [start for start, _, _ in parts])
    return parts, Sealed(target, number, starts, rolled=not target.over)
