"""Which machine this is."""

import os
import platform
import socket
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor.collectors import host
from monitor.collectors.host import HostCollector, parse_cpu_model
from tests.collectors.sources import FIXTURES, on_linux, only

NOWHERE = Path("/nowhere")


@pytest.mark.parametrize(
    ("machine", "model"),
    [
        ("x86", "Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz"),
        ("raspberry-pi", "Raspberry Pi 4 Model B Rev 1.1"),
        ("riscv", "sifive,u74-mc"),
        ("arm-server", None),
    ],
)
def test_a_processor_is_called_what_it_calls_itself(machine: str, model: str | None) -> None:
    text = (FIXTURES / "cpuinfo" / machine).read_text(encoding="ascii")
    assert parse_cpu_model(text) == model


@pytest.mark.parametrize(
    "text", ["", "\n\n", "model name\n", "model name\t:\n", "\x00\x01", "\udcff"]
)
def test_one_that_does_not_say_has_no_name(text: str) -> None:
    assert parse_cpu_model(text) is None


def test_a_name_is_whatever_it_is(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_bytes(b"__proto__ : 1\nmodel name : <img>  \xff\t: x\n")
    assert only(HostCollector(cpuinfo).collect()).cpu_model == "<img> \udcff : x"


def test_what_does_not_change_is_read_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("model name : One\n")
    collector = HostCollector(cpuinfo)
    names = iter(["before", "after"])
    monkeypatch.setattr(socket, "gethostname", lambda: next(names))
    first = only(collector.collect())
    cpuinfo.write_text("model name : Two\n")
    second = only(collector.collect())
    assert (first.cpu_model, second.cpu_model) == ("One", "One")
    assert (first.hostname, second.hostname) == ("before", "after")


def test_to_make_one_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise AssertionError("it would keep the program from starting")

    monkeypatch.setattr(platform, "freedesktop_os_release", fail)
    monkeypatch.setattr(psutil, "cpu_count", fail)
    HostCollector(NOWHERE)


@pytest.mark.parametrize(
    "fault", [OSError("none"), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")]
)
def test_a_system_that_does_not_name_itself_has_no_name(
    monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def fail() -> None:
        raise fault

    monkeypatch.setattr(platform, "freedesktop_os_release", fail)
    monkeypatch.setattr(platform, "mac_ver", lambda: ("", ("", "", ""), ""))
    assert only(HostCollector(NOWHERE).collect()).os is None


def test_cores_that_are_not_told_are_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(logical: bool = True) -> None:
        raise FileNotFoundError("/proc/cpuinfo")

    monkeypatch.setattr(psutil, "cpu_count", fail)
    assert only(HostCollector(NOWHERE).collect()).cores is None


def test_macos_names_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError

    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(platform, "freedesktop_os_release", fail)
    monkeypatch.setattr(platform, "mac_ver", lambda: ("15.1", ("", "", ""), "arm64"))
    monkeypatch.setattr(platform, "processor", lambda: "arm")
    mac = only(HostCollector(NOWHERE).collect())
    assert (mac.os, mac.cpu_model) == ("macOS 15.1", "arm")


def test_where_no_clock_tells_the_uptime_it_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "boot_clock", lambda: None)
    assert only(HostCollector().collect()).uptime is None


@on_linux
def test_the_figures_are_what_the_kernel_says() -> None:
    def told() -> float:
        return float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])

    before, found, after = told(), only(HostCollector().collect()), told()
    assert int(before) <= found.uptime <= after
    system, name, release, _, machine = os.uname()
    assert (found.hostname, found.kernel) == (name, f"{system} {release}")
    assert found.architecture == machine
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    assert found.cpus == sum(line.startswith("processor") for line in lines)
    assert found.cores is None or 0 < found.cores <= found.cpus
