"""The temperatures that the kernel itself acts on, zone by zone.

Most zones are a sensor of `temperature` as well. On small boards and in virtual machines they may
be all that there is.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar

from monitor.collectors.collector import need_linux
from monitor.collectors.sysfs import names, read_line, read_number
from monitor.model.metric import CELSIUS, TEXT, Record, gauge, info, key, record
from monitor.model.sample import Unavailable

THERMAL = Path("/sys/class/thermal")
PREFIX = "thermal_zone"
MILLIDEGREES = 1000


@record
class ThermalZone(Record):
    """Each thermal zone (kernel: driver-api/thermal/sysfs-api.rst)."""

    FAMILY = "thermal_zone"
    LABELS: ClassVar[Mapping[str, str]] = {"zone": "zone", "type": "type"}
    zone: str = key("The kernel's number of the zone")
    type: str | None = info(TEXT, "What it is of")
    temperature: float | None = gauge(CELSIUS, "Now", prom="node_thermal_zone_temp")


class ThermalCollector:
    """/sys/class/thermal/thermal_zone*."""

    name: ClassVar[str] = "thermal"
    records: ClassVar[tuple[type[Record], ...]] = (ThermalZone,)
    period: ClassVar[float] = 5.0

    def __init__(self, root: Path = THERMAL) -> None:
        self._root = root

    def collect(self) -> Iterable[Record]:
        need_linux("a thermal zone")
        zones = [name for name in names(self._root) if name.startswith(PREFIX)]
        if not zones:
            raise Unavailable("the kernel has no thermal zones here")
        for name in zones:
            # A zone that is switched off, or whose sensor sleeps, answers with an error.
            told = read_number(f"{self._root}/{name}/temp")
            yield ThermalZone(
                zone=name.removeprefix(PREFIX),
                type=read_line(f"{self._root}/{name}/type"),
                temperature=None if told is None else told / MILLIDEGREES,
            )
