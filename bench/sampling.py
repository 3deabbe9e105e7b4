"""What a tick costs: each collector, and the way from samples to the encoded patch.

The floor is psutil called barely, for what psutil has, in the same rounds.
"""

import statistics
import time
from collections.abc import Callable

import psutil

from monitor import collectors
from monitor.live.topic import Topic
from monitor.model.derive import derive
from monitor.model.sample import Figures, Sample, Snapshot, State, Unavailable
from monitor.model.schema import Schema
from monitor.model.vitals import Vitals

ROUNDS = 200


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


def main() -> None:
    """Print microseconds (medians) and their share of one core at 1 Hz."""
    schema = Schema(collectors.record_types())
    parts: dict[str, list[float]] = {}

    def timed(name: str, call: Callable[[], object]) -> None:
        began = time.perf_counter()
        call()
        parts.setdefault(name, []).append((time.perf_counter() - began) * 1e6)

    topic = Topic("host", schema)
    before: dict[str, Sample] = {}
    built = collectors.build(Vitals())
    for seq in range(1, ROUNDS + 1):
        timed("bare psutil (floor)", bare_psutil)
        figures: Figures = {}
        for collector in built:
            try:
                began = time.monotonic()
                timed(collector.name, lambda c=collector: read(c))  # type: ignore[misc]
                records = tuple(collector.collect())
            except Unavailable:
                continue
            sample = Sample(collector.name, began, 0.0, records, State.OK)
            last = before.get(collector.name)
            timed("derive", lambda s=sample, b=last: figures.update(derive(schema, b, s)))  # type: ignore[misc]
            before[collector.name] = sample
        snapshot = Snapshot(seq, time.time(), time.monotonic(), before, figures)
        timed("document", lambda s=snapshot: topic.advance(s))  # type: ignore[misc]
        timed("patch", topic.patch)
    floor = statistics.median(parts["bare psutil (floor)"])
    total = 0.0
    for name, times in parts.items():
        median = statistics.median(times) * (len(times) / ROUNDS)
        total += 0.0 if name.endswith("(floor)") else median
        print(f"{name:24} {median:9.0f} us {median / 1e4:7.3f} % of a core")
    print(f"{'tick, all of it':24} {total:9.0f} us {total / 1e4:7.3f} % of a core")
    print(f"a tick is {total / floor:.2f} x the bare psutil calls")
    print(f"patch {len(topic.patch())} bytes, snapshot {len(topic.snapshot())} bytes, "
          f"1/{len(topic.snapshot()) / len(topic.patch()):.1f}")


def read(collector: object) -> tuple[object, ...]:
    """One reading."""
    return tuple(collector.collect())  # type: ignore[attr-defined]
