"""One topic of the stream: its last document, and each of its messages encoded once."""

from collections.abc import Iterator

from monitor.live.replay import Replay
from monitor.live.ring import Ring
from monitor.model.sample import Snapshot
from monitor.model.schema import Schema
from monitor.wire import messages
from monitor.wire.document import Document, Documents, diff

# Different questions of one tick whose answers are kept; all pages of one version ask the same.
MAX_HISTORIES = 8


class Topic:
    """What viewers of a topic are sent. `seq` is that of the last tick, 0 before the first.

    The figures of the last `ticks` ticks are remembered for those who ask for their history; of 0,
    none are. The patches that `replay` has room for are kept for those who were away.
    """

    def __init__(self, name: str, schema: Schema, ticks: int, replay: Replay) -> None:
        self.name = name
        self.seq = 0
        self.base = 0
        self._documents = Documents(schema, name)
        self._ring = Ring(schema, ticks, name) if ticks else None
        self._replay = replay
        self._tick: Snapshot | None = None
        self._document: Document | None = None
        self._before: Document | None = None
        self._patch: bytes | None = None
        self._snapshot: bytes | None = None
        self._histories: dict[tuple[str, ...], bytes] = {}

    def advance(self, snapshot: Snapshot, *, wanted: bool = True) -> None:
        """Take a tick in. The patch is encoded now, for those who are there and those who will be.

        While nobody wants it there is no document either: it is made when somebody comes.
        """
        # First what may fail: a tick that cannot be shown must leave the one before as it was.
        shown = self._documents.of(snapshot.figures) if wanted else None
        self.base, self.seq, self._tick = self.seq, snapshot.seq, snapshot
        self._before, self._document = self._document, shown
        self._patch = self._snapshot = None
        self._histories.clear()
        if self._ring is not None:
            self._ring.add(snapshot)
        if wanted and self._before is not None:
            self._replay.add(self.base, self.seq, self.patch(), snapshot.at)
        else:
            self._replay.forget()

    def holds(self, sent_seq: int) -> bool:
        """Whether all that came after that document can still be had."""
        return sent_seq == self.seq or sent_seq in self._replay

    def missed(self, sent_seq: int) -> Iterator[tuple[int, bytes]]:
        """Each patch that a viewer with that document is owed, and the seq that it leads to."""
        return self._replay.after(sent_seq)

    def message_for(self, sent_seq: int | None) -> bytes | None:
        """The frame for a viewer that was last sent `sent_seq`; None where it is owed nothing.

        The patch for one that has the document before this, the whole document for any other.
        """
        if self.seq in {0, sent_seq}:
            return None
        return self.patch() if sent_seq == self.base else self.snapshot()

    def patch(self) -> bytes:
        """The frame of what changed since the tick before; all of it where that is not known."""
        if self._before is None:
            return self.snapshot()
        if self._patch is None:
            changes = diff(self._before, self._shown())
            time = self._last().time
            self._patch = messages.patch(self.name, self.seq, self.base, time, changes)
        return self._patch

    def snapshot(self) -> bytes:
        """The frame of the whole document."""
        if self._snapshot is None:
            time = self._last().time
            self._snapshot = messages.snapshot(self.name, self.seq, time, self._shown())
        return self._snapshot

    def _last(self) -> Snapshot:
        assert self._tick is not None, "nothing is owed before the first tick"
        return self._tick

    def _shown(self) -> Document:
        if self._document is None:
            self._document = self._documents.of(self._last().figures)
        return self._document

    def history_cost(self, metrics: tuple[str, ...]) -> int:
        """How many figures would have to be encoded to answer; 0 where they have been already."""
        if self._ring is None or metrics in self._histories:
            return 0
        return self._ring.size(metrics)

    def history(self, metrics: tuple[str, ...]) -> bytes:
        """The frame of the last figures of these metrics."""
        frame = self._histories.get(metrics)
        if frame is None:
            times = self._ring.times() if self._ring is not None else []
            data = self._ring.history(metrics) if self._ring is not None else {}
            frame = messages.history(self.name, times, data)
            if len(self._histories) < MAX_HISTORIES:
                self._histories[metrics] = frame
        return frame
