"""How often, and for how long, heat made the processors slow themselves down."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from monitor.collectors.collector import need_linux
from monitor.collectors.sysfs import names, read_number
from monitor.model.metric import COUNT, SECONDS, TEXT, Record, counter, info, key, record
from monitor.model.sample import Unavailable

CPUS = Path("/sys/devices/system/cpu")
MILLISECONDS = 1e-3
_CPU = re.compile("cpu[0-9]+")


@record
class CoreThrottle(Record):
    """Each core that slowed itself down (kernel: ABI, sysfs-devices-system-cpu)."""

    FAMILY = "core_throttle"
    LABELS: ClassVar[Mapping[str, str]] = {"package": "package", "core": "core"}
    place: str = key("The package and the core, `package/core`")
    package: str | None = info(TEXT, "The processor's package")
    core: str | None = info(TEXT, "The number of the core within it")
    events: int | None = counter(
        COUNT, "Times that it began to", prom="node_cpu_core_throttles_total"
    )
    throttled: float | None = counter(SECONDS, "Time for which it did")


@record
class PackageThrottle(Record):
    """Each processor package that slowed its cores down (kernel: ABI, sysfs-devices-system-cpu)."""

    FAMILY = "package_throttle"
    package: str = key("The processor's package")
    events: int | None = counter(
        COUNT, "Times that it began to", prom="node_cpu_package_throttles_total"
    )
    throttled: float | None = counter(SECONDS, "Time for which it did")


class ThrottleCollector:
    """thermal_throttle of each processor, which Intel's have."""

    name: ClassVar[str] = "throttle"
    records: ClassVar[tuple[type[Record], ...]] = (CoreThrottle, PackageThrottle)
    period: ClassVar[float] = 5.0

    def __init__(self, root: Path = CPUS) -> None:
        self._root = root
        self._places: dict[str, tuple[int, int]] = {}

    def collect(self) -> Iterable[Record]:
        need_linux("the count of throttling")
        cores: dict[tuple[int, int], CoreThrottle] = {}
        packages: dict[int, PackageThrottle] = {}
        # Threads of one core tell of the same core. node_exporter asks the first one by name that
        # answers, and cpu10 is before cpu2 there.
        for cpu in sorted(name for name in names(self._root) if _CPU.fullmatch(name)):
            place = self._place(cpu)
            if place is None:
                continue
            package, core = place
            if place not in cores and (told := self._told(cpu, "core")):
                cores[place] = CoreThrottle(
                    place=f"{package}/{core}", package=str(package), core=str(core), **told
                )
            if package not in packages and (told := self._told(cpu, "package")):
                packages[package] = PackageThrottle(package=str(package), **told)
        if not (cores or packages):
            raise Unavailable("the processors do not count their throttling")
        yield from (packages[package] for package in sorted(packages))
        yield from (cores[place] for place in sorted(cores))

    def _place(self, cpu: str) -> tuple[int, int] | None:
        """Package and core, which stay as they are; None of a processor that is offline."""
        place = self._places.get(cpu)
        if place is None:
            package = read_number(f"{self._root}/{cpu}/topology/physical_package_id")
            core = read_number(f"{self._root}/{cpu}/topology/core_id")
            if package is None or core is None or package < 0 or core < 0:
                return None
            place = self._places[cpu] = (package, core)
        return place

    def _told(self, cpu: str, of: str) -> dict[str, Any]:
        """What is counted of a "core" or "package"; nothing where it is not."""
        directory = f"{self._root}/{cpu}/thermal_throttle"
        events = read_number(f"{directory}/{of}_throttle_count")
        if events is None:
            return {}
        told = read_number(f"{directory}/{of}_throttle_total_time_ms")
        return {"events": events, "throttled": None if told is None else told * MILLISECONDS}
