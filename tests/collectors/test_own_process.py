"""This process, as every program that Prometheus scrapes describes itself."""

import os
import resource
from pathlib import Path

import psutil
import pytest

from monitor.clock import SystemClock
from monitor.collectors.own import OwnCollector
from monitor.collectors.own_process import OwnProcessCollector
from monitor.model.schema import Schema
from monitor.model.vitals import Vitals
from monitor.wire.prometheus import Exposition
from monitor.wire.shapes import Shapes
from tests.collectors.exporter import parse
from tests.collectors.sources import on_linux, only


def test_no_limit_is_what_go_has_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {
        resource.RLIMIT_NOFILE: (1024, 4096),
        resource.RLIMIT_AS: (resource.RLIM_INFINITY,) * 2,
    }
    monkeypatch.setattr(resource, "getrlimit", lambda kind: limits[kind])
    own = only(OwnProcessCollector().collect())
    assert (own.files_limit, own.virtual_limit) == (1024, 2**64 - 1)


@on_linux
def test_with_what_the_monitor_says_of_itself_it_is_all_that_client_libraries_have() -> None:
    records = [*OwnProcessCollector().collect(), *OwnCollector(Vitals()).collect()]
    exposition = Exposition(Shapes(Schema({type(record) for record in records})))
    exposition.add(records)
    samples, types = parse("".join(exposition.text()))
    assert {name: kind for name, kind in types.items() if name.startswith("process_")} == {
        "process_cpu_seconds_total": "counter",
        "process_max_fds": "gauge",
        "process_open_fds": "gauge",
        "process_resident_memory_bytes": "gauge",
        "process_start_time_seconds": "gauge",
        "process_virtual_memory_bytes": "gauge",
        "process_virtual_memory_max_bytes": "gauge",
    }
    assert {labels for name, labels in samples if name.startswith("process_")} == {frozenset()}


def test_to_make_one_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise AssertionError("it would keep the program from starting")

    monkeypatch.setattr(psutil, "Process", fail)
    OwnProcessCollector()


@on_linux
def test_the_figures_are_what_the_kernel_says() -> None:
    own = only(OwnProcessCollector().collect())
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    slack = 64 << 20
    assert abs(own.virtual - pages * os.sysconf("SC_PAGE_SIZE")) <= slack
    assert abs(own.files - len(os.listdir("/proc/self/fd"))) <= 2
    age = SystemClock().wall() - own.started
    assert 0 < age < 3600 * 24
