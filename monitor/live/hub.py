"""The hub: who is watching, what each one is sent, and how all of them are sent home."""

import asyncio
import contextlib
import weakref
from collections import Counter
from collections.abc import Mapping

from aiohttp import WSCloseCode

from monitor.clock import Clock
from monitor.live.connection import Connection
from monitor.live.inquiry import Inquiry
from monitor.live.questions import Questions
from monitor.live.topic import Topic
from monitor.live.viewer import CLOSE_TIMEOUT_S, Viewer
from monitor.model.metric import COMMANDS, HOST, KERNEL, PROCESSES, SERVICES, SOCKETS
from monitor.model.sample import Snapshot
from monitor.model.schema import Schema
from monitor.model.vitals import Vitals
from monitor.wire import commands, messages
from monitor.wire.commands import CommandError

TOPICS: Mapping[str, str] = {
    HOST: "This machine: everything but its processes",
    PROCESSES: "Every process",
    COMMANDS: "Every process's command line",
    SERVICES: "systemd units and containers",
    SOCKETS: "Listening ports and who owns them",
    KERNEL: "What the kernel counts beside, as dashboards read it",
}
# Seconds of figures that a viewer may ask for on joining.
RING_SECONDS = 120.0
# A viewer that takes nothing for this long is cut off: it is not slow, it is gone.
STUCK_S = 5.0
# The loop is given back after this much of a broadcast: at 5,000 viewers one uninterrupted
# broadcast stalls everything else for 71 ms, one in slices for 6.
SLICE_S = 0.002
# When all are sent home: each has CLOSE_TIMEOUT_S to answer, and the last this long to be gone.
GOODBYE_S = CLOSE_TIMEOUT_S + 0.5
RETRY_AFTER_S = 1.5
# Figures of history that are encoded in one tick, for all viewers together. The page of a machine
# with 200 interfaces asks for as many at four ticks a second; they hold the loop for 70 ms.
MAX_FIGURES = 200_000
# A viewer whose answers pile up to this many bytes is not reading them.
MAX_BACKLOG_BYTES = 1 << 20


