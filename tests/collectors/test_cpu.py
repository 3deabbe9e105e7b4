"""Where the processors' time goes."""

from collections import namedtuple
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor.collectors import cpu
from monitor.collectors.cpu import Core, Cpu, CpuCollector, core_numbers, parse_cpu_list
from tests.collectors.sources import by, figures, known, on_linux, only, use_proc

Mac = namedtuple("Mac", "user nice system idle")
Linux = namedtuple("Linux", "user nice system idle iowait irq softirq steal guest guest_nice")


def reads(patch: pytest.MonkeyPatch, *cores: Any) -> None:
    total = type(cores[0])(*map(sum, zip(*cores, strict=True)))
    patch.setattr(psutil, "cpu_times", lambda percpu=False: list(cores) if percpu else total)


def read(kind: type) -> list[Any]:
    return [record for record in CpuCollector().collect() if type(record) is kind]


def test_a_virtual_machine_s_time_is_not_counted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    reads(monkeypatch, Linux(10, 2, 3, 80, 4, 0.5, 0.25, 0.25, 6, 1))
    cpu_time = only(read(Cpu))
    assert cpu_time.usage == 16
    assert cpu_time.total == 100


def test_waiting_for_a_disk_is_not_being_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    reads(monkeypatch, Linux(0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    before = read(Cpu)
    reads(monkeypatch, Linux(1, 0, 0, 1, 2, 0, 0, 0, 0, 0))
    shown = figures(before, read(Cpu))["cpu"]
    assert shown["usage"] == 0.25
    assert shown["iowait"] == 0.5


def test_modes_that_the_system_lacks_are_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    reads(monkeypatch, Mac(1, 2, 3, 4), Mac(1, 2, 3, 4))
    assert known(only(read(Cpu))) == {"user", "nice", "system", "idle", "usage", "total"}
    assert {core.core for core in read(Core)} == {"0", "1"}


def test_cores_have_the_kernel_s_numbers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    online = tmp_path / "online"
    monkeypatch.setattr(cpu, "ONLINE", online)
    online.write_text("0,2-3\n")
    assert core_numbers(3) == [0, 2, 3]


@pytest.mark.parametrize("text", ["0-7\n", "", "\n", "a-b", "0,,3"])
def test_where_those_are_not_told_cores_are_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    online = tmp_path / "online"
    monkeypatch.setattr(cpu, "ONLINE", online)
    assert core_numbers(3) == [0, 1, 2]
    online.write_text(text)
    assert core_numbers(3) == [0, 1, 2]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0\n", [0]),
        ("0-3\n", [0, 1, 2, 3]),
        ("1,4-5,255", [1, 4, 5, 255]),
        ("10-11,2", [10, 11, 2]),
    ],
)
def test_a_list_of_processors_is_read(text: str, numbers: list[int]) -> None:
    assert parse_cpu_list(text) == numbers


@pytest.mark.parametrize("text", ["", "\n", "-", "x", "0 1", "0,,3", "__proto__", "\udcff"])
def test_what_is_no_list_of_processors_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        parse_cpu_list(text)


@on_linux
def test_a_machine_of_256_processors_has_them_all(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fields = "100 200 300 4000 500 60 70 80 90 10"
    cores = "".join(f"cpu{number} {fields}\n" for number in range(0, 512, 2))
    (tmp_path / "stat").write_text(f"cpu  {fields}\n{cores}intr 1 {'0 ' * 5000}\nbtime 1\n")
    (tmp_path / "online").write_text(",".join(str(number) for number in range(0, 512, 2)))
    use_proc(monkeypatch, tmp_path)
    monkeypatch.setattr(cpu, "ONLINE", tmp_path / "online")
    found = by("core", read(Core))
    assert list(found) == [str(number) for number in range(0, 512, 2)]
    assert {core.total for core in found.values()} == {only(read(Cpu)).total}


@on_linux
def test_the_times_are_what_the_kernel_says() -> None:
    def told() -> dict[str, list[int]]:
        with open("/proc/stat", encoding="ascii") as file:
            lines = [line.split() for line in file if line.startswith("cpu")]
        return {name: [int(field) for field in fields] for name, *fields in lines}

    before, cores, whole, after = told(), by("core", read(Core)), only(read(Cpu)), told()
    assert {f"cpu{number}" for number in cores} | {"cpu"} == before.keys()
    for name, times in {"cpu": whole, **{f"cpu{n}": core for n, core in cores.items()}}.items():
        for place, mode in enumerate(("user", "nice", "system", "idle", "iowait", "irq")):
            # The kernel's iowait may go back by a little, and so may the idle of /proc/stat.
            slack = 50 if mode in ("idle", "iowait") else 0
            ticks = getattr(times, mode) * 100
            assert before[name][place] - slack <= round(ticks) <= after[name][place] + slack
