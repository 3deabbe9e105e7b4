"""A day of this machine: minutes of it as its own sampler recorded them, and more like them."""

import asyncio
import os
import random
from collections.abc import Iterator
from typing import Any, cast

from bench.peers import crowd
from monitor import collectors
from monitor.clock import SystemClock
from monitor.live.pace import Pace
from monitor.live.sampler import Sampler
from monitor.model.budget import Budget
from monitor.model.metric import PROCESSES, SERVICES
from monitor.model.sample import Figures, Snapshot, Values
from monitor.model.schema import Schema
from monitor.model.vitals import Vitals

CROWD = 280
SEGMENT_S = 60
NOISE_SERIES = 300
# A machine that has fewer is given more of what it has of these.
SERIES = 300
TWINS = ("core", "network", "disk", "pressure", "filesystem")
# Jobs that come and go beside the crowd, each a shell's loop.
JOBS = (
    "while :; do gzip -c /bin/* 2>/dev/null | head -c 9000000 >/dev/null; sleep 7; done",
    'while :; do head -c 9000000 /dev/urandom >"$0/blob"; sync "$0/blob"; sleep 5; done',
    "while :; do ls -lR /usr/lib 2>/dev/null | sort | wc -l >/dev/null; sleep 9; done",
    "while :; do for n in 1 2 3 4 5; do true | cat; date >/dev/null; done; sleep 1; done",
)
Tick = tuple[float, Figures]


class DayClock:
    """A clock that each tick winds on by a second."""

    def __init__(self) -> None:
        self.now = 1_763_769_600.0  # midnight

    def wall(self) -> float:
        return self.now

    monotonic = wall

    def thread_cpu(self) -> float:
        return 0.0

    process_cpu = thread_cpu

    async def sleep_until(self, deadline: float) -> None:
        raise NotImplementedError


async def record(seconds: int, directory: str) -> list[Tick]:
    """Ticks of this machine, by the program's own sampler, while it has something to do."""
    clock, vitals = SystemClock(), Vitals()
    schema = Schema(collectors.record_types())
    built = collectors.build(vitals)
    ticks: list[Tick] = []
    enough = asyncio.Event()

    async def publish(snapshot: Snapshot) -> None:
        ticks.append((snapshot.time, snapshot.figures))
        if len(ticks) > seconds:
            enough.set()

    pace = Pace(
        built,
        interval=1.0,
        resting={PROCESSES: 1.0, SERVICES: 10.0},
        watched=lambda topic: False,
        budget=Budget(1.0),
        clock=clock,
    )
    sampler = Sampler(
        built, schema=schema, clock=clock, vitals=vitals, interval=1.0, pace=pace, publish=publish
    )
    jobs = [await _job(job, directory) for job in JOBS]
    try:
        async with crowd(CROWD):
            sampler.start()
            await enough.wait()
            await sampler.stop()
    finally:
        for job in jobs:
            os.killpg(job.pid, 9)
            await job.wait()
    # The first has no rates yet, and is of a machine that was just made busy.
    return ticks[5:]


async def _job(job: str, directory: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        "sh", "-c", job, directory,
        stdout=asyncio.subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def replayed(ticks: list[Tick], seconds: int, clock: DayClock) -> Iterator[Tick]:
    """So many ticks: minutes from anywhere in those that were recorded, each with figures that are
    off by some percent, as no two minutes of a day are alike."""
    dice = random.Random(1)
    more = twins(ticks[-1][1])
    done = 0
    while done < seconds:
        first = dice.randrange(max(1, len(ticks) - SEGMENT_S))
        scale = dice.uniform(0.9, 1.1)
        for _, figures in ticks[first : first + SEGMENT_S]:
            clock.now += 1.0
            done += 1
            shown = varied(figures, scale)
            broaden(shown, more, 2.0 - scale)
            yield clock.now + dice.uniform(0, 0.003), shown
            if done == seconds:
                return


def twins(figures: Figures) -> list[tuple[str, str]]:
    """Things of which the machine is to have one more, until there are SERIES series."""
    missing = SERIES - sum(1 for _ in numbers(figures))
    things = [
        (family, key, cast(Values, of))
        for family, values in figures.items()
        if family in TWINS
        for key, of in values.items()
    ]
    found: list[tuple[str, str]] = []
    for family, key, of in things:
        if missing > 0:
            found.append((family, key))
            missing -= sum(not isinstance(value, str) for value in of.values())
    return found


def broaden(figures: Figures, more: list[tuple[str, str]], scale: float) -> None:
    """Add the twins, whose figures are not the same."""
    for family, key in more:
        things = cast(dict[str, Values], figures.get(family, {}))
        if key in things:
            things[f"{key} (another)"] = _scaled(things[key], scale)


def varied(figures: Figures, scale: float) -> Figures:
    """Rates and shares, which are floats, times that; processes as they are."""
    made: Figures = {}
    for family, values in figures.items():
        if family == "process":
            made[family] = values
        elif any(isinstance(value, dict) for value in values.values()):
            things = cast(dict[str, Values], values)
            made[family] = {key: _scaled(of, scale) for key, of in things.items()}
        else:
            made[family] = _scaled(cast(Values, values), scale)
    return made


def _scaled(values: Values, scale: float) -> Values:
    return {k: v * scale if isinstance(v, float) else v for k, v in values.items()}


def noise(seconds: int, clock: DayClock) -> Iterator[Tick]:
    """Series in which nothing repeats."""
    dice = random.Random(2)
    for _ in range(seconds):
        clock.now += 1.0
        cores: dict[str, Values] = {str(n): {"usage": dice.random()} for n in range(NOISE_SERIES)}
        yield clock.now, {"core": cores}


def numbers(figures: Figures) -> Iterator[float]:
    for family, values in figures.items():
        things: Any = values if family != "process" else {}
        for value in things.values():
            for number in value.values() if isinstance(value, dict) else (value,):
                if not isinstance(number, str):
                    yield float(number)
