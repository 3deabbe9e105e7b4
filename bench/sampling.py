"""What a tick costs: each collector, and the way from samples to the encoded patch.

The floor is psutil called barely, for what psutil has, in the same rounds.
"""

import contextlib
import statistics
import time
from collections.abc import Iterator

import psutil

from monitor import collectors
from monitor.live.replay import Replay
from monitor.live.topic import Topic
from monitor.model.derive import derive
from monitor.model.sample import Figures, Sample, Snapshot, Unavailable
from monitor.model.schema import Schema
from monitor.model.vitals import Vitals

ROUNDS = 200
FLOOR = "bare psutil (floor)"


def bare_psutil() -> None:
    """The system-wide calls of psutil that the collectors stand on."""
    psutil.cpu_times()
    psutil.cpu_times(percpu=True)
    psutil.getloadavg()
    psutil.virtual_memory()
    psutil.swap_memory()
    psutil.disk_io_counters(perdisk=True, nowrap=False)
    psutil.net_io_counters(pernic=True, nowrap=False)
    psutil.net_if_stats()


class Parts:
    """Microseconds by part, one list a part."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {}

    @contextlib.contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Time what is done inside."""
        began = time.perf_counter()
        yield
        self.times.setdefault(name, []).append((time.perf_counter() - began) * 1e6)


def main() -> None:
    """Print microseconds (medians) and their share of one core at 1 Hz."""
    schema = Schema(collectors.record_types())
    topic = Topic("host", schema, 120, Replay(1 << 22))
    built = collectors.build(Vitals())
    before: dict[str, Sample] = {}
    parts = Parts()
    for seq in range(1, ROUNDS + 1):
        with parts.timed(FLOOR):
            bare_psutil()
        figures: Figures = {}
        for collector in built:
            began = time.monotonic()
            try:
                with parts.timed(collector.name):
                    records = tuple(collector.collect())
            except Unavailable:
                continue
            sample = Sample(collector.name, began, 0.0, records)
            with parts.timed("derive"):
                figures.update(derive(schema, before.get(collector.name), sample))
            before[collector.name] = sample
        with parts.timed("document"):
            topic.advance(Snapshot(seq, time.time(), time.monotonic(), before, figures))
        with parts.timed("patch"):
            topic.patch()
    report(parts, topic)


def report(parts: Parts, topic: Topic) -> None:
    """Print the table. A part that runs several times a tick counts as often."""
    ticks = {name: statistics.median(t) * len(t) / ROUNDS for name, t in parts.times.items()}
    for name, microseconds in ticks.items():
        print(f"{name:24} {microseconds:9.0f} us {microseconds / 1e4:7.3f} % of a core")
    floor = ticks.pop(FLOOR)
    total = sum(ticks.values())
    print(f"{'all of a tick':24} {total:9.0f} us {total / 1e4:7.3f} % of a core at 1 Hz")
    print(f"{'':24} {total / floor:9.2f} x the floor")
    patch, snapshot = len(topic.patch()), len(topic.snapshot())
    print(f"patch {patch} bytes, snapshot {snapshot} bytes: 1/{snapshot / patch:.1f}")