class Hub:
    """Holds the viewers in a WeakSet; a broadcast writes one encoded message to each of them."""

    def __init__(
        self,
        *,
        schema: Schema,
        clock: Clock,
        vitals: Vitals,
        interval: float,
        welcome: bytes,
        introductions: Mapping[str, bytes],
        inquiry: Inquiry,
        capacity: int,
    ) -> None:
        self.capacity = capacity
        self.viewers: weakref.WeakSet[Viewer] = weakref.WeakSet()
        self.accepting = True
        ticks = max(1, round(RING_SECONDS / interval))
        self._topics = {name: Topic(name, schema, ticks if name == HOST else 0) for name in TOPICS}
        self._metrics = schema.metrics
        self.clock = clock
        self._vitals = vitals
        self._welcome = welcome
        self._introductions = introductions
        self._questions = Questions(inquiry, self._send)
        # How many viewers each topic has; the sampler asks at each tick what is wanted.
        self._audience: Counter[str] = Counter()
        self._joined = 0
        self._figures_spent = 0
        self._nobody = asyncio.Event()
        self._published_at = clock.monotonic()

    def join(self, viewer: Viewer, transport: asyncio.Transport, peer: str) -> bool:
        """A viewer has come through the door. False where the hub is closing.

        Nothing is awaited between the question and the joining, so none slips in behind a stop.
        """
        if not self.accepting:
            return False
        self._joined += 1
        viewer.begin(Connection(self._joined, peer, self.clock.monotonic()), transport)
        self.viewers.add(viewer)
        self._note_viewers()
        self._send(viewer, self._welcome)
        self._subscribe(viewer, HOST)
        return True

    def leave(self, viewer: Viewer, reason: str) -> None:
        """A viewer's handler ends here, whatever ended it."""
        self.viewers.discard(viewer)
        self._questions.drop(viewer)
        for name in list(viewer.sent_seq):
            self._unsubscribe(viewer, name)
        self._note_viewers()
        viewer.ended(reason)

    def watched(self, topic: str) -> bool:
        """Whether anybody is subscribed to it."""
        return self._audience[topic] > 0

    def heed(self, viewer: Viewer) -> str | None:
        """A message or a ping has come. A text is the reason for which the viewer has to go."""
        if viewer.backlog > MAX_BACKLOG_BYTES:
            return "asks for more than it reads"
        return viewer.conduct.heard(self.clock.monotonic())

    def hear(self, viewer: Viewer, text: str) -> str | None:
        """Follow a viewer's message. A text is the reason for which it has to go (1008)."""
        try:
            command = commands.parse(text, self._topics, self._metrics)
        except CommandError as error:
            self._send(viewer, messages.error(error.code, error.message))
            return viewer.conduct.erred()
        try:
            self._follow(viewer, command)
        except CommandError as refusal:
            # Understood, and too much for now: impatience is no misconduct.
            self._send(viewer, messages.error(refusal.code, refusal.message))
        return None

    async def publish(self, snapshot: Snapshot) -> None:
        """Write one tick to all viewers; waits for none of them. Ticks must not overlap."""
        for name, topic in self._topics.items():
            topic.advance(snapshot, watched=self.watched(name))
        self._figures_spent = 0
        now = self.clock.monotonic()
        self._vitals.viewer_seconds += len(self.viewers) * (now - self._published_at)
        self._published_at = slice_began = now
        # A copy: viewers come and go while the loop has its turn.
        for viewer in list(self.viewers):
            self._deliver(viewer, now)
            now = self.clock.monotonic()
            if now - slice_began >= SLICE_S:
                await asyncio.sleep(0)
                slice_began = now

    async def stop(self) -> None:
        """Send all viewers home: `bye`, then Close 1001. Whoever comes meanwhile is refused.

        Returns when none is left, which is at the latest when those that do not answer are cut off.
        """
        self.accepting = False
        bye = messages.bye("shutdown", RETRY_AFTER_S)
        for viewer in list(self.viewers):
            self._send(viewer, bye)
            viewer.say_close(WSCloseCode.GOING_AWAY, "shutdown")
        await self._questions.stop()
        self._note_viewers()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._nobody.wait(), GOODBYE_S)

    def _note_viewers(self) -> None:
        self._vitals.viewers = len(self.viewers)
        if self.viewers:
            self._nobody.clear()
        else:
            self._nobody.set()

    def _deliver(self, viewer: Viewer, now: float) -> None:
        if viewer.backlog:
            # It is behind: nothing more is queued, and what it is sent next is a snapshot.
            if viewer.stuck_for(now) >= STUCK_S:
                viewer.evict("stopped reading")
            return
        for name, sent in viewer.sent_seq.items():
            topic = self._topics[name]
            frame = topic.message_for(sent)
            if frame is not None and self._send(viewer, frame):
                viewer.sent_seq[name] = topic.seq
        self._pay_history(viewer, self._topics[HOST])

    def _subscribe(self, viewer: Viewer, name: str) -> None:
        if name not in viewer.sent_seq:
            self._audience[name] += 1
            if name in self._introductions:
                self._send(viewer, self._introductions[name])
        viewer.sent_seq[name] = None
        self._deliver(viewer, self.clock.monotonic())

    def _unsubscribe(self, viewer: Viewer, name: str) -> None:
        if name in viewer.sent_seq:
            del viewer.sent_seq[name]
            self._audience[name] -= 1

    def _follow(self, viewer: Viewer, command: commands.Command) -> None:
        match command:
            case commands.Subscribe(topic):
                self._subscribe(viewer, topic)
            case commands.SnapshotRequest(topic) if topic in viewer.sent_seq:
                self._subscribe(viewer, topic)
            case commands.SnapshotRequest(topic):
                # One answer, and no subscription.
                self._need_reading(viewer)
                frame = self._topics[topic].message_for(None)
                if frame is not None:
                    self._send(viewer, frame)
            case commands.Unsubscribe(topic):
                self._unsubscribe(viewer, topic)
            case commands.ProcessRequest(pid):
                self._questions.ask(viewer, pid)
            case commands.HistoryRequest(metrics):
                host = self._topics[HOST]
                if host.history_cost(metrics) > MAX_FIGURES:
                    raise CommandError("too-much", f"that is more than {MAX_FIGURES} figures")
                viewer.owed_history = metrics
                self._pay_history(viewer, host)

    def _need_reading(self, viewer: Viewer) -> None:
        if viewer.backlog:
            raise CommandError("busy", "read what was sent before asking for more")

    def _pay_history(self, viewer: Viewer, topic: Topic) -> None:
        """Answer what is owed, now if the viewer has read what it was sent and there is time for it
        in this tick, else at a later tick."""
        metrics = viewer.owed_history
        if metrics is None or viewer.backlog:
            return
        cost = topic.history_cost(metrics)
        if self._figures_spent and self._figures_spent + cost > MAX_FIGURES:
            return
        self._figures_spent += cost
        viewer.owed_history = None
        self._send(viewer, topic.history(metrics))

    def _send(self, viewer: Viewer, frame: bytes) -> bool:
        sent = viewer.send(frame)
        if sent:
            self._vitals.sent_messages += 1
            self._vitals.sent_bytes += len(frame)
        return sent
