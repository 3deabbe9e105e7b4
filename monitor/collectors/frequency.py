"""How fast the processors are clocked."""

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

import psutil

from monitor.collectors.collector import read_text
from monitor.collectors.cpu import core_numbers
from monitor.model.metric import HERTZ, Record, gauge, key, record
from monitor.model.sample import Unavailable

CPUFREQ = Path("/sys/devices/system/cpu/cpufreq")
HERTZ_A_MEGAHERTZ = 1e6


@record
class Frequency(Record):
    """Each processor's clock, where the kernel or the processor tells it."""

    FAMILY = "frequency"
    core: str = key("The kernel's number of the processor")
    current: float | None = gauge(HERTZ, "Now")
    minimum: float | None = gauge(HERTZ, "The least it may be set to")
    maximum: float | None = gauge(HERTZ, "The most it may be set to")


class FrequencyCollector:
    """psutil's frequencies. Some drivers interrupt every core to answer: not every tick."""

    name: ClassVar[str] = "frequency"
    records: ClassVar[tuple[type[Record], ...]] = (Frequency,)
    period: ClassVar[float] = 5.0

    def __init__(self, cpufreq: Path = CPUFREQ) -> None:
        self._cpufreq = cpufreq

    def collect(self) -> Iterable[Record]:
        try:
            cores = psutil.cpu_freq(percpu=True)
        except (AttributeError, RuntimeError, SystemError, FileNotFoundError):
            cores = []  # psutil raises each of them where there is none, most of them on macOS
        if not cores:
            raise Unavailable("this machine does not tell its processors' frequency")
        for numbers, told in zip(owners(self._cpufreq, len(cores)), cores, strict=True):
            for number in numbers:
                yield Frequency(
                    core=str(number),
                    current=_hertz(told.current),
                    minimum=_hertz(told.min),
                    maximum=_hertz(told.max),
                )


def owners(cpufreq: Path, count: int) -> list[list[int]]:
    """The processors that each of psutil's `count` frequencies is of.

    It lists policies, by number, and on ARM one policy clocks a whole cluster; without policies it
    lists processors (kernel: admin-guide/pm/cpufreq.rst). One that is offline has no frequency.
    """
    policies = {p.name.removeprefix("policy"): p for p in cpufreq.glob("policy*")}
    if len(policies) == count and all(number.isdecimal() for number in policies):
        try:
            return [_affected(policies[name]) for name in sorted(policies, key=int)]
        except ValueError:
            pass
    return [[number] for number in core_numbers(count)]


def _affected(policy: Path) -> list[int]:
    try:
        return [int(number) for number in read_text(policy / "affected_cpus").split()]
    except OSError:
        return []  # EBUSY: all of its processors are offline


def _hertz(megahertz: float | None) -> float | None:
    """psutil says 0 where it does not know."""
    return megahertz * HERTZ_A_MEGAHERTZ if megahertz else None
