"""What each viewer is sent at a tick, decided once for all that stand alike."""

import asyncio
import os
from collections.abc import Sequence

from monitor.clock import Clock
from monitor.live.line import Due, Line, Stand
from monitor.live.topic import Topic
from monitor.live.topics import Topics
from monitor.model.vitals import Vitals

# The loop is given back after this much of a broadcast: at 5,000 viewers one uninterrupted
# broadcast stalls everything else for 71 ms, one in slices for 6.
SLICE_S = 0.002
# Viewers between two looks at the clock: a tenth of a slice.
LOOK_EACH = 16
# A viewer that takes nothing for this long is cut off: it is not slow, it is gone. What waits is
# seen a tick later, and looked at once a tick: at one a second that makes 5 s.
STUCK_S = 3.5
# A viewer that catches up is sent this much at once, and more when it has read that.
CATCH_UP_BYTES = 128 * 1024


class Delivery:
    """Writes to viewers; waits for none of them.

    Nearly all viewers stand alike: they follow the same topics and have the same documents. One
    write brings what they are owed, of however many topics it is.
    """

    def __init__(self, topics: Topics, vitals: Vitals) -> None:
        self._topics = topics
        self._vitals = vitals
        # By what it says: those that this tick leads to, and those that have been decided on.
        self._stands: dict[tuple[tuple[str, int | None], ...], Stand] = {}
        self._decided: list[Stand] = []

    def advance(self) -> None:
        """A tick has come: all are owed something else."""
        for stand in self._decided:
            stand.due = None
        self._decided.clear()
        self._stands.clear()

    async def broadcast(self, lines: Sequence[Line], clock: Clock) -> None:
        """Deliver to all, and give the loop its turn in between. Ticks must not overlap."""
        slice_began = clock.monotonic()
        for first in range(0, len(lines), LOOK_EACH):
            self._deliver_some(lines[first : first + LOOK_EACH], slice_began)
            if clock.monotonic() - slice_began >= SLICE_S:
                await asyncio.sleep(0)
                slice_began = clock.monotonic()

    def _deliver_some(self, lines: Sequence[Line], now: float) -> None:
        """As `deliver` for each, with all that it calls written out for those that stand well. Each
        call, and each object of asyncio's that is touched, is 2 to 5 % of what send(2) takes.
        """
        messages = size = 0
        for line in lines:
            due = line.stand.due
            descriptor = line.descriptor
            if due is None or not line.ready or descriptor is None:
                self.deliver(line, now)
                continue
            frames, count, leads_to = due
            if count:
                try:
                    written = os.write(descriptor, frames)
                except OSError:
                    written = 0  # the transport finds out whether it is full or gone
                if written < len(frames):
                    line.transport.write(frames[written:])
                line.stand = leads_to
                line.messages += count
                line.bytes += len(frames)
                messages += count
                size += len(frames)
        self._vitals.sent_messages += messages
        self._vitals.sent_bytes += size

    def deliver(self, line: Line, now: float) -> None:
        """Write what the viewer is owed; `now` is monotonic seconds."""
        if line.backlog():
            # It is behind: nothing more is queued, and what it is sent next is a snapshot.
            if line.stuck_for(now) >= STUCK_S:
                line.evict("stopped reading", now)
            return
        if line.resuming:
            self._catch_up(line)
        due = line.stand.due or self._decide(line)
        if due.messages and self.send(line, due.frames, due.messages):
            line.stand = due.leads_to

    def send(self, line: Line, frames: bytes, count: int = 1) -> bool:
        """Write so many messages. False where the viewer's end has begun."""
        sent = line.send(frames, count)
        if sent:
            self._vitals.sent_messages += count
            self._vitals.sent_bytes += len(frames)
        return sent

    def _decide(self, line: Line) -> Due:
        frames: list[bytes] = []
        leads_to = dict(line.stand.seqs)
        for name, sent in line.stand.seqs.items():
            topic = self._topics[name]
            frame = topic.message_for(sent) if name not in line.resuming else None
            if frame is not None:
                frames.append(frame)
                leads_to[name] = topic.seq
        due = Due(b"".join(frames), len(frames), self._stand(leads_to))
        if not line.resuming:
            line.stand.due = due
            self._decided.append(line.stand)
        return due

    def _stand(self, seqs: dict[str, int | None]) -> Stand:
        """The same one for all that come to stand so."""
        return self._stands.setdefault(tuple(seqs.items()), Stand(seqs))

    def _catch_up(self, line: Line) -> None:
        """Send what a viewer that was away has missed, as much as may wait for it at once."""
        for name in line.resuming:
            if not self._catch_up_with(line, self._topics[name]):
                return
            line.resuming -= {name}

    def _catch_up_with(self, line: Line, topic: Topic) -> bool:
        """Whether there is no more to send."""
        room = CATCH_UP_BYTES
        for seq, frame in topic.missed(line.stand.seqs[topic.name] or 0):
            if room <= 0 or not self.send(line, frame):
                return False
            room -= len(frame)
            line.now_has(topic.name, seq)
        return True
