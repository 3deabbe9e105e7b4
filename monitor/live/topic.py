"""One topic of the stream: its last document, and each of its messages encoded once."""

from monitor.live.ring import Ring
from monitor.model.sample import Snapshot
from monitor.model.schema import Schema
from monitor.wire import messages
from monitor.wire.document import Document, diff, document

# Different questions of one tick whose answers are kept; all pages of one version ask the same.
MAX_HISTORIES = 8


class Topic:
    """What viewers of a topic are sent. `seq` is that of the last tick, 0 before the first.

    The last `ticks` ticks are remembered for those who ask for their history.
    """

    def __init__(self, name: str, schema: Schema, ticks: int) -> None:
        self.name = name
        self.seq = 0
        self.base = 0
        self._schema = schema
        self._ring = Ring(schema, ticks)
        self._time = 0.0
        self._document: Document = {}
        self._before: Document = {}
        self._patch: bytes | None = None
        self._snapshot: bytes | None = None
        self._histories: dict[tuple[str, ...], bytes] = {}

    def advance(self, snapshot: Snapshot) -> None:
        """Take a tick in. Nothing is encoded until somebody needs it."""
        # First what may fail: a tick that cannot be shown must leave the one before as it was.
        shown = document(self._schema, snapshot.figures)
        self.base, self.seq, self._time = self.seq, snapshot.seq, snapshot.time
        self._before, self._document = self._document, shown
        self._patch = self._snapshot = None
        self._histories.clear()
        self._ring.add(snapshot)

    def message_for(self, sent_seq: int | None) -> bytes | None:
        """The frame for a viewer that was last sent `sent_seq`; None where it is owed nothing.

        The patch for one that has the document before this, the whole document for any other.
        """
        if self.seq in {0, sent_seq}:
            return None
        return self.patch() if sent_seq == self.base else self.snapshot()

    def patch(self) -> bytes:
        """The frame of what changed since the tick before."""
        if self._patch is None:
            changes = diff(self._before, self._document)
            self._patch = messages.patch(self.name, self.seq, self.base, self._time, changes)
        return self._patch

    def snapshot(self) -> bytes:
        """The frame of the whole document."""
        if self._snapshot is None:
            self._snapshot = messages.snapshot(self.name, self.seq, self._time, self._document)
        return self._snapshot

    def history_cost(self, metrics: tuple[str, ...]) -> int:
        """How many figures would have to be encoded to answer; 0 where they have been already."""
        return 0 if metrics in self._histories else self._ring.size(metrics)

    def history(self, metrics: tuple[str, ...]) -> bytes:
        """The frame of the last figures of these metrics."""
        frame = self._histories.get(metrics)
        if frame is None:
            frame = messages.history(self.name, self._ring.times(), self._ring.history(metrics))
            if len(self._histories) < MAX_HISTORIES:
                self._histories[metrics] = frame
        return frame
