"""How often each collector is read: by what it is for, by who watches that, and by the budget."""

from collections.abc import Callable, Iterable, Mapping

from monitor.clock import Clock
from monitor.collectors.collector import Collector
from monitor.model.budget import Budget
from monitor.model.metric import HOST
from monitor.model.sample import Sample, State

Watched = Callable[[str], bool]

# The start does not count: whoever opens 2,000 processes once does not do so each second.
SETTLED_S = 5.0
# What the machine does not have is looked for again this often: it may be plugged in.
UNAVAILABLE_RETRY_S = 60.0


class Pace:
    """Periods of collectors, in seconds; None for one that nobody wants now.

    What reads for the host alone is read at its own period, always. What reads for another topic
    too is heavy: read at its own period while somebody watches that topic, else at the topic's
    period of rest (`resting`; a topic that is not there is not read), and slowed by the budget.
    What the machine does not have is looked for once a minute, unless somebody watches for it.
    """

    def __init__(
        self,
        collectors: Iterable[Collector],
        *,
        interval: float,
        resting: Mapping[str, float],
        watched: Watched,
        budget: Budget,
        clock: Clock,
    ) -> None:
        self._interval = interval
        self._resting = dict(resting)
        self._watched = watched
        self.budget = budget
        self._clock = clock
        self._topics = {c.name: {r.TOPIC for r in c.records} - {HOST} for c in collectors}
        self._began = clock.monotonic()
        self._spent: tuple[float, float] | None = None
        self._wanted: dict[str, float] = {}
        self._absent: set[str] = set()

    def rest(self, topic: str, period: float) -> None:
        """From now on this is that topic's period of rest, in seconds."""
        self._resting[topic] = period

    def account(self) -> None:
        """Once a tick: what the process has used since the last one settles the budget."""
        now, cpu = self._clock.monotonic(), self._clock.process_cpu()
        if now - self._began < SETTLED_S:
            return
        if self._spent is not None and now > self._spent[0]:
            self.budget.spent(cpu - self._spent[1], now - self._spent[0])
        self._spent = (now, cpu)

    def period(self, collector: Collector) -> float | None:
        """How far apart its readings are to be, as things stand."""
        name, topics = collector.name, self._topics[collector.name]
        own = max(collector.period, self._interval)
        watched = any(self._watched(topic) for topic in topics)
        periods = [max(own, self._resting[topic]) for topic in topics if topic in self._resting]
        if watched or not topics:
            periods.append(own)
        if not periods:
            self._wanted.pop(name, None)
            self.budget.unread(name)
            return None
        wanted = min(periods)
        if name in self._absent and not watched:
            wanted = max(wanted, UNAVAILABLE_RETRY_S)
        if not topics:
            return wanted
        self._wanted[name] = wanted
        return self.budget.period(wanted)

    def read(self, sample: Sample) -> None:
        """What a reading cost, and whether there was anything to read."""
        if sample.state is State.UNAVAILABLE:
            self._absent.add(sample.collector)
        else:
            self._absent.discard(sample.collector)
        period = self._wanted.get(sample.collector)
        if period is not None and sample.at - self._began >= SETTLED_S:
            self.budget.read(sample.collector, sample.cpu, period)
