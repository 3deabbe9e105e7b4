"""What Prometheus scrapes: the last tick, and what is read for it alone. Rendered once a tick."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from monitor.auth import access
from monitor.auth.role import Role
from monitor.clock import Clock
from monitor.collectors.collector import Collector
from monitor.live.news import News
from monitor.live.pace import UNAVAILABLE_RETRY_S
from monitor.live.reader import Reader
from monitor.live.round import Round
from monitor.live.textfiles import TextfileReading, add_error
from monitor.log import event
from monitor.model.metric import KERNEL
from monitor.model.sample import Sample, Snapshot, State
from monitor.model.schema import Schema
from monitor.wire.prometheus import Exposition
from monitor.wire.shapes import Shapes

logger = logging.getLogger(__name__)

# How long one collector may keep the others of a scrape waiting, how long a scrape waits for all of
# them, and how long for its page. Together that is less than the 10 s that Prometheus waits.
HANGS_S = 1.0
PATIENCE_S = 2.0
RENDERING_S = 3.0
NO_ANSWER = "it has not answered in time"

DURATION = "node_scrape_collector_duration_seconds"
SUCCESS = "node_scrape_collector_success"


class ScrapeFailed(Exception):
    """There is no page: there was no thread to make it, or it did not get done."""


class Scrape:
    """Reads the collectors of the kernel's topic when it is asked, in a thread of its own, and
    renders there: a page takes 2 ms, which the loop has better use for.

    The collectors are its own: the tick may be reading the same sources at the same time. One that
    hangs keeps the thread that it has, and is not asked again until it has answered: the page has
    everything else.
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
            self._textfiles = TextfileReading(textfile_dir, reserved | {DURATION, SUCCESS}, clock)
            self._collectors.append(self._textfiles)
        self._shapes = Shapes(schema)
        self._clock = clock
        self._reader = Reader(schema, clock)
        self._news = News(clock)
        self._busy = asyncio.Lock()
        self._read_seq = -1
        self._samples: dict[str, Sample] = {}
        # Those that have not answered yet, by the round that waits for them.
        self._hanging: dict[str, Round] = {}
        self._pages: dict[tuple[bool, Role], bytes] = {}

    async def page(
        self, snapshot: Snapshot, *, openmetrics: bool, role: Role = Role.ADMIN
    ) -> bytes:
        """The page of this tick, once made for all of a role who ask. Raises ScrapeFailed."""
        form = openmetrics, role
        async with self._busy:
            if snapshot.seq != self._read_seq:
                self._pages.clear()
            if form not in self._pages:
                due = self._due() if snapshot.seq != self._read_seq else []
                page = await self._make(due, partial(self._render, snapshot, openmetrics, role))
                self._read_seq, self._pages[form] = snapshot.seq, page
            return self._pages[form]

    def stop(self) -> None:
        """Let the thread end."""
        self._reader.stop()

    async def _make(self, due: list[Collector], render: Callable[[], bytes]) -> bytes:
        """Read what is due and make the page, of whatever has been read when the time is over."""
        deadline = self._clock.monotonic() + PATIENCE_S
        while True:
            turn = Round(self._reader, due, self._samples, render)
            until = deadline if due else self._clock.monotonic() + RENDERING_S
            if await self._reader.read([turn], turn.answered, HANGS_S, until):
                raise ScrapeFailed  # there is no thread for it
            unread = turn.give_up()
            if unread is None:
                return await self._page_of(turn)
            if not due:  # there was nothing but the page to make
                raise ScrapeFailed
            due = self._without(turn, unread, deadline)

    async def _page_of(self, turn: Round) -> bytes:
        """The page that is being made, or is. Raises ScrapeFailed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(RENDERING_S):
                await turn.made.wait()
        if turn.page is None:
            raise ScrapeFailed
        self._complain()
        return turn.page

    def _without(self, turn: Round, left: list[Collector], deadline: float) -> list[Collector]:
        """What is to be read still, when a collector has taken its time. What cannot be waited for
        is not known: what it said is of another scrape.
        """
        hanging = turn.reading
        if hanging is not None:
            self._hanging[hanging] = turn
            self._samples.pop(hanging, None)
            self._tell("collector.failed", hanging, NO_ANSWER)
        if self._clock.monotonic() < deadline:
            return left
        for collector in left:
            self._samples.pop(collector.name, None)
        return []

    def _due(self) -> list[Collector]:
        """All but those that still owe an answer, and those of which the machine has nothing: these
        are looked for once a minute.
        """
        self._hanging = {name: each for name, each in self._hanging.items() if not each.ended}
        now = self._clock.monotonic()
        return [
            collector
            for collector in self._collectors
            if collector.name not in self._hanging
            and not _absent_still(self._samples.get(collector.name), now)
        ]

    def _render(self, snapshot: Snapshot, openmetrics: bool, role: Role) -> bytes:
        """In the thread: the page, of what was read and that role may see."""
        own = dict(self._samples)
        samples = {**snapshot.samples, **own}
        exposition = Exposition(self._shapes)
        topics = {name for name in access.TOPICS if access.may(role, access.TOPICS, name)}
        for sample in samples.values():
            exposition.add(record for record in sample.records if record.TOPIC in topics)
        self._add_success(exposition, snapshot, samples, own)
        text = ""
        if self._textfiles is None:
            add_error(exposition, wrong=False)
        else:
            text = self._textfiles.add_to(exposition, openmetrics=openmetrics)
        return "".join(exposition.text(openmetrics=openmetrics, more=text)).encode()

    def _add_success(
        self,
        exposition: Exposition,
        snapshot: Snapshot,
        samples: Mapping[str, Sample],
        own: Mapping[str, Sample],
    ) -> None:
        """How the collectors did, as node_exporter says it."""
        states = {
            name: values.get("state") == State.OK.value
            for name, values in snapshot.figures.get("collector", {}).items()
            if isinstance(values, dict) and values.get("state") != State.UNWATCHED.value
        }
        states |= {c.name: False for c in self._collectors}
        states |= {name: sample.state is State.OK for name, sample in own.items()}
        for name, well in states.items():
            labels = {"collector": name}
            if name in samples:
                took = samples[name].seconds
                exposition.put(DURATION, "gauge", "What its last reading took", labels, took)
            exposition.put(SUCCESS, "gauge", "Whether it could be read", labels, well)

    def _complain(self) -> None:
        for sample in self._samples.values():
            if sample.state is State.ERROR:
                self._tell("collector.failed", sample.collector, sample.reason)
        for path, reason in self._textfiles.errors() if self._textfiles is not None else ():
            self._tell("textfile.refused", path, reason)

    def _tell(self, what: str, of: str, reason: str) -> None:
        if self._news.is_news(of, reason):
            event(logger, logging.WARNING, what, of=of, reason=reason)


def _absent_still(last: Sample | None, now: float) -> bool:
    absent = last is not None and last.state is State.UNAVAILABLE
    return last is not None and absent and now - last.at < UNAVAILABLE_RETRY_S
