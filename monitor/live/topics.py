"""The topics of the stream, and how many are subscribed to each."""

from collections import Counter
from collections.abc import Mapping

from monitor.clock import Clock
from monitor.live.replay import REPLAY_S, Replay
from monitor.live.topic import Topic
from monitor.model.metric import COMMANDS, HOST, KERNEL, PROCESSES, SERVICES, SOCKETS
from monitor.model.sample import Snapshot
from monitor.model.schema import Schema

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
KIB = 1024
# What is kept of each for viewers that come back; 8 MiB in all. 15 minutes at 1 Hz are 0.5 MiB of
# an ordinary host, and 2 of one with 64 busy cores and 40 interfaces.
KEPT_BYTES = {
    HOST: 4096 * KIB,
    PROCESSES: 2560 * KIB,
    COMMANDS: 512 * KIB,
    SERVICES: 512 * KIB,
    SOCKETS: 256 * KIB,
    KERNEL: 256 * KIB,
}


class Topics:
    """Each topic by its name. One that nobody wants costs nothing: no document is made of it."""

    def __init__(self, schema: Schema, interval: float, clock: Clock) -> None:
        ticks = max(1, round(RING_SECONDS / interval))
        self._topics = {
            name: Topic(name, schema, ticks if name == HOST else 0, Replay(KEPT_BYTES[name]))
            for name in TOPICS
        }
        self._clock = clock
        self._audience: Counter[str] = Counter()
        # Until when its patches are kept though nobody is there: who left may come back.
        self._kept_until: dict[str, float] = {}

    def __getitem__(self, name: str) -> Topic:
        return self._topics[name]

    def watched(self, name: str) -> bool:
        """Whether anybody is subscribed to it."""
        return self._audience[name] > 0

    def came(self, name: str) -> None:
        """One more is subscribed."""
        self._audience[name] += 1

    def went(self, name: str) -> None:
        """One fewer."""
        self._audience[name] -= 1
        self._kept_until[name] = self._clock.monotonic() + REPLAY_S

    def advance(self, snapshot: Snapshot) -> None:
        """Take a tick in."""
        for name, topic in self._topics.items():
            missed = self._kept_until.get(name, 0.0) > snapshot.at
            topic.advance(snapshot, wanted=self.watched(name) or missed)
