"""The time that it is, and what the kernel keeps it by."""

import os
from collections.abc import Iterable, Iterator
from typing import ClassVar

from monitor.clock import Clock, SystemClock
from monitor.collectors.kernel_file import read_file
from monitor.model.metric import FLAG, KERNEL, SECONDS, TEXT, Record, gauge, info, key, record
from monitor.model.sample import Unavailable

CLOCKSOURCES = "/sys/devices/system/clocksource"


@record
class Time(Record):
    """The time that it is."""

    FAMILY = "time"
    TOPIC = KERNEL
    seconds: float | None = gauge(SECONDS, "Unix time", prom="node_time_seconds")


@record
class Clocksource(Record):
    """What the kernel counts time by (kernel: timers/timekeeping.rst)."""

    FAMILY = "clocksource"
    TOPIC = KERNEL
    device: str = key("Its number")
    current: str | None = info(
        TEXT, "The one that is used", prom="node_time_clocksource_current_info{clocksource}"
    )


@record
class AvailableClocksource(Record):
    """What the kernel could count time by."""

    FAMILY = "clocksource_available"
    TOPIC = KERNEL
    LABELS: ClassVar = {"device": "device", "clocksource": "clocksource"}
    name: str = key("The device's number and the name")
    device: str | None = info(TEXT, "The device's number")
    clocksource: str | None = info(TEXT, "The name")
    available: bool | None = info(
        FLAG, "It could be used", prom="node_time_clocksource_available_info"
    )


class TimeCollector:
    """The system's clock, and /sys/devices/system/clocksource."""

    name: ClassVar[str] = "time"
    records: ClassVar[tuple[type[Record], ...]] = (Time, Clocksource, AvailableClocksource)
    period: ClassVar[float] = 0.0

    def __init__(self, clock: Clock | None = None, clocksources: str = CLOCKSOURCES) -> None:
        self._clock = clock or SystemClock()
        self._clocksources = clocksources

    def collect(self) -> Iterable[Record]:
        yield Time(seconds=self._clock.wall())
        for directory in self._directories():
            device = directory.removeprefix("clocksource")
            at = f"{self._clocksources}/{directory}"
            try:
                current = _text(f"{at}/current_clocksource")
                available = _text(f"{at}/available_clocksource")
            except Unavailable:
                continue
            yield Clocksource(device=device, current=current.strip())
            yield from parse_available(device, available)

    def _directories(self) -> list[str]:
        try:
            names = os.listdir(self._clocksources)
        except (FileNotFoundError, PermissionError):
            return []  # not Linux, or a sandbox; the time is known all the same
        return sorted(name for name in names if name.startswith("clocksource"))


def parse_available(device: str, text: str) -> Iterator[AvailableClocksource]:
    """Names between spaces."""
    for name in text.split():
        yield AvailableClocksource(
            name=f"{device}/{name}", device=device, clocksource=name, available=True
        )


def _text(path: str) -> str:
    return read_file(path).decode("utf-8", "surrogateescape")
