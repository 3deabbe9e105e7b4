"""What the monitor itself costs."""

import os
import resource
from collections.abc import Iterable
from typing import ClassVar

import psutil

import monitor
from monitor.model.metric import (
    BYTES,
    BYTES_PER_SECOND,
    COUNT,
    RATIO,
    SECONDS,
    TEXT,
    Quotient,
    Record,
    counter,
    gauge,
    info,
    record,
)
from monitor.model.vitals import Vitals


@record
class Monitor(Record):
    """This program."""

    FAMILY = "monitor"
    version: str | None = info(TEXT, "Its version")
    pid: int | None = info(COUNT, "Its process")
    cpu: float | None = counter(
        SECONDS, "Processor time; 1 is one core, all the time", prom="process_cpu_seconds_total"
    )
    cpu_budget: float | None = gauge(RATIO, "What it may take of one core, by --cpu-budget")
    cpu_taken: float | None = gauge(RATIO, "What it takes of one core, smoothed over some seconds")
    stretch: float | None = gauge(
        RATIO, "How much more seldom than asked for it looks at processes, to keep to that budget"
    )
    rss: int | None = gauge(BYTES, "Its resident memory", prom="process_resident_memory_bytes")
    tick_duration: float | None = gauge(SECONDS, "What the last tick took, reading and sending")
    tick_lateness: float | None = gauge(SECONDS, "How much after its time the last tick began")
    ticks: int | None = gauge(COUNT, "Ticks since it started")
    ticks_late: int | None = gauge(COUNT, "Those that began late by a tenth of the interval")
    ticks_missed: int | None = gauge(COUNT, "Those that never began, because one took too long")
    loop_blocks: int | None = gauge(COUNT, "How often its loop was seen blocked, for over 0.1 s")
    loop_blocked: float | None = gauge(SECONDS, "For how long that was, all together")
    loop_longest: float | None = gauge(SECONDS, "The longest of these times")
    history: str | None = info(TEXT, "ok, or why the history is not kept")
    history_lost: int | None = gauge(COUNT, "Ticks that are missing in it")
    viewers: int | None = gauge(COUNT, "Viewers connected")
    sent_bytes: int | None = counter(BYTES, "Sent to all viewers")
    sent_messages: int | None = counter(COUNT, "Messages sent to all viewers")
    viewer_seconds: float | None = counter(SECONDS, "Seconds of being watched", shown=False)

    viewer_bytes = Quotient(
        "sent_bytes", "viewer_seconds", BYTES_PER_SECOND, "Sent to each viewer, on the average"
    )


class OwnCollector:
    """psutil for the memory, and what the program counts as it runs.

    Not psutil's CPU times: they step by 10 ms, which at one tick a second is 1 % of a core and more
    than the monitor costs. getrusage(2) has microseconds.
    """

    name: ClassVar[str] = "monitor"
    records: ClassVar[tuple[type[Record], ...]] = (Monitor,)
    period: ClassVar[float] = 0.0

    def __init__(self, vitals: Vitals) -> None:
        self._vitals = vitals
        self._process: psutil.Process | None = None

    def collect(self) -> Iterable[Record]:
        vitals = self._vitals
        # Made here and not before: where it cannot be, that is a gap and no failure to start.
        self._process = self._process or psutil.Process()
        used = resource.getrusage(resource.RUSAGE_SELF)
        yield Monitor(
            version=monitor.__version__,
            pid=os.getpid(),
            cpu=used.ru_utime + used.ru_stime,
            cpu_budget=vitals.budget,
            cpu_taken=vitals.taken,
            stretch=vitals.stretch,
            rss=self._process.memory_info().rss,
            tick_duration=vitals.tick_seconds,
            tick_lateness=vitals.tick_lateness,
            ticks=vitals.ticks,
            ticks_late=vitals.ticks_late,
            ticks_missed=vitals.ticks_missed,
            loop_blocks=vitals.loop_blocks,
            loop_blocked=vitals.loop_blocked,
            loop_longest=vitals.loop_longest,
            history=vitals.history,
            history_lost=vitals.history_lost,
            viewers=vitals.viewers,
            sent_bytes=vitals.sent_bytes,
            sent_messages=vitals.sent_messages,
            viewer_seconds=vitals.viewer_seconds,
        )
