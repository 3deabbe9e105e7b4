"""The processors' time for Prometheus, to which a counter that goes back was reset."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import psutil

from monitor.collectors.cpu import core_numbers
from monitor.model.metric import KERNEL, SECONDS, Record, counter, key, record

# node_exporter's: idle time that falls by so much was counted anew, as after a hotplug.
RESET_S = 3.0


def _mode(mode: str) -> str:
    return f'node_cpu_seconds_total{{mode="{mode}"}}'


def _guest(mode: str) -> str:
    return f'node_cpu_guest_seconds_total{{mode="{mode}"}}'


@record
class CpuSeconds(Record):
    """Seconds that the processors spent in each mode (proc_stat(5))."""

    FAMILY = "cpu_seconds"
    TOPIC = KERNEL
    LABELS: ClassVar[Mapping[str, str]] = {"cpu": "cpu"}
    cpu: str = key("The kernel's number of the processor")
    user: float | None = counter(SECONDS, "Programs", prom=_mode("user"))
    nice: float | None = counter(SECONDS, "Programs of lowered priority", prom=_mode("nice"))
    system: float | None = counter(SECONDS, "The kernel", prom=_mode("system"))
    idle: float | None = counter(SECONDS, "Nothing to do", prom=_mode("idle"))
    iowait: float | None = counter(SECONDS, "Idle while a disk was awaited", prom=_mode("iowait"))
    irq: float | None = counter(SECONDS, "Serving interrupts", prom=_mode("irq"))
    softirq: float | None = counter(SECONDS, "Serving soft interrupts", prom=_mode("softirq"))
    steal: float | None = counter(SECONDS, "Taken by the hypervisor", prom=_mode("steal"))
    guest: float | None = counter(SECONDS, "Virtual machines, a part of user", prom=_guest("user"))
    guest_nice: float | None = counter(
        SECONDS, "Virtual machines, a part of nice", prom=_guest("nice")
    )


FIELDS: tuple[str, ...] = CpuSeconds.__slots__
MODES = tuple(name for name in FIELDS if name != "cpu")


class CpuSecondsCollector:
    """psutil's CPU times, each held at the highest that was read.

    The kernel's iowait goes back by a little now and then, and so may the others (proc_stat(5)).
    Prometheus would add all that was ever counted to the rate; node_exporter holds them as well.
    """

    name: ClassVar[str] = "cpu_seconds"
    records: ClassVar[tuple[type[Record], ...]] = (CpuSeconds,)
    period: ClassVar[float] = 0.0

    def __init__(self) -> None:
        self._held: dict[str, dict[str, float]] = {}

    def collect(self) -> Iterable[Record]:
        cores = psutil.cpu_times(percpu=True)
        held: dict[str, dict[str, float]] = {}
        for number, times in zip(core_numbers(len(cores)), cores, strict=True):
            cpu = str(number)
            held[cpu] = hold(self._held.get(cpu, {}), times._asdict())
            yield CpuSeconds(cpu=cpu, **held[cpu])
        self._held = held


def hold(before: Mapping[str, float], now: Mapping[str, Any]) -> dict[str, float]:
    """What is told now, and what was told before where that is more."""
    told = {mode: now[mode] for mode in MODES if mode in now}
    if before.get("idle", 0.0) - told.get("idle", 0.0) >= RESET_S:
        return told
    return {mode: max(seconds, before.get(mode, seconds)) for mode, seconds in told.items()}
