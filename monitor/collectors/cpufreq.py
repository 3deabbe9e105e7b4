"""How fast the processors are clocked, and by what rule, as node_exporter tells it."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from monitor.collectors.collector import need_linux
from monitor.collectors.sysfs import names, read_line, read_number
from monitor.model.metric import FLAG, HERTZ, KERNEL, TEXT, Record, gauge, info, key, record
from monitor.model.sample import Unavailable

CPUS = Path("/sys/devices/system/cpu")
HERTZ_A_KILOHERTZ = 1000
# Fields by the kernel's files of them (kernel: admin-guide/pm/cpufreq.rst).
FILES = {
    "hardware": "cpuinfo_cur_freq",
    "hardware_minimum": "cpuinfo_min_freq",
    "hardware_maximum": "cpuinfo_max_freq",
    "scaling": "scaling_cur_freq",
    "scaling_minimum": "scaling_min_freq",
    "scaling_maximum": "scaling_max_freq",
}


@record
class CpuFrequency(Record):
    """Each processor's clock, where the kernel sets it."""

    FAMILY = "cpufreq"
    TOPIC = KERNEL
    cpu: str = key("The kernel's number of the processor")
    hardware: int | None = gauge(HERTZ, "What it measures", prom="node_cpu_frequency_hertz")
    hardware_minimum: int | None = gauge(
        HERTZ, "The least that it can do", prom="node_cpu_frequency_min_hertz"
    )
    hardware_maximum: int | None = gauge(
        HERTZ, "The most that it can do", prom="node_cpu_frequency_max_hertz"
    )
    scaling: int | None = gauge(HERTZ, "What it is set to", prom="node_cpu_scaling_frequency_hertz")
    scaling_minimum: int | None = gauge(
        HERTZ, "The least it may be set to", prom="node_cpu_scaling_frequency_min_hertz"
    )
    scaling_maximum: int | None = gauge(
        HERTZ, "The most it may be set to", prom="node_cpu_scaling_frequency_max_hertz"
    )


@record
class Governor(Record):
    """Each rule by which a processor's clock can be set, and whether it is."""

    FAMILY = "governor"
    TOPIC = KERNEL
    LABELS: ClassVar[Mapping[str, str]] = {"cpu": "cpu", "governor": "governor"}
    place: str = key("The processor and the rule, as in 0/performance")
    cpu: str | None = info(TEXT, "The kernel's number of the processor")
    governor: str | None = info(TEXT, "The rule's name")
    active: bool | None = info(FLAG, "The clock is set by it", prom="node_cpu_scaling_governor")


class CpuFrequencyCollector:
    """/sys/devices/system/cpu/cpu*/cpufreq."""

    name: ClassVar[str] = "cpufreq"
    records: ClassVar[tuple[type[Record], ...]] = (CpuFrequency, Governor)
    period: ClassVar[float] = 0.0

    def __init__(self, cpus: Path = CPUS) -> None:
        self._cpus = cpus

    def collect(self) -> Iterable[Record]:
        need_linux("/sys/devices/system/cpu")
        found = [one for name in names(self._cpus) for one in self._read(name)]
        if not found:
            raise Unavailable("this kernel does not set its processors' clock")
        return found

    def _read(self, name: str) -> Iterator[Record]:
        cpu = name.removeprefix("cpu")
        directory = f"{self._cpus}/{name}/cpufreq"
        if not cpu.isdecimal() or not Path(directory).is_dir():
            return
        told: dict[str, Any] = {
            field: kilohertz * HERTZ_A_KILOHERTZ
            for field, file in FILES.items()
            # Only root may read what the hardware measures.
            if (kilohertz := read_number(f"{directory}/{file}")) is not None
        }
        yield CpuFrequency(cpu=cpu, **told)
        active = read_line(f"{directory}/scaling_governor")
        if not active:
            return
        for governor in (read_line(f"{directory}/scaling_available_governors") or "").split():
            yield Governor(
                place=f"{cpu}/{governor}", cpu=cpu, governor=governor, active=governor == active
            )
