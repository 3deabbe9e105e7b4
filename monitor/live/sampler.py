"""The tick: at each deadline everything is read once, and one snapshot goes out."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Iterable

from monitor.clock import Clock
from monitor.collectors.collector import Collector, Keeps
from monitor.live.lag import Lag
from monitor.live.news import News
from monitor.live.pace import Pace
from monitor.live.reader import NO_DESCRIPTORS, Reader
from monitor.log import event
from monitor.model.derive import derive
from monitor.model.sample import Figures, Sample, Snapshot, State
from monitor.model.schema import Schema
from monitor.model.track import Track
from monitor.model.vitals import Vitals

logger = logging.getLogger(__name__)

Publish = Callable[[Snapshot], Awaitable[None]]

# Shares of the interval: how long one collector may keep the thread from the others, and when the
# tick goes out with what there is.
PATIENCE = 0.5
DEADLINE = 0.8
# A tick that begins later than this share of the interval is counted as late.
LATE = 0.1
# A collector that is silent for less is shown as stale and is no news for the log: at four ticks a
# second the first look at 2,000 processes takes longer than a tick.
SILENCE_S = 1.0


class Sampler:
    """One task that ticks on monotonic deadlines, for ever: `start() + n * interval`.

    A tick never makes up for one that was missed, and the wall clock has no say in when it comes.
    """

    def __init__(
        self,
        collectors: Iterable[Collector],
        *,
        schema: Schema,
        clock: Clock,
        vitals: Vitals,
        interval: float,
        pace: Pace,
        publish: Publish,
    ) -> None:
        self._collectors = tuple(collectors)
        self._schema = schema
        self._clock = clock
        self._vitals = vitals
        self._interval = interval
        self.pace = pace
        self._publish = publish
        self._reader = Reader(schema, clock)
        self._tracks = {c.name: Track(c.name, None, schema) for c in self._collectors}
        self._seq = 0
        self._task: asyncio.Task[None] | None = None
        self._news = News(clock)
        self._lag = Lag(clock, vitals)
        self.last: Snapshot | None = None
        self.read_at: float | None = None

    def start(self) -> None:
        """Begin to tick, the first time at once."""
        self._task = asyncio.create_task(self._run(), name="sampler")
        self._lag.start()

    async def stop(self) -> None:
        """Cancel the tick and await its end. May be called again, and before `start`."""
        self._lag.stop()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        self._reader.stop(self._give_back)

    def _give_back(self) -> None:
        for collector in self._collectors:
            if isinstance(collector, Keeps):
                collector.close()

    def age(self) -> float:
        """Seconds since the newest reading that went out well; infinite before the first."""
        return math.inf if self.read_at is None else self._clock.monotonic() - self.read_at

    async def _run(self) -> None:
        deadline = self._clock.monotonic()
        while True:
            await self._clock.sleep_until(deadline)
            began = self._clock.monotonic()
            self._note_start(began - deadline)
            try:
                await self._tick(began)
            except Exception as fault:  # noqa: BLE001  # its edge: one bad tick is not the last
                if self._news.is_news("tick", repr(fault)):
                    event(logger, logging.ERROR, "tick.failed", exception=fault)
            ended = self._clock.monotonic()
            self._vitals.tick_seconds = ended - began
            deadline = self._next(deadline, ended)

    def _note_start(self, lateness: float) -> None:
        self._vitals.ticks += 1
        self._vitals.tick_lateness = lateness
        if lateness > LATE * self._interval:
            self._vitals.ticks_late += 1

    def _next(self, deadline: float, now: float) -> float:
        """The next deadline that is still to come; those that have passed are counted."""
        missed = max(0, math.floor((now - deadline) / self._interval))
        self._vitals.ticks_missed += missed
        return deadline + (missed + 1) * self._interval

    async def _tick(self, began: float) -> None:
        wall = self._clock.wall()
        self._set_pace()
        # Half an interval of slack: a tick that came a little early still finds its collectors due.
        due = [c for c in self._collectors if self._tracks[c.name].due(began, self._interval / 2)]
        for collector in due:
            self._tracks[collector.name].asked(began)
        unread = await self._reader.read(
            due, self._answered, PATIENCE * self._interval, began + DEADLINE * self._interval
        )
        for collector in unread:
            if self._tracks[collector.name].passed_over():
                self._complain(collector.name, "was not read in time")
        self._seq += 1
        self.last = self._snapshot(wall, began)
        await self._publish(self.last)
        read = [sample.at for sample in self.last.samples.values()]
        if read:
            self.read_at = max(read)

    def _set_pace(self) -> None:
        self.pace.account()
        budget = self.pace.budget
        self._vitals.budget, self._vitals.taken = budget.share, budget.taken
        self._vitals.stretch = budget.stretch
        for collector in self._collectors:
            period = self.pace.period(collector)
            track = self._tracks[collector.name]
            if period is None:
                track.rest()
            else:
                track.period = period

    def _answered(self, sample: Sample) -> None:
        self.pace.read(sample)
        self._tracks[sample.collector].answered(sample)
        if sample.state is State.ERROR:
            self._complain(sample.collector, sample.reason)

    def _snapshot(self, wall: float, at: float) -> Snapshot:
        samples: dict[str, Sample] = {}
        figures: Figures = {}
        for name, track in self._tracks.items():
            now = self._clock.monotonic()
            if track.overdue(now) and track.silence(now) >= SILENCE_S:
                self._complain(name, "has not answered in time")
            if track.sample is not None:
                samples[name] = track.sample
            figures.update(track.figures)
        statuses = tuple(track.status for track in self._tracks.values())
        figures.update(derive(self._schema, None, Sample("collector", at, 0.0, statuses)))
        return Snapshot(self._seq, wall, at, samples, figures)

    def _complain(self, collector: str, reason: str) -> None:
        # What the whole process lacks is no news of each collector.
        of = "" if reason in NO_DESCRIPTORS.values() else collector
        if self._news.is_news(of, reason):
            event(logger, logging.WARNING, "collector.failed", collector=collector, reason=reason)
