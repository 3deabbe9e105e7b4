"""What each viewer is sent at a tick, and how the loop gets its turn meanwhile."""

import asyncio
import contextlib
from collections.abc import Generator, Mapping, Set

from monitor.clock import Clock
from monitor.live.line import Cohort, Line, Owed
from monitor.live.topic import Topic
from monitor.live.topics import Topics
from monitor.model.vitals import Vitals

# The loop is given back after this much of a broadcast: at 5,000 viewers one uninterrupted
# broadcast stalls everything else for 71 ms, one in slices for 6.
SLICE_S = 0.002
# A viewer that takes nothing for this long is cut off: it is not slow, it is gone. What waits is
# seen a tick later, and looked at once a tick: at one a second that makes 5 s.
STUCK_S = 3.5
# A viewer that catches up is sent this much at once, and more when it has read that.
CATCH_UP_BYTES = 128 * 1024


class Delivery:
    """Writes to viewers; waits for none of them.

    Nearly all are in step, in one cohort for each choice of topics. The others are looked at one by
    one, and step in as soon as they have what a cohort has.
    """

    def __init__(self, topics: Topics, vitals: Vitals) -> None:
        self._topics = topics
        self._vitals = vitals
        # By the topics that they follow.
        self._cohorts: dict[frozenset[str], Cohort] = {}
        self._strays: set[Line] = set()

    def add(self, line: Line) -> None:
        """A viewer has come."""
        self._strays.add(line)

    def remove(self, line: Line) -> None:
        """It has left."""
        line.step_out()
        self._strays.discard(line)

    async def broadcast(self, clock: Clock) -> None:
        """Deliver a tick to all, and give the loop its turn in between. Ticks must not overlap."""
        slice_began = clock.monotonic()
        with contextlib.closing(self._steps(slice_began)) as steps:
            for _ in steps:
                if clock.monotonic() - slice_began >= SLICE_S:
                    await asyncio.sleep(0)
                    slice_began = clock.monotonic()

    def _steps(self, now: float) -> Generator[None, None, None]:
        """The whole tick. Between any two steps viewers may come, go, and change their topics."""
        self._cohorts = {topics: cohort for topics, cohort in self._cohorts.items() if cohort}
        cohorts = list(self._cohorts.values())
        for cohort in cohorts:
            cohort.owe(self._owed(cohort.seqs))
        for cohort in cohorts:
            for viewers in cohort.write():
                self._vitals.sent_messages += viewers * cohort.owed.messages
                self._vitals.sent_bytes += viewers * len(cohort.owed.frames)
                yield
        for line in list(self._strays):
            if line in self._strays:
                self.deliver(line, now)
            yield

    def deliver(self, line: Line, now: float) -> None:
        """Write what a viewer is owed that is not in step; `now` is monotonic seconds."""
        if line.cohort is not None:
            return
        if line.backlog():
            # It is behind: nothing more is queued, and what it is sent next is a snapshot.
            if line.stuck_for(now) >= STUCK_S:
                line.evict("stopped reading", now)
            return
        if line.resuming:
            self._catch_up(line)
        owed = self._owed(line.seqs, but=line.resuming)
        if owed.messages and self.send(line, owed.frames, owed.messages):
            line.seqs = owed.seqs
        self._step_in(line)

    def send(self, line: Line, frames: bytes, count: int = 1) -> bool:
        """Write so many messages. False where the viewer's end has begun."""
        sent = line.send(frames, count)
        if sent:
            self._vitals.sent_messages += count
            self._vitals.sent_bytes += len(frames)
        return sent

    def _owed(self, seqs: Mapping[str, int | None], but: Set[str] = frozenset()) -> Owed:
        """Whoever has these documents is owed this, `but` for some topics."""
        frames: list[bytes] = []
        leads_to = dict(seqs)
        for name, seq in seqs.items():
            topic = self._topics[name]
            frame = topic.message_for(seq) if name not in but else None
            if frame is not None:
                frames.append(frame)
                leads_to[name] = topic.seq
        return Owed(b"".join(frames), len(frames), leads_to)

    def _step_in(self, line: Line) -> None:
        """Where it has the newest documents and can be written to at once."""
        seqs = line.seqs
        newest = all(seq == self._topics[name].seq for name, seq in seqs.items())
        if seqs and newest and line.may_step_in:
            cohort = self._cohorts.setdefault(frozenset(seqs), Cohort(seqs, self._strays))
            if cohort.seqs == seqs:
                line.step_in(cohort)

    def _catch_up(self, line: Line) -> None:
        """Send what a viewer that was away has missed, as much as may wait for it at once."""
        for name in line.resuming:
            if not self._catch_up_with(line, self._topics[name]):
                return
            line.resuming -= {name}

    def _catch_up_with(self, line: Line, topic: Topic) -> bool:
        """Whether there is no more to send."""
        room = CATCH_UP_BYTES
        for seq, frame in topic.missed(line.seqs[topic.name] or 0):
            if room <= 0 or not self.send(line, frame):
                return False
            room -= len(frame)
            line.now_has(topic.name, seq)
        return True
