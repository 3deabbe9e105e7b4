"""Seconds are floats: a counter made of others must not go backwards by their rounding."""

import random
from typing import NamedTuple

from monitor.collectors.cpu import seconds_by_mode


class Times(NamedTuple):
    """As psutil gives them on Linux."""

    user: float
    nice: float
    system: float
    idle: float
    iowait: float
    irq: float
    softirq: float
    steal: float
    guest: float
    guest_nice: float


def test_an_idle_core_is_0_busy_and_not_now_and_then_a_gap() -> None:
    chance = random.Random(1)
    for _ in range(200):
        ticks = [chance.randrange(10 ** chance.randint(3, 9)) for _ in Times._fields]
        before = seconds_by_mode(Times(*(tick / 100 for tick in ticks)))
        for _ in range(100):
            ticks[3] += chance.choice((99, 100, 101))  # idle: nothing else happens
            now = seconds_by_mode(Times(*(tick / 100 for tick in ticks)))
            assert now["usage"] == before["usage"], "it did nothing"
            assert now["total"] > before["total"]
            before = now
