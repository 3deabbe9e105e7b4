"""The reading of one scrape: some collectors one after another, and then the page."""

import asyncio
from collections.abc import Callable, Iterable, MutableMapping
from typing import ClassVar

from monitor.collectors.collector import Collector
from monitor.live.reader import Batch, Reader
from monitor.model.metric import Record
from monitor.model.sample import Sample


class Round:
    """All of it as one thing for the reader's thread: to hand the answer of each collector over to
    the loop costs more than most of the readings.

    `samples` takes what is read, and `render` makes the page of that.
    """

    name: ClassVar[str] = "page"
    records: ClassVar[tuple[type[Record], ...]] = ()
    period: ClassVar[float] = 0.0

    def __init__(
        self,
        reader: Reader,
        due: Iterable[Collector],
        samples: MutableMapping[str, Sample],
        render: Callable[[], bytes],
    ) -> None:
        self._reader = reader
        self._samples = samples
        self._render = render
        # At the end it stands for its page itself: of two threads only one takes that.
        self._batch = Batch([*due, self])
        self._given_up = False
        self.page: bytes | None = None
        self.made = asyncio.Event()
        # What is being read, and whether the thread is done with all of it.
        self.reading: str | None = None
        self.ended = False

    def collect(self) -> Iterable[Record]:
        try:
            while (collector := self._batch.next()) is not None:
                if collector is self:
                    self.page = self._render()
                    continue
                self.reading = collector.name
                sample = self._reader.sample(collector)
                if not self._given_up:
                    self._samples[collector.name] = sample
                self.reading = None
        finally:
            self.ended = True
        return ()

    def answered(self, _: Sample) -> None:
        """On the loop: the thread has come back."""
        self.made.set()

    def give_up(self) -> list[Collector] | None:
        """On the loop: what was not begun. None where that is nothing, and the page is being made.

        What is being read goes on being read, and its answer is not used: it comes too late.
        """
        self._given_up = True
        left = self._batch.take_back()
        return left[:-1] if left else None
