"""How fast the processors are clocked."""

from collections.abc import Iterable
from typing import ClassVar

import psutil

from monitor.collectors.cpu import core_numbers
from monitor.model.metric import HERTZ, Record, gauge, key, record
from monitor.model.sample import Unavailable

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

    def collect(self) -> Iterable[Record]:
        try:
            cores = psutil.cpu_freq(percpu=True)
        except (AttributeError, NotImplementedError, FileNotFoundError):
            cores = []
        if not cores:
            raise Unavailable("this machine does not tell its processors' frequency")
        for number, core in zip(core_numbers(len(cores)), cores, strict=True):
            yield Frequency(
                core=str(number),
                current=_hertz(core.current),
                minimum=_hertz(core.min),
                maximum=_hertz(core.max),
            )


def _hertz(megahertz: float | None) -> float | None:
    """psutil says 0 where it does not know."""
    return megahertz * HERTZ_A_MEGAHERTZ if megahertz else None
