"""The one thread in which everything that may block is read."""

import asyncio
import errno
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue

from monitor.clock import Clock
from monitor.collectors.collector import Collector
from monitor.model.metric import Record
from monitor.model.sample import Sample, State, Unavailable
from monitor.model.schema import Schema

Answer = Callable[[Sample], None]
Last = Callable[[], None]

# As much of a fault's own words, in characters, as every viewer is sent and the log repeats.
MAX_REASON = 200
# What keeps any collector from reading, and its words for it: not each one's own.
NO_DESCRIPTORS = {errno.EMFILE: "no descriptors are left", errno.ENFILE: "no files are left"}
# So few records are sooner checked again than remembered.
FEW = 64


class Batch:
    """Collectors to be read one after another, and where the thread has got to.

    Shared between the loop and the thread; the lock is held for a few instructions at a time.
    """

    def __init__(self, collectors: Iterable[Collector]) -> None:
        self._lock = threading.Lock()
        self._left = deque(collectors)

    def next(self) -> Collector | None:
        """Take the next one to read; None at the end."""
        with self._lock:
            return self._left.popleft() if self._left else None

    def take_back(self) -> list[Collector]:
        """What has not been begun, for another thread to read."""
        with self._lock:
            left = list(self._left)
            self._left.clear()
        return left


@dataclass(frozen=True, slots=True)
class _Job:
    batch: Batch
    answer: Answer
    done: "asyncio.Future[None]"
    loop: asyncio.AbstractEventLoop


class Reader:
    """Reads collectors in a thread of its own, and replaces the thread when one of them hangs.

    Not an executor: those join their threads at exit, and one that hangs in a dead mount's
    statvfs() can never be joined. The thread is a daemon; when a collector that hung comes back,
    its answer is taken and its thread ends.
    """

    def __init__(self, schema: Schema, clock: Clock) -> None:
        self._schema = schema
        self._clock = clock
        self._jobs: SimpleQueue[_Job | Last | None] | None = None
        self._checked: dict[str, dict[int, Record]] = {}

    async def read(
        self, collectors: list[Collector], answer: Answer, patience: float, deadline: float
    ) -> list[Collector]:
        """Read all; `answer` is called on the loop with each sample as it comes, late ones too.

        Returns when all are read, or at `deadline` (monotonic seconds), with those that were not
        begun. When `patience` seconds are over, the collector that is being read keeps the thread
        that it has, and the others get a new one; where the machine has no more of them, they are
        not begun.
        """
        while collectors:
            batch = Batch(collectors)
            try:
                done = self._submit(batch, answer)
            except RuntimeError:  # "can't start new thread"
                break
            left = max(0.0, min(patience, deadline - self._clock.monotonic()))
            try:
                await asyncio.wait([done], timeout=left)
            finally:
                collectors = batch.take_back()
            if done.done():
                break
            # The thread is inside a collector: it is left there, to end when that comes back.
            self.stop()
            if self._clock.monotonic() >= deadline:
                break
        return collectors

    def stop(self, last: Last | None = None) -> None:
        """Let the thread end after what it is reading, and after doing `last`. Does not wait: that
        may be for ever.
        """
        if self._jobs is not None:
            self._jobs.put(last)
            self._jobs.put(None)
            self._jobs = None

    def _submit(self, batch: Batch, answer: Answer) -> "asyncio.Future[None]":
        loop = asyncio.get_running_loop()
        if self._jobs is None:
            jobs: SimpleQueue[_Job | Last | None] = SimpleQueue()
            threading.Thread(target=self._serve, args=(jobs,), name="reader", daemon=True).start()
            self._jobs = jobs
        job = _Job(batch, answer, loop.create_future(), loop)
        self._jobs.put(job)
        return job.done

    def _serve(self, jobs: "SimpleQueue[_Job | Last | None]") -> None:
        while (job := jobs.get()) is not None:
            if not isinstance(job, _Job):
                job()
                continue
            # RuntimeError: the loop was closed while a collector hung; nobody is left to tell.
            with suppress(RuntimeError):
                while (collector := job.batch.next()) is not None:
                    job.loop.call_soon_threadsafe(job.answer, self.sample(collector))
                job.loop.call_soon_threadsafe(_finish, job.done)

    def sample(self, collector: Collector) -> Sample:
        """One reading. Whatever goes wrong in a collector ends here and becomes data."""
        began, cpu = self._clock.monotonic(), self._clock.thread_cpu()
        records: tuple[Record, ...] = ()
        state, reason = State.OK, ""
        try:
            records = tuple(collector.collect())
            self._check(collector, records)
        except Unavailable as absent:
            records, state, reason = (), State.UNAVAILABLE, str(absent)
        except BaseException as fault:  # noqa: BLE001  # law 4's edge: sys.exit() is data too
            records, state, reason = (), State.ERROR, _words(fault)
        ended, cpu = self._clock.monotonic(), self._clock.thread_cpu() - cpu
        middle, took = (began + ended) / 2, ended - began
        return Sample(collector.name, middle, took, records, state, reason[:MAX_REASON], cpu)

    def _check(self, collector: Collector, records: tuple[Record, ...]) -> None:
        """Raise TypeError unless all are fit to be shown. What was checked before is known by."""
        known = self._checked.pop(collector.name, {})
        for record in records:
            if id(record) in known:
                continue
            if type(record) not in collector.records:
                raise TypeError(f"it gave a {type(record).__name__}, which is not its own")
            self._schema.check(record)
        if len(records) > FEW:
            # With the records, so that no other comes to stand at the same address.
            self._checked[collector.name] = {id(record): record for record in records}


def _words(fault: BaseException) -> str:
    number = fault.errno if isinstance(fault, OSError) else None
    if number in NO_DESCRIPTORS:
        return NO_DESCRIPTORS[number]
    # Not str(fault): that may raise again.
    return traceback.format_exception_only(fault)[-1].strip()


def _finish(done: "asyncio.Future[None]") -> None:
    if not done.done():
        done.set_result(None)
