"""The processors' time, for whom a counter that goes back was reset."""

from collections import namedtuple
from typing import Any

import psutil
import pytest

from monitor.collectors import cpu
from monitor.collectors.cpu_seconds import CpuSecondsCollector, hold
from tests.collectors.exporter import ours
from tests.collectors.sources import by, known, on_linux

Mac = namedtuple("Mac", "user nice system idle")
Linux = namedtuple("Linux", "user nice system idle iowait irq softirq steal guest guest_nice")


def read(collector: CpuSecondsCollector) -> dict[str, Any]:
    return by("cpu", collector.collect())


def test_each_mode_is_a_label(monkeypatch: pytest.MonkeyPatch) -> None:
    times = [Linux(10, 2, 3, 80, 4, 0.5, 0.25, 0.125, 6, 1)]
    monkeypatch.setattr(psutil, "cpu_times", lambda percpu: times)
    monkeypatch.setattr(cpu, "core_numbers", lambda count: [0])
    samples, types = ours(CpuSecondsCollector().collect())
    seconds = {
        (name, dict(labels)["mode"]): value
        for (name, labels), value in samples.items()
        if dict(labels)["cpu"] == "0"
    }
    whole, guest = "node_cpu_seconds_total", "node_cpu_guest_seconds_total"
    # As the kernel has it, and node_exporter: a guest's time is a part of user and nice.
    assert seconds == {
        (whole, "user"): 10,
        (whole, "nice"): 2,
        (whole, "system"): 3,
        (whole, "idle"): 80,
        (whole, "iowait"): 4,
        (whole, "irq"): 0.5,
        (whole, "softirq"): 0.25,
        (whole, "steal"): 0.125,
        (guest, "user"): 6,
        (guest, "nice"): 1,
    }
    assert types == {whole: "counter", guest: "counter"}


def test_what_goes_back_by_a_little_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = iter([Mac(5.0, 0.0, 1.0, 100.0), Mac(4.5, 0.5, 2.0, 99.0)])
    monkeypatch.setattr(psutil, "cpu_times", lambda percpu: [next(readings)])
    collector = CpuSecondsCollector()
    read(collector)
    (held,) = read(collector).values()
    assert (held.user, held.nice, held.system, held.idle) == (5.0, 0.5, 2.0, 100.0)


def test_what_begins_anew_is_not_held() -> None:
    before = {"user": 50.0, "idle": 1000.0}
    assert hold(before, {"user": 0.5, "idle": 2.0}) == {"user": 0.5, "idle": 2.0}


def test_modes_that_the_system_lacks_are_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "cpu_times", lambda percpu: [Mac(1, 2, 3, 4)])
    (found,) = read(CpuSecondsCollector()).values()
    assert known(found) == {"cpu", "user", "nice", "system", "idle"}


@on_linux
def test_a_processor_that_comes_back_is_not_held_at_what_another_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    online = [[0, 1], [0], [0, 1]]
    times = {0: Mac(1, 1, 1, 9), 1: Mac(7, 7, 7, 9)}
    monkeypatch.setattr(
        "monitor.collectors.cpu_seconds.core_numbers", lambda count: online[0][:count]
    )
    monkeypatch.setattr(psutil, "cpu_times", lambda percpu: [times[n] for n in online[0]])
    collector = CpuSecondsCollector()
    read(collector)
    online.pop(0)
    assert list(read(collector)) == ["0"]
    online.pop(0)
    times[1] = Mac(2, 2, 2, 9)
    assert read(collector)["1"].user == 2
