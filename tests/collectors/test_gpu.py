"""NVIDIA's processors, by a stand-in for their library that has its names and its errors."""

import importlib.util
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from monitor.collectors.gpu import Gpu, GpuCollector
from monitor.model.sample import Unavailable
from tests.collectors.sources import known


class NVMLError(Exception):
    """As the library's: one class an error."""


class NVMLError_LibraryNotFound(NVMLError):  # noqa: N801  # its name
    pass


class NVMLError_DriverNotLoaded(NVMLError):  # noqa: N801  # its name
    pass


class NVMLError_NotSupported(NVMLError):  # noqa: N801  # its name
    pass


class NVMLError_GpuIsLost(NVMLError):  # noqa: N801  # its name
    pass


class NVMLError_Uninitialized(NVMLError):  # noqa: N801  # its name
    pass


ERRORS = (
    NVMLError,
    NVMLError_LibraryNotFound,
    NVMLError_DriverNotLoaded,
    NVMLError_NotSupported,
    NVMLError_GpuIsLost,
    NVMLError_Uninitialized,
)


class Library:
    """Two processors: one that tells all, and one that tells little."""

    def __init__(self) -> None:
        self.loaded = 0
        self.begun = 0
        self.count = 2
        self.fault: type[NVMLError] | None = None
        self.lost: set[int] = set()

    def answers(self) -> dict[str, Callable[..., Any]]:
        return {
            "nvmlInit": self.begin,
            "nvmlShutdown": self.end,
            "nvmlDeviceGetCount": self.counted,
            "nvmlDeviceGetHandleByIndex": self.handle,
            "nvmlDeviceGetUUID": lambda handle: f"GPU-0{handle}",
            "nvmlDeviceGetName": lambda handle: "NVIDIA <A100>",
            "nvmlDeviceGetUtilizationRates": self.only_first(SimpleNamespace(gpu=73, memory=25)),
            "nvmlDeviceGetMemoryInfo": lambda handle: SimpleNamespace(
                total=80 << 30, free=60 << 30, used=20 << 30
            ),
            "nvmlDeviceGetTemperature": lambda handle, sensor: 61 + sensor,
            "nvmlDeviceGetPowerUsage": self.only_first(250_500),
            "nvmlDeviceGetEnforcedPowerLimit": self.only_first(400_000),
            "nvmlDeviceGetFanSpeed": self.only_first(40),
            "nvmlDeviceGetClockInfo": lambda handle, kind: {0: 1410, 2: 1215}[kind],
            "nvmlDeviceGetMaxClockInfo": lambda handle, kind: {0: 1980}[kind],
        }

    def begin(self) -> None:
        self.begun += 1
        if self.fault is not None:
            raise self.fault
        self.loaded += 1

    def end(self) -> None:
        if not self.loaded:
            raise NVMLError_Uninitialized
        self.loaded -= 1

    def counted(self) -> int:
        if not self.loaded:
            raise NVMLError_Uninitialized
        if self.fault is not None:
            raise self.fault
        return self.count

    def handle(self, index: int) -> int:
        if index in self.lost:
            raise NVMLError_GpuIsLost
        return index

    @staticmethod
    def only_first(answer: Any) -> Callable[[int], Any]:
        def ask(handle: int) -> Any:
            if handle:
                raise NVMLError_NotSupported
            return answer

        return ask


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    made = Library()
    module = ModuleType("pynvml")
    names: dict[str, Any] = {
        **{error.__name__: error for error in ERRORS},
        **made.answers(),
        "NVML_CLOCK_GRAPHICS": 0,
        "NVML_CLOCK_MEM": 2,
        "NVML_TEMPERATURE_GPU": 0,
    }
    for name, thing in names.items():
        setattr(module, name, thing)
    monkeypatch.setitem(sys.modules, "pynvml", module)
    return made


def read(collector: GpuCollector) -> list[Any]:
    return list(collector.collect())


@pytest.mark.usefixtures("library")
def test_all_that_a_processor_tells_is_in_base_units() -> None:
    first, _ = read(GpuCollector())
    assert first == Gpu(
        gpu="0",
        uuid="GPU-00",
        name="NVIDIA <A100>",
        usage=0.73,
        memory_usage=0.25,
        memory_total=80 << 30,
        memory_used=20 << 30,
        memory_used_share=0.25,
        temperature=61,
        power=250.5,
        power_limit=400.0,
        fan=0.4,
        clock=1_410_000_000,
        clock_maximum=1_980_000_000,
        memory_clock=1_215_000_000,
    )


@pytest.mark.usefixtures("library")
def test_what_a_processor_does_not_support_is_not_0() -> None:
    _, second = read(GpuCollector())
    missing = {"usage", "memory_usage", "power", "power_limit", "fan"}
    assert known(second) & missing == set()
    assert (second.uuid, second.temperature) == ("GPU-01", 61)


def test_one_that_fell_off_the_bus_hides_no_other(library: Library) -> None:
    library.lost = {0}
    lost, second = read(GpuCollector())
    assert known(lost) == {"gpu"}
    assert second.uuid == "GPU-01"


def test_the_library_is_begun_once(library: Library) -> None:
    collector = GpuCollector()
    read(collector)
    read(collector)
    assert (library.begun, library.loaded) == (1, 1)


def test_after_a_failure_it_begins_anew(library: Library) -> None:
    collector = GpuCollector()
    read(collector)
    library.fault = NVMLError_GpuIsLost
    with pytest.raises(NVMLError_GpuIsLost):
        read(collector)
    assert library.loaded == 0
    library.fault = None
    assert len(read(collector)) == 2


def test_one_that_was_unloaded_meanwhile_is_begun_anew(library: Library) -> None:
    collector = GpuCollector()
    read(collector)
    library.loaded = 0
    with pytest.raises(NVMLError_Uninitialized):
        read(collector)
    assert len(read(collector)) == 2


@pytest.mark.parametrize("fault", [NVMLError_LibraryNotFound, NVMLError_DriverNotLoaded])
def test_a_machine_without_the_driver_says_so(library: Library, fault: type[NVMLError]) -> None:
    library.fault = fault
    collector = GpuCollector()
    with pytest.raises(Unavailable, match="no driver"):
        read(collector)
    library.fault = None
    assert len(read(collector)) == 2, "it is seen when it comes"


def test_a_driver_without_processors_says_so(library: Library) -> None:
    library.count = 0
    with pytest.raises(Unavailable, match="no NVIDIA"):
        read(GpuCollector())


def test_without_the_extra_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    with pytest.raises(Unavailable, match="extra `gpu`"):
        read(GpuCollector())


@pytest.mark.skipif(importlib.util.find_spec("pynvml") is None, reason="the extra is not installed")
def test_the_real_library_has_all_that_is_asked_for() -> None:
    real = importlib.import_module("pynvml")
    assert not [name for name in Library().answers() if not hasattr(real, name)]
    assert (real.NVML_CLOCK_GRAPHICS, real.NVML_CLOCK_MEM, real.NVML_TEMPERATURE_GPU) == (0, 2, 0)
    for error in ERRORS:
        assert issubclass(getattr(real, error.__name__), real.NVMLError)


def test_on_this_machine_there_are_some_or_it_says_why_not() -> None:
    try:
        found = read(GpuCollector())
    except Unavailable as absent:
        pytest.skip(str(absent))
    assert all(isinstance(gpu, Gpu) for gpu in found)
