"""The figures of the last minutes in memory, one array a series, until a block of them is full."""

import math
import threading
from array import array
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field

from monitor.history import chunk
from monitor.history.block import Sealed
from monitor.history.pack import Pack
from monitor.history.series import Name, Plan
from monitor.history.tier import RAW, SPAN_S
from monitor.model.sample import Figures, Values
from monitor.wire.text import clean

# Ticks for which room is made at once, and beyond which a block is sealed before its time: a clock
# that stands still must not fill the memory.
ROOM = 300
MOST = 2400
# Series beyond these are not kept: names of things may be anybody's, and each costs memory.
MAX_SERIES = 20_000

Identify = Callable[[Name], int]


@dataclass(slots=True)
class Page:
    """The block that is being filled. Its columns are longer than its ticks, by gaps."""

    id: int
    times: "array[float]" = field(default_factory=lambda: array("d"))
    columns: dict[int, "array[float]"] = field(default_factory=dict)
    bits: dict[int, int] = field(default_factory=dict)
    room: int = ROOM
    # So many ticks are on disk.
    packed: int = 0

    def pack(self) -> Pack | None:
        """What is not on disk; a series that was not seen since is not in it."""
        first, last = self.packed, len(self.times)
        if first == last:
            return None
        columns = {}
        for series, column in self.columns.items():
            part = column[first:last]
            if not all(map(math.isnan, part)):
                columns[series] = part
        return Pack(self.times[first:], columns, {s: self.bits[s] for s in columns})

    def seal(self, last_hot: int) -> Sealed:
        """As a block that can be written."""
        count = len(self.times)
        sealed = Sealed(RAW, self.id, self.times, last_hot=last_hot)
        for series, column in self.columns.items():
            sealed.chunks[series] = chunk.encode(column[:count], self.bits[series])
        return sealed

    def widen(self) -> None:
        """Make room for as many ticks again."""
        self.room *= 2
        for series, column in self.columns.items():
            column.extend(chunk.column(self.bits[series], self.room - len(column)))


class Recorder:
    """Takes ticks in; belongs to the store's thread. Others read under `lock`.

    `sealed` are blocks that are not on disk yet, oldest first.
    """

    def __init__(self, plan: Plan, identify: Identify, number: Callable[[], int]) -> None:
        """`identify` and `number` give series and blocks their numbers."""
        self.lock = threading.Lock()
        self.page = Page(number())
        self.sealed: list[Sealed] = []
        self.refused = 0
        # Of the last tick (Unix time).
        self.until: float | None = None
        self._plan = plan
        self._identify = identify
        self._number = number
        # Of each thing its columns by field, in the order of the plan.
        self._things: dict[tuple[str, str], dict[str, array[float] | None]] = {}

    def add(self, time: float, figures: Figures, last_hot: int) -> None:
        """Take one tick in. What came before is sealed where a new block has to begin."""
        if self.page.times and not self._fits(time):
            self.seal(last_hot)
        with self.lock:
            page = self.page
            slot = len(page.times)
            if slot == page.room:
                page.widen()
            for family, key, values in self._plan.things(figures):
                columns = self._things.get((family, key))
                if columns is None:
                    columns = self._things[family, key] = {}
                self._note(family, key, slot, values, columns)
            page.times.append(time)
            self.until = time

    def restore(self, pack: Pack, last_hot: int) -> None:
        """A pack of an earlier life."""
        if self.page.times and not self._fits(pack.times[0]):
            self.seal(last_hot)
        page = self.page
        slot = len(page.times)
        page.times.extend(pack.times)
        page.packed = len(page.times)
        while page.room < len(page.times):
            page.widen()
        for series, figures in pack.columns.items():
            if series not in page.columns:
                page.bits[series] = pack.bits[series]
                page.columns[series] = chunk.column(page.bits[series], page.room)
            page.columns[series][slot : len(page.times)] = figures

    def seal(self, last_hot: int) -> None:
        """End the block; the next one is empty."""
        if not self.page.times:
            return
        sealed = self.page.seal(last_hot)
        with self.lock:
            self.sealed.append(sealed)
            self.page = Page(self._number())
            self._things = {}

    def retain(self, known: Set[int]) -> None:
        """The file is a new one, which knows these series only, and none of their figures."""
        with self.lock:
            page = self.page
            page.packed = 0
            for sealed in self.sealed:
                sealed.chunks = {s: data for s, data in sealed.chunks.items() if s in known}
            page.columns = {s: column for s, column in page.columns.items() if s in known}

    def written(self, blocks: Iterable[Sealed]) -> None:
        """They are on disk, or given up."""
        gone = {id(block) for block in blocks}
        with self.lock:
            self.sealed = [block for block in self.sealed if id(block) not in gone]

    def _fits(self, time: float) -> bool:
        times = self.page.times
        # A clock that was set back begins a block of its own: within one, times only rise.
        return times[-1] < time < (times[0] // SPAN_S + 1) * SPAN_S and len(times) < MOST

    def _note(
        self,
        family: str,
        key: str,
        slot: int,
        values: Values,
        columns: dict[str, "array[float] | None"],
    ) -> None:
        for name, bits in self._plan.fields(family).items():
            value = values.get(name)
            if value is None:
                continue
            if name not in columns:
                columns[name] = self._begin((family, name, clean(key)), bits)
            column = columns[name]
            if column is not None and not isinstance(value, str):
                column[slot] = value

    def _begin(self, name: Name, bits: int) -> "array[float] | None":
        page = self.page
        if len(page.columns) >= MAX_SERIES:
            self.refused += 1
            return None
        series = self._identify(name)
        column = page.columns.get(series)
        if column is None:  # it is there where two names are shown alike
            column = page.columns[series] = chunk.column(bits, page.room)
            page.bits[series] = bits
        return column
