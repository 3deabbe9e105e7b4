"""NVIDIA's graphics processors, by the management library that comes with their driver.

Its Python bindings are the optional extra `gpu` (nvidia-ml-py, module pynvml).
"""

import contextlib
import importlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from monitor.model.metric import (
    BYTES,
    CELSIUS,
    HERTZ,
    RATIO,
    TEXT,
    WATTS,
    Record,
    gauge,
    info,
    key,
    record,
)
from monitor.model.sample import Unavailable

HUNDREDTHS = 100
MILLIWATTS = 1000
HERTZ_A_MEGAHERTZ = 1_000_000


@record
class Gpu(Record):
    """Each NVIDIA graphics processor (NVML API Reference Guide, "Device Queries")."""

    FAMILY = "gpu"
    LABELS: ClassVar[Mapping[str, str]] = {"gpu": "gpu", "uuid": "uuid"}
    gpu: str = key("The driver's number of it")
    uuid: str | None = info(TEXT, "What it is called everywhere and always")
    name: str | None = info(TEXT, "Its model")
    usage: float | None = gauge(RATIO, "Time in which it computed")
    memory_usage: float | None = gauge(RATIO, "Time in which its memory was read or written")
    memory_total: int | None = gauge(BYTES, "Its memory")
    memory_used: int | None = gauge(BYTES, "Memory taken, by the driver too")
    memory_used_share: float | None = gauge(RATIO, "Memory taken over all of it")
    temperature: float | None = gauge(CELSIUS, "Its temperature")
    power: float | None = gauge(WATTS, "What it takes")
    power_limit: float | None = gauge(WATTS, "What it may take")
    fan: float | None = gauge(RATIO, "How fast its fan is meant to turn, of the most")
    clock: int | None = gauge(HERTZ, "Its clock")
    clock_maximum: int | None = gauge(HERTZ, "The most that its clock may be")
    memory_clock: int | None = gauge(HERTZ, "Its memory's clock")


class GpuCollector:
    """NVML, which is loaded at the first reading and kept. A laptop's may not sleep meanwhile."""

    name: ClassVar[str] = "gpu"
    records: ClassVar[tuple[type[Record], ...]] = (Gpu,)
    period: ClassVar[float] = 2.0

    def __init__(self) -> None:
        self._nvml: Any = None

    def collect(self) -> Iterable[Record]:
        nvml = self._nvml = self._nvml or _load()
        try:
            count = nvml.nvmlDeviceGetCount()
        except nvml.NVMLError:
            # The driver was unloaded or is another one now: begin anew at the next turn.
            self._forget()
            raise
        if count == 0:
            raise Unavailable("no NVIDIA graphics processor")
        for index in range(count):
            yield read_gpu(nvml, index)

    def _forget(self) -> None:
        nvml, self._nvml = self._nvml, None
        with contextlib.suppress(nvml.NVMLError):  # it may be gone already
            nvml.nvmlShutdown()


def _load() -> Any:
    """The module, ready to be asked."""
    try:
        nvml = importlib.import_module("pynvml")
    except ImportError as fault:
        raise Unavailable("the extra `gpu` is not installed") from fault
    try:
        nvml.nvmlInit()
    except (nvml.NVMLError_LibraryNotFound, nvml.NVMLError_DriverNotLoaded) as fault:
        raise Unavailable("no driver of NVIDIA's is loaded") from fault
    return nvml


def read_gpu(nvml: Any, index: int) -> Gpu:
    """All that one of them tells.

    What it does not support, or cannot say because it fell off the bus, is not known.
    """

    def ask(question: Callable[..., Any], *about: Any) -> Any:
        try:
            return question(*about)
        except nvml.NVMLError:
            return None

    fields: dict[str, Any] = {"gpu": str(index)}
    handle = ask(nvml.nvmlDeviceGetHandleByIndex, index)
    if handle is None:
        return Gpu(**fields)
    usage = ask(nvml.nvmlDeviceGetUtilizationRates, handle)
    if usage is not None:
        fields |= {"usage": usage.gpu / HUNDREDTHS, "memory_usage": usage.memory / HUNDREDTHS}
    memory = ask(nvml.nvmlDeviceGetMemoryInfo, handle)
    if memory is not None:
        fields |= {"memory_total": memory.total, "memory_used": memory.used}
        fields["memory_used_share"] = memory.used / memory.total if memory.total else None
    graphics, clock = nvml.NVML_CLOCK_GRAPHICS, nvml.nvmlDeviceGetClockInfo
    return Gpu(
        **fields,
        uuid=ask(nvml.nvmlDeviceGetUUID, handle),
        name=ask(nvml.nvmlDeviceGetName, handle),
        temperature=ask(nvml.nvmlDeviceGetTemperature, handle, nvml.NVML_TEMPERATURE_GPU),
        power=_over(ask(nvml.nvmlDeviceGetPowerUsage, handle), MILLIWATTS),
        power_limit=_over(ask(nvml.nvmlDeviceGetEnforcedPowerLimit, handle), MILLIWATTS),
        fan=_over(ask(nvml.nvmlDeviceGetFanSpeed, handle), HUNDREDTHS),
        clock=_times(ask(clock, handle, graphics), HERTZ_A_MEGAHERTZ),
        clock_maximum=_times(
            ask(nvml.nvmlDeviceGetMaxClockInfo, handle, graphics), HERTZ_A_MEGAHERTZ
        ),
        memory_clock=_times(ask(clock, handle, nvml.NVML_CLOCK_MEM), HERTZ_A_MEGAHERTZ),
    )


def _times(number: int | None, factor: int) -> int | None:
    return None if number is None else number * factor


def _over(number: int | None, divisor: int) -> float | None:
    return None if number is None else number / divisor
