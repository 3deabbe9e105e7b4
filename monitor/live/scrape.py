"""What Prometheus scrapes: the last tick, and what is read for it alone. Rendered once a tick."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

from monitor.clock import Clock
from monitor.collectors.collector import Collector
from monitor.live.news import News
from monitor.live.reader import Reader
from monitor.live.textfiles import TextfileReading
from monitor.log import event
from monitor.model.metric import KERNEL
from monitor.model.sample import Sample, Snapshot, State
from monitor.model.schema import Schema
from monitor.wire.prometheus import Exposition

logger = logging.getLogger(__name__)

# How long a scrape waits for what is read for it; Prometheus itself waits 10 s.
PATIENCE_S = 2.0
# The loop is given back after this much of rendering.
SLICE_S = 0.002

DURATION = "node_scrape_collector_duration_seconds"
SUCCESS = "node_scrape_collector_success"


class Scrape:
    """Reads the collectors of the kernel's topic when it is asked, in a thread of its own.

    Their instances are its own too: the tick may be reading the same sources at the same time.
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
        self._news = News(clock)
        self._schema = schema
        self._clock = clock
        self._reader = Reader(schema, clock)
        self._busy = asyncio.Lock()
        self._read_seq = -1
        self._samples: dict[str, Sample] = {}
        self._pages: dict[bool, bytes] = {}

    async def page(self, snapshot: Snapshot, *, openmetrics: bool) -> bytes:
        """The page of this tick; whoever asks again within it gets the same."""
        async with self._busy:
            if snapshot.seq != self._read_seq:
                await self._read()
                self._pages = {}
                self._read_seq = snapshot.seq
            page = self._pages.get(openmetrics)
            if page is None:
                page = self._pages[openmetrics] = await self._render(snapshot, openmetrics)
            return page

    def stop(self) -> None:
        """Let the thread end."""
        self._reader.stop()

    async def _read(self) -> None:
        self._samples = {}
        deadline = self._clock.monotonic() + PATIENCE_S
        await self._reader.read(self._collectors, self._answered, PATIENCE_S, deadline)

    def _answered(self, sample: Sample) -> None:
        self._samples[sample.collector] = sample
        if sample.state is State.ERROR and self._news.is_news(sample.collector, sample.reason):
            event(
                logger,
                logging.WARNING,
                "collector.failed",
                collector=sample.collector,
                reason=sample.reason,
            )

    async def _render(self, snapshot: Snapshot, openmetrics: bool) -> bytes:
        samples = {**snapshot.samples, **self._samples}
        exposition = Exposition(self._schema)
        pause = _Pause(self._clock)
        for sample in samples.values():
            exposition.add(sample.records)
            await pause.breathe()
        self._add_success(exposition, snapshot, samples)
        if self._textfiles is not None:
            for path, reason in self._textfiles.add_to(exposition):
                if self._news.is_news(path, reason):
                    event(logger, logging.WARNING, "textfile.refused", file=path, reason=reason)
            await pause.breathe()
        pieces = []
        for piece in exposition.text(openmetrics=openmetrics):
            pieces.append(piece.encode())
            await pause.breathe()
        return b"".join(pieces)

    def _add_success(
        self, exposition: Exposition, snapshot: Snapshot, samples: Mapping[str, Sample]
    ) -> None:
        """How the collectors did, as node_exporter says it."""
        states = {
            name: values.get("state") == State.OK.value
            for name, values in snapshot.figures.get("collector", {}).items()
            if isinstance(values, dict) and values.get("state") != State.UNWATCHED.value
        }
        states |= {c.name: False for c in self._collectors}
        states |= {name: sample.state is State.OK for name, sample in self._samples.items()}
        for name, well in states.items():
            labels = {"collector": name}
            if name in samples:
                took = samples[name].seconds
                exposition.put(DURATION, "gauge", "What its last reading took", labels, took)
            exposition.put(SUCCESS, "gauge", "Whether it could be read", labels, well)


class _Pause:
    """Gives the loop back when it was held for a slice."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.monotonic()

    async def breathe(self) -> None:
        if self._clock.monotonic() - self._began >= SLICE_S:
            await asyncio.sleep(0)
            self._began = self._clock.monotonic()
