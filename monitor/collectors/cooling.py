"""What the kernel does against heat: fans that it turns up, processors that it slows."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar

from monitor.collectors.collector import need_linux
from monitor.collectors.sysfs import names, read_line, read_number
from monitor.collectors.thermal import THERMAL
from monitor.model.metric import COUNT, KERNEL, TEXT, Record, gauge, info, key, record
from monitor.model.sample import Unavailable

PREFIX = "cooling_device"


@record
class CoolingDevice(Record):
    """Each cooling device, from 0, which is off (kernel: driver-api/thermal/sysfs-api.rst)."""

    FAMILY = "cooling_device"
    TOPIC = KERNEL  # every processor is one
    LABELS: ClassVar[Mapping[str, str]] = {"name": "name", "type": "type"}
    name: str = key("The kernel's number of the device")
    type: str | None = info(TEXT, "What it is")
    state: int | None = gauge(COUNT, "How much it cools", prom="node_cooling_device_cur_state")
    maximum: int | None = gauge(COUNT, "The most it can", prom="node_cooling_device_max_state")


class CoolingCollector:
    """/sys/class/thermal/cooling_device*."""

    name: ClassVar[str] = "cooling"
    records: ClassVar[tuple[type[Record], ...]] = (CoolingDevice,)
    period: ClassVar[float] = 5.0

    def __init__(self, root: Path = THERMAL) -> None:
        self._root = root

    def collect(self) -> Iterable[Record]:
        need_linux("a cooling device")
        devices = [name for name in names(self._root) if name.startswith(PREFIX)]
        if not devices:
            raise Unavailable("the kernel has no cooling devices here")
        for name in devices:
            directory = f"{self._root}/{name}"
            yield CoolingDevice(
                name=name.removeprefix(PREFIX),
                type=read_line(f"{directory}/type"),
                state=read_number(f"{directory}/cur_state"),
                maximum=read_number(f"{directory}/max_state"),
            )
