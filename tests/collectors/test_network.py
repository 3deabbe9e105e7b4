"""What passes through each interface, whatever it is called."""

import os
import shutil
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor.collectors.network import Network, NetworkCollector
from tests.collectors.sources import LONG_S, by, figures, known, on_linux, only, use_proc

NOWHERE = Path("/nowhere")
State = namedtuple("State", "isup duplex speed mtu flags")
Counted = namedtuple(
    "Counted", "bytes_sent bytes_recv packets_sent packets_recv errin errout dropin dropout"
)


def states(patch: pytest.MonkeyPatch, answer: Callable[[], Any]) -> None:
    patch.setattr(psutil, "net_if_stats", answer)


def counters(patch: pytest.MonkeyPatch, *readings: dict[str, Counted]) -> None:
    left = iter(readings)

    def answer(pernic: bool = False, nowrap: bool = True) -> Any:
        assert pernic
        assert not nowrap, "a reset would be taken for a wrap, and added up"
        return next(left)

    patch.setattr(psutil, "net_io_counters", answer)


@pytest.fixture
def modern(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    use_proc(monkeypatch, "modern")
    told = {
        "lo": State(True, 0, 0, 65536, "up"),
        "enp3s0": State(True, 2, 2500, 1500, "up"),
        'wg-"<b>': State(False, 0, 0, 1420, ""),
    }
    states(monkeypatch, lambda: told)
    (tmp_path / "enp3s0" / "device").mkdir(parents=True)
    (tmp_path / "lo").mkdir()
    return by("interface", NetworkCollector(tmp_path).collect())


@on_linux
def test_an_interface_s_counters_are_the_kernel_s(modern: dict[str, Any]) -> None:
    assert modern["enp3s0"] == Network(
        interface="enp3s0",
        physical=True,
        up=True,
        speed=2_500_000_000,
        mtu=1500,
        receive_bytes=9876543210,
        transmit_bytes=1234567890,
        receive_packets=7654321,
        transmit_packets=2345678,
        receive_errors=1,
        transmit_errors=7,
        receive_drops=2,
        transmit_drops=8,
    )


@on_linux
def test_a_speed_that_is_not_told_is_not_0(modern: dict[str, Any]) -> None:
    assert modern["lo"].speed is None
    assert (modern["lo"].physical, modern["lo"].mtu) == (False, 65536)


def test_a_device_that_carries_another_s_traffic_is_not_counted_beside_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nothing = Counted(0, 0, 0, 0, 0, 0, 0, 0)
    masters = {"eth0": "", "vf0": "eth0", "eth1": "br0", "eth2": "bond0", "br0": "", "bond0": ""}
    for name in masters:
        (tmp_path / name).mkdir()
    for name, master in masters.items():
        if name.startswith(("eth", "vf")):
            (tmp_path / name / "device").mkdir()
        if master:
            (tmp_path / name / "master").symlink_to(f"../{master}")
    states(monkeypatch, dict)
    counters(monkeypatch, dict.fromkeys(masters, nothing))
    found = by("interface", NetworkCollector(tmp_path).collect())
    assert {name for name, each in found.items() if each.physical} == {"eth0", "eth1", "eth2"}


@on_linux
def test_names_are_whatever_they_are(modern: dict[str, Any]) -> None:
    assert list(modern) == ["lo", "enp3s0", "eth0:1", 'wg-"<b>', "__proto__"]
    assert modern['wg-"<b>'].receive_bytes == 2**64 - 1
    assert modern['wg-"<b>'].up is False


@on_linux
def test_of_one_that_is_just_gone_the_counters_are_known(modern: dict[str, Any]) -> None:
    assert modern["eth0:1"].transmit_bytes == 20
    assert known(modern["eth0:1"]) & {"up", "speed", "mtu"} == set()


@on_linux
@pytest.mark.parametrize(
    "fault",
    [
        PermissionError(1, "Operation not permitted"),
        UnicodeEncodeError("utf-8", "x\udcff", 1, 2, "surrogates not allowed"),
    ],
    ids=["a sandbox", "a name that is not UTF-8"],
)
def test_counters_are_read_where_states_cannot_be(
    monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def fail() -> None:
        raise fault

    use_proc(monkeypatch, "old")
    states(monkeypatch, fail)
    eth0 = only(NetworkCollector(NOWHERE).collect())
    assert eth0.receive_bytes == 4294967295
    assert known(eth0) & {"up", "speed", "mtu", "physical"} == set()


@on_linux
@pytest.mark.parametrize("text", ["a\nb\nno colon\n", "a\nb\neth0: 1 2 3\n", "a\nb\neth0: x\n"])
def test_what_is_no_line_of_net_dev_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "dev").write_text(text)
    use_proc(monkeypatch, tmp_path)
    with pytest.raises((ValueError, AssertionError)):
        list(NetworkCollector(NOWHERE).collect())


def test_macos_does_not_tell_what_was_dropped_on_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    states(monkeypatch, lambda: {"en0": State(True, 2, 1000, 1500, "up")})
    counters(monkeypatch, {"en0": Counted(1, 2, 3, 4, 5, 6, 7, 0)})
    en0 = only(NetworkCollector(NOWHERE).collect())
    assert (en0.receive_drops, en0.transmit_drops) == (7, None)
    assert (en0.physical, en0.up, en0.speed) == (None, True, 1_000_000_000)


def test_a_reset_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    states(monkeypatch, dict)
    was, now = Counted(900, 500, 9, 5, 0, 0, 0, 0), Counted(10, 700, 1, 7, 0, 0, 0, 0)
    counters(monkeypatch, {"eth0": was}, {"eth0": now})
    collector = NetworkCollector(NOWHERE)
    before, after = list(collector.collect()), list(collector.collect())
    assert only(after).transmit_bytes == 10
    shown = figures(before, after)["network"]["eth0"]
    assert "transmit_bytes" not in shown
    assert (shown["receive_bytes"], shown["receive_errors"]) == (200, 0)


@on_linux
def test_the_figures_are_what_the_kernel_says() -> None:
    def told() -> dict[str, list[int]]:
        with open("/proc/net/dev", encoding="utf-8") as file:
            lines = [line.rpartition(":") for line in file.readlines()[2:]]
        return {name.strip(): [int(field) for field in rest.split()] for name, _, rest in lines}

    before, found, after = told(), by("interface", NetworkCollector().collect()), told()
    assert found.keys() == before.keys()
    for name, interface in found.items():
        for place, field in (
            (0, "receive_bytes"),
            (1, "receive_packets"),
            (2, "receive_errors"),
            (3, "receive_drops"),
            (8, "transmit_bytes"),
            (9, "transmit_packets"),
            (10, "transmit_errors"),
            (11, "transmit_drops"),
        ):
            counted = getattr(interface, field)
            assert before[name][place] <= counted <= after[name][place], (name, field)
        mtu = Path("/sys/class/net", name, "mtu").read_text(encoding="ascii")
        assert interface.mtu == int(mtu)


ODD_INTERFACE = """
import subprocess, sys
from monitor.collectors.network import NetworkCollector
for kind in (b"dummy", b"ifb", b"bridge"):
    if not subprocess.run([b"ip", b"link", b"add", b"x\\xff\\xfe", b"type", kind],
                          stderr=subprocess.DEVNULL).returncode:
        break
else:
    sys.exit(77)
found = {record.interface: record for record in NetworkCollector().collect()}
assert found["x\\udcff\\udcfe"].receive_bytes == 0, found
assert found["lo"].receive_bytes == 0, found
print("well")
"""


@on_linux
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="root makes interfaces")
@pytest.mark.skipif(not shutil.which("ip"), reason="this machine has no ip(8)")
def test_a_name_that_is_not_utf_8_hides_no_interface() -> None:
    done = subprocess.run(
        ["unshare", "-n", sys.executable, "-c", ODD_INTERFACE],
        capture_output=True,
        text=True,
        timeout=LONG_S,
        check=False,
    )
    if done.returncode == 77 or "unshare failed" in done.stderr:
        pytest.skip("this machine lets nobody make interfaces")
    assert (done.returncode, done.stdout) == (0, "well\n"), done.stderr
