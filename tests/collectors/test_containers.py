"""Containers, in either version, by whatever runtime: what they use and what they are called."""

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from monitor.collectors.containers import Container, ContainersCollector
from monitor.model.metric import Record
from monitor.model.sample import Unavailable
from monitor.model.schema import Schema
from monitor.wire.prometheus import Exposition
from monitor.wire.shapes import Shapes
from tests.collectors.groups import group, separate, unified
from tests.collectors.runtimes import docker, peer, silent
from tests.collectors.sources import LONG_S, by, figures, on_linux

pytestmark = on_linux

A = "a" * 64
SCOPE = f"system.slice/docker-{A}.scope"
WEB = {"Id": A, "Names": ["/web"], "Image": "nginx:1.27"}


def read(collector: ContainersCollector) -> dict[str, Container]:
    return by("container", collector.collect())


def read_when_named(collector: ContainersCollector) -> dict[str, Container]:
    """After whoever was asked for names has answered."""
    read(collector)
    for thread in threading.enumerate():
        if thread.name == "container names":
            thread.join(LONG_S)
    return read(collector)


def test_a_container_is_what_its_group_and_its_runtime_say(tmp_path: Path) -> None:
    proc = unified(tmp_path, "containers/version-2.tree")
    with docker(tmp_path / "run" / "docker.sock", [WEB], []):
        web = read_when_named(ContainersCollector(proc, tmp_path / "run"))["a" * 12]
    assert (web.name, web.image, web.runtime, web.denied) == ("web", "nginx:1.27", "docker", None)
    assert (web.cpu, web.throttled, web.tasks) == (90.0, 12.5, 27)
    assert (web.memory, web.memory_limit) == (500_000_000, 1 << 30)
    assert (web.read_bytes, web.written_bytes) == (1000, 20_000)
    assert (web.cpu_pressure, web.memory_pressure, web.io_pressure) == (5.0, 0.0, 0.25)


def test_every_runtime_s_containers_are_there(tmp_path: Path) -> None:
    proc = unified(tmp_path, "containers/version-2.tree")
    found = read(ContainersCollector(proc, tmp_path / "run"))
    assert {key: (one.runtime, one.cpu) for key, one in found.items()} == {
        "a" * 12: ("docker", 90.0),
        "b" * 12: ("kubernetes", 1.0),
        "c" * 12: ("podman", 2.0),
        "d" * 12: ("podman", 3e-6),
        "mail": ("lxc", 4.0),
        "old-host": ("systemd-nspawn", 5.0),
    }


def test_version_1_is_read_too(tmp_path: Path) -> None:
    proc = separate(tmp_path, "containers/version-1.tree")
    (found,) = read(ContainersCollector(proc, tmp_path / "run")).values()
    assert (found.container, found.runtime, found.cpu) == ("a" * 12, "docker", 90.0)
    assert (found.memory, found.memory_limit, found.tasks) == (500_000_000, None, 27)
    assert (found.read_bytes, found.written_bytes) == (1000, 20_000)


def test_without_a_word_of_the_runtime_the_name_is_the_id(tmp_path: Path) -> None:
    proc = unified(tmp_path, "containers/version-2.tree")
    collector = ContainersCollector(proc, tmp_path / "run")
    found = read_when_named(collector)
    assert (found["a" * 12].name, found["a" * 12].image) == ("a" * 12, None)
    assert found["a" * 12].denied == "docker: No such file or directory"
    assert (found["mail"].name, found["mail"].denied) == ("mail", None)


def test_a_runtime_that_hangs_holds_no_reading_up(tmp_path: Path) -> None:
    proc = unified(tmp_path, "containers/version-2.tree")
    with peer(tmp_path / "run" / "docker.sock", silent):
        collector = ContainersCollector(proc, tmp_path / "run")
        assert read(collector)["a" * 12].denied is None  # not known yet
        found = read_when_named(collector)
    assert found["a" * 12].denied == "docker: no answer in time"
    assert found["a" * 12].cpu == 90.0


def shown(before: Iterable[Record], now: Iterable[Record]) -> Any:
    return figures(before, now, elapsed=2.0)["container"]["a" * 12]


def test_its_counters_are_rates_and_one_that_does_nothing_is_the_same_record(
    tmp_path: Path,
) -> None:
    proc = unified(tmp_path, "containers/version-2.tree")
    collector = ContainersCollector(proc, tmp_path / "run")
    before = list(read_when_named(collector).values())
    files = {"cpu_stat": "usage_usec 93000000\\nthrottled_usec 13500000"}
    group(tmp_path / "cgroup", SCOPE, **files)
    now = list(collector.collect())
    found = shown(before, now)
    assert (found["cpu"], found["throttled"]) == (1.5, 0.5)
    changed = [two for one, two in zip(before, now, strict=True) if one is not two]
    assert [one.container for one in changed if isinstance(one, Container)] == ["a" * 12]


def test_a_container_that_was_started_again_has_no_rate_across(tmp_path: Path) -> None:
    proc = unified(tmp_path, "containers/version-2.tree")
    collector = ContainersCollector(proc, tmp_path / "run")
    before = list(collector.collect())
    (tmp_path / "cgroup" / SCOPE).rename(tmp_path / "kept")
    group(tmp_path / "cgroup", SCOPE, cpu_stat="usage_usec 99000000")
    assert "cpu" not in shown(before, list(collector.collect()))


def test_containers_of_one_name_are_several(tmp_path: Path) -> None:
    proc = unified(tmp_path)
    for path in ("lxc/web", "user.slice/lxc.payload.web"):
        group(tmp_path / "cgroup", path)
    # The first twelve digits of two ids may be the same.
    for last in "01":
        group(tmp_path / "cgroup", f"docker/{'e' * 63}{last}")
    found = read(ContainersCollector(proc, tmp_path / "run"))
    assert set(found) == {
        *("web", "/user.slice/lxc.payload.web"),
        *("e" * 12, f"{'e' * 63}1"),
    }


def test_where_none_runs_that_is_said(tmp_path: Path) -> None:
    proc = unified(tmp_path, "units/server.tree")
    (tmp_path / "cgroup" / SCOPE).rename(tmp_path / "kept")
    with pytest.raises(Unavailable, match="no container"):
        list(ContainersCollector(proc, tmp_path / "run").collect())


def test_prometheus_is_told_by_id_name_and_runtime(tmp_path: Path) -> None:
    proc = unified(tmp_path, "containers/version-2.tree")
    with docker(tmp_path / "run" / "docker.sock", [WEB | {"Names": ['/w"\x1b\n']}], []):
        found = read_when_named(ContainersCollector(proc, tmp_path / "run"))
    exposition = Exposition(Shapes(Schema(ContainersCollector.records)))
    exposition.add(found.values())
    lines = "".join(exposition.text()).splitlines()
    labels = rf'id="{"a" * 12}",name="w\"\\x1b\\x0a",runtime="docker"'
    assert f"monitor_container_cpu_seconds_total{{{labels}}} 90" in lines
    assert f"monitor_container_memory_bytes{{{labels}}} 500000000" in lines
    assert f'monitor_container_info{{{labels},image="nginx:1.27"}} 1' in lines
