"""The hub: who is watching, what each one is sent, and how all of them are sent home."""

import asyncio
import contextlib
import weakref

from aiohttp import WSCloseCode

from monitor.auth import access
from monitor.clock import Clock
from monitor.live.connection import Connection
from monitor.live.delivery import Delivery
from monitor.live.greeting import Greeting
from monitor.live.heap import Heap
from monitor.live.histories import Histories
from monitor.live.inquiry import Inquiry
from monitor.live.questions import Questions
from monitor.live.socket import CLOSE_TIMEOUT_S
from monitor.live.topics import TOPICS, Topics
from monitor.live.viewer import Viewer
from monitor.model.metric import HOST
from monitor.model.sample import Snapshot
from monitor.model.schema import Schema
from monitor.model.vitals import Vitals
from monitor.wire import commands, messages
from monitor.wire.commands import CommandError

# When all are sent home: each has CLOSE_TIMEOUT_S to answer, and the last this long to be gone.
GOODBYE_S = CLOSE_TIMEOUT_S + 0.5
RETRY_AFTER_S = 1.5
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
        greeting: Greeting,
        inquiry: Inquiry,
    ) -> None:
        self.viewers: weakref.WeakSet[Viewer] = weakref.WeakSet()
        self.accepting = True
        self.topics = Topics(schema, greeting.interval, clock)
        self._metrics = schema.metrics
        self.clock = clock
        self._vitals = vitals
        self._greeting = greeting
        self._delivery = Delivery(self.topics, vitals)
        self._questions = Questions(inquiry, self._send)
        self._histories = Histories(self.topics[HOST], self._send)
        self._heap = Heap()
        self._joined = 0
        self._nobody = asyncio.Event()
        self._published_at = clock.monotonic()

    def join(
        self,
        viewer: Viewer,
        transport: asyncio.Transport,
        peer: str,
        back: commands.Resume | None = None,
    ) -> bool:
        """A viewer has come through the door, or come `back`. False where the hub is closing.

        Nothing is awaited between the question and the joining, so none slips in behind a stop.
        """
        if not self.accepting:
            return False
        self._joined += 1
        viewer.begin(Connection(self._joined, peer, self.clock.monotonic()), transport)
        self.viewers.add(viewer)
        self._delivery.add(viewer.line)
        self._heap.came(len(self.viewers))
        self._note_viewers()
        self._send(viewer, self._greeting.welcome[viewer.role])
        self._follow(viewer, back or commands.Subscribe(HOST))
        return True

    def leave(self, viewer: Viewer, reason: str) -> None:
        """A viewer's handler ends here, whatever ended it."""
        self.viewers.discard(viewer)
        self._questions.drop(viewer)
        self._histories.drop(viewer)
        for name in viewer.line.seqs:
            self._unsubscribe(viewer, name)
        self._delivery.remove(viewer.line)
        self._heap.went()
        self._note_viewers()
        viewer.ended(reason)

    def heed(self, viewer: Viewer) -> str | None:
        """A message or a ping has come. A text is the reason for which the viewer has to go."""
        if viewer.line.backlog() > MAX_BACKLOG_BYTES:
            return "asks for more than it reads"
        return viewer.conduct.heard(self.clock.monotonic())

    def hear(self, viewer: Viewer, text: str) -> str | None:
        """Follow a viewer's message. A text is the reason for which it has to go (1008)."""
        try:
            command = commands.parse(text, TOPICS, self._metrics)
        except CommandError as error:
            self._send(viewer, messages.error(error.code, error.message))
            return viewer.conduct.erred()
        try:
            _require_right(viewer, command)
            self._follow(viewer, command)
        except CommandError as refusal:
            # Understood, and too much for now: impatience is no misconduct.
            self._send(viewer, messages.error(refusal.code, refusal.message))
        return None

    async def publish(self, snapshot: Snapshot) -> None:
        """Write one tick to all viewers; waits for none of them. Ticks must not overlap."""
        self.topics.advance(snapshot)
        now = self.clock.monotonic()
        self._vitals.viewer_seconds += len(self.viewers) * (now - self._published_at)
        self._published_at = now
        await self._delivery.broadcast(self.clock)
        self._histories.advance()
        self._heap.tidy(len(self.viewers))

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

    def _subscribe(self, viewer: Viewer, name: str) -> None:
        if name not in viewer.line.seqs:
            self.topics.came(name)
            if name in self._greeting.introductions:
                self._send(viewer, self._greeting.introductions[name])
        viewer.line.now_has(name, None)
        viewer.line.resuming -= {name}

    def _unsubscribe(self, viewer: Viewer, name: str) -> None:
        if name in viewer.line.seqs:
            viewer.line.follows_no_more(name)
            self.topics.went(name)

    def _resume(self, viewer: Viewer, back: commands.Resume) -> None:
        """It had all up to `back.since`, on an earlier connection."""
        self._subscribe(viewer, back.topic)
        topic = self.topics[back.topic]
        ours = back.session == self._greeting.session
        if ours and topic.holds(back.since):
            viewer.line.now_has(topic.name, back.since)
            viewer.line.resuming |= {topic.name}
            return
        seconds = (topic.seq - back.since) * self._greeting.interval if ours else None
        if back.time is not None:
            seconds = self.clock.wall() - back.time
        if seconds is not None and seconds < 0:  # the clock was set back, or the viewer errs
            seconds = None
        why = "expired" if ours else "restart"
        self._send(viewer, messages.gap(topic.name, back.since, seconds, why))

    def _follow(self, viewer: Viewer, command: commands.Command) -> None:
        match command:
            case commands.Subscribe(topic):
                self._subscribe(viewer, topic)
            case commands.SnapshotRequest(topic) if topic in viewer.line.seqs:
                self._subscribe(viewer, topic)
            case commands.SnapshotRequest(topic):
                # One answer, and no subscription.
                self._need_reading(viewer)
                frame = self.topics[topic].message_for(None)
                if frame is not None:
                    self._send(viewer, frame)
            case commands.Unsubscribe(topic):
                self._unsubscribe(viewer, topic)
            case commands.Resume():
                self._resume(viewer, command)
            case commands.ProcessRequest(pid):
                self._questions.ask(viewer, pid)
            case commands.HistoryRequest(metrics):
                self._histories.ask(viewer, metrics)
        self._delivery.deliver(viewer.line, self.clock.monotonic())

    def _send(self, viewer: Viewer, frame: bytes) -> bool:
        return self._delivery.send(viewer.line, frame)

    def _need_reading(self, viewer: Viewer) -> None:
        if viewer.line.backlog():
            raise CommandError("busy", "read what was sent before asking for more")


def _require_right(viewer: Viewer, command: commands.Command) -> None:
    """Raises CommandError where its role may not say this."""
    topic = getattr(command, "topic", HOST)
    if not access.may(viewer.role, access.SAID, command.TYPE):
        raise CommandError("forbidden", f"{command.TYPE} is not for a {viewer.role.word}")
    if not access.may(viewer.role, access.TOPICS, topic):
        raise CommandError("forbidden", f"the topic {topic} is not for a {viewer.role.word}")
