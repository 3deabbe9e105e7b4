"""What Prometheus scrapes: the last tick, and what is read for it alone. Rendered once a tick."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar

from monitor.clock import Clock
from monitor.collectors.collector import Collector
from monitor.live.news import News
from monitor.live.reader import Reader
from monitor.live.textfiles import TextfileReading, add_error
from monitor.log import event
from monitor.model.metric import KERNEL, Record
from monitor.model.sample import Sample, Snapshot, State
from monitor.model.schema import Schema
from monitor.model.track import UNAVAILABLE_RETRY_S
from monitor.wire.prometheus import Exposition, Shapes

logger = logging.getLogger(__name__)

# How long a scrape waits for what is read for it; Prometheus itself waits 10 s.
PATIENCE_S = 5.0

DURATION = "node_scrape_collector_duration_seconds"
SUCCESS = "node_scrape_collector_success"


class ScrapeFailed(Exception):
    """There is no page: what is read for it does not answer."""


class Scrape:
    """Reads the collectors of the kernel's topic when it is asked, in a thread of its own, and
    renders there: a page takes 2 ms, which the loop has better use for.

    The collectors are its own: the tick may be reading the same sources at the same time.
    """

    def __init__(
        self,
        collectors: Iterable[Collector],
        schema: Schema,
        clock: Clock,
        textfile_dir: Path | None = None,
    ) -> None:
        self._collectors = [c for c in collectors if any(r.TOPIC == KERNEL for r in c.records)]
        self._textfiles: TextfileReading | None = None
        if textfile_dir is not None:
            reserved = {s.name for family in schema.families.values() for s in family.series}
            self._textfiles = TextfileReading(textfile_dir, reserved | {DURATION, SUCCESS})
            self._collectors.append(self._textfiles)
        self._shapes = Shapes(schema)
        self._clock = clock
        self._reader = Reader(schema, clock)
        self._news = News(clock)
        self._busy = asyncio.Lock()
        self._read_seq = -1
        self._samples: dict[str, Sample] = {}
        self._pages: dict[bool, bytes] = {}

    async def page(self, snapshot: Snapshot, *, openmetrics: bool) -> bytes:
        """The page of this tick; whoever asks again within it gets the same. Raises ScrapeFailed.

        One job for the thread, and not one for each collector: to hand each answer over costs more
        than most of the readings.
        """
        async with self._busy:
            if snapshot.seq == self._read_seq and openmetrics in self._pages:
                return self._pages[openmetrics]
            job = _Job(self, snapshot, openmetrics)
            deadline = self._clock.monotonic() + PATIENCE_S
            await self._reader.read([job], lambda _: None, PATIENCE_S, deadline)
            if job.page is None:
                raise ScrapeFailed
            if snapshot.seq != self._read_seq:
                self._read_seq, self._pages = snapshot.seq, {}
            self._pages[openmetrics] = job.page
            return job.page

    def stop(self) -> None:
        """Let the thread end."""
        self._reader.stop()

    def make(self, snapshot: Snapshot, openmetrics: bool) -> bytes:
        """In the thread: read, unless that was done for this tick, and render."""
        if snapshot.seq != self._read_seq:
            self._samples = {c.name: self._sample(c) for c in self._collectors}
            for sample in self._samples.values():
                if sample.state is State.ERROR:
                    self._complain("collector.failed", sample.collector, sample.reason)
        samples = {**snapshot.samples, **self._samples}
        exposition = Exposition(self._shapes)
        for sample in samples.values():
            exposition.add(sample.records)
        self._add_success(exposition, snapshot, samples)
        if self._textfiles is None:
            add_error(exposition, wrong=False)
        else:
            for path, reason in self._textfiles.add_to(exposition):
                self._complain("textfile.refused", path, reason)
        return "".join(exposition.text(openmetrics=openmetrics)).encode()

    def _sample(self, collector: Collector) -> Sample:
        """One reading. What the machine does not have is looked for again once a minute."""
        last = self._samples.get(collector.name)
        absent = last is not None and last.state is State.UNAVAILABLE
        if last is not None and absent and self._clock.monotonic() - last.at < UNAVAILABLE_RETRY_S:
            return last
        return self._reader.sample(collector)

    def _complain(self, what: str, of: str, reason: str) -> None:
        if self._news.is_news(of, reason):
            event(logger, logging.WARNING, what, of=of, reason=reason)

    def _add_success(
        self, exposition: Exposition, snapshot: Snapshot, samples: Mapping[str, Sample]
    ) -> None:
        """How the collectors did, as node_exporter says it."""
        states = {
            name: values.get("state") == State.OK.value
            for name, values in snapshot.figures.get("collector", {}).items()
            if isinstance(values, dict) and values.get("state") != State.UNWATCHED.value
        }
        states |= {name: sample.state is State.OK for name, sample in self._samples.items()}
        for name, well in states.items():
            labels = {"collector": name}
            if name in samples:
                took = samples[name].seconds
                exposition.put(DURATION, "gauge", "What its last reading took", labels, took)
            exposition.put(SUCCESS, "gauge", "Whether it could be read", labels, well)


class _Job:
    """A page, as something that the reader's thread can read."""

    name: ClassVar[str] = "page"
    records: ClassVar[tuple[type[Record], ...]] = ()
    period: ClassVar[float] = 0.0

    def __init__(self, scrape: Scrape, snapshot: Snapshot, openmetrics: bool) -> None:
        self._scrape = scrape
        self._snapshot = snapshot
        self._openmetrics = openmetrics
        self.page: bytes | None = None

    def collect(self) -> Iterable[Record]:
        self.page = self._scrape.make(self._snapshot, self._openmetrics)
        return ()
