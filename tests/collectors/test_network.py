"""What passes through each interface, whatever it is called."""

import errno
import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
from collections import Counter, namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor.collectors import network_link
from monitor.collectors.network import BITS_A_MEGABIT, Network, NetworkCollector
from tests.collectors import exporter
from tests.collectors.sources import FIXTURES, LONG_S, by, figures, known, on_linux, only

NOWHERE = Path("/nowhere")
ZEROS = " ".join(["0"] * 16)
# netdevice(7): IFF_UP, and IFF_RUNNING as well.
DOWN, RUNNING = 0x1, 0x41
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


class Kernel:
    """Answers to what is asked of interfaces by name, and how often it was."""

    def __init__(self, patch: pytest.MonkeyPatch, **flags: int) -> None:
        self.flags = {name.encode(): value for name, value in flags.items()}
        self.asked: Counter[int] = Counter()
        patch.setattr(fcntl, "ioctl", self._ioctl)

    def _ioctl(self, _: Any, request: int, question: bytes) -> bytes:
        self.asked[request] += 1
        name = question[:16].rstrip(b"\0")
        if name not in self.flags:
            raise OSError(errno.ENODEV, "No such device")
        if request == network_link.SIOCGIFFLAGS:
            return struct.pack("=16sH22x", name, self.flags[name])
        return struct.pack("=16si20x", name, 65536 if name == b"lo" else 1500)


def class_net(at: Path, **speeds: str) -> Path:
    """A made-up /sys/class/net; whoever has a speed is a device."""
    for name, speed in speeds.items():
        (at / name / "device").mkdir(parents=True)
        (at / name / "speed").write_text(speed)
    (at / "lo").mkdir()
    return at


def net_dev(at: Path, *lines: str) -> str:
    """A made-up /proc with these interfaces."""
    (at / "net").mkdir(exist_ok=True)
    (at / "net" / "dev").write_text("a\nb\n" + "".join(f"{line}\n" for line in lines))
    return str(at)


@pytest.fixture
def modern(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    Kernel(monkeypatch, lo=RUNNING, enp3s0=RUNNING, **{'wg-"<b>': DOWN})
    at = class_net(tmp_path, enp3s0="2500\n")
    return by("interface", NetworkCollector(at, str(FIXTURES / "proc" / "modern")).collect())


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
def test_they_are_exported_by_node_exporter_s_names(modern: dict[str, Any]) -> None:
    samples, types = exporter.ours([modern["enp3s0"]])
    (labels,) = {labels for _, labels in samples}
    assert labels == {("device", "enp3s0")}
    values = {name.removeprefix("node_network_"): value for (name, _), value in samples.items()}
    assert values == {
        "speed_bytes": 2_500_000_000 / 8,
        "mtu_bytes": 1500,
        "receive_bytes_total": 9876543210,
        "receive_packets_total": 7654321,
        "receive_errs_total": 1,
        "receive_drop_total": 2,
        "transmit_bytes_total": 1234567890,
        "transmit_packets_total": 2345678,
        "transmit_errs_total": 7,
        "transmit_drop_total": 8,
    }
    assert {n for n, kind in types.items() if kind == "gauge"} == {
        "node_network_speed_bytes",
        "node_network_mtu_bytes",
    }


@on_linux
def test_a_speed_that_is_not_told_is_not_0(modern: dict[str, Any]) -> None:
    assert modern["lo"].speed is None
    assert (modern["lo"].physical, modern["lo"].mtu) == (False, 65536)


@on_linux
@pytest.mark.parametrize("speed", ["-1\n", "0\n", "", "fast\n"])
def test_nor_is_one_that_the_driver_does_not_know(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, speed: str
) -> None:
    Kernel(monkeypatch, eth0=RUNNING)
    proc = net_dev(tmp_path, f"eth0: {ZEROS}")
    eth0 = only(NetworkCollector(class_net(tmp_path / "net", eth0=speed), proc).collect())
    assert (eth0.speed, eth0.up) == (None, True)


@on_linux
def test_a_device_that_carries_another_s_traffic_is_not_counted_beside_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    masters = {"eth0": "", "vf0": "eth0", "eth1": "br0", "eth2": "bond0", "br0": "", "bond0": ""}
    at = tmp_path / "class"
    for name in masters:
        (at / name).mkdir(parents=True)
    for name, master in masters.items():
        if name.startswith(("eth", "vf")):
            (at / name / "device").mkdir()
        if master:
            (at / name / "master").symlink_to(f"../{master}")
    Kernel(monkeypatch)
    proc = net_dev(tmp_path, *(f"{name}: {ZEROS}" for name in masters))
    found = by("interface", NetworkCollector(at, proc).collect())
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
def test_counters_are_read_where_nothing_can_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(socket, "socket", refuse)
    eth0 = only(NetworkCollector(NOWHERE, str(FIXTURES / "proc" / "old")).collect())
    assert eth0.receive_bytes == 4294967295
    assert known(eth0) & {"up", "speed", "mtu", "physical"} == set()


@on_linux
@pytest.mark.parametrize("line", ["no colon", "eth0: 1 2 3", f"eth0: x {ZEROS}"])
def test_what_is_no_line_of_net_dev_is_an_error(tmp_path: Path, line: str) -> None:
    collector = NetworkCollector(NOWHERE, net_dev(tmp_path, line))
    with pytest.raises(ValueError, match=r"net/dev|invalid literal"):
        list(collector.collect())


@on_linux
def test_an_interface_of_which_nothing_changed_has_the_record_that_it_had(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kernel = Kernel(monkeypatch, eth0=RUNNING, eth1=RUNNING)
    proc = net_dev(tmp_path, f"eth0: {ZEROS}", f"eth1: {ZEROS}")
    collector = NetworkCollector(NOWHERE, proc)
    before = by("interface", collector.collect())
    net_dev(tmp_path, f"eth0: {ZEROS}", f"eth1: {ZEROS.replace('0', '1', 1)}")
    after = by("interface", collector.collect())
    assert after["eth0"] is before["eth0"]
    assert (before["eth1"].receive_bytes, after["eth1"].receive_bytes) == (0, 1)
    kernel.flags[b"eth0"] = DOWN
    assert by("interface", collector.collect())["eth0"].up is False


@on_linux
def test_what_hardly_changes_is_asked_in_turns_and_seen_in_the_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kernel = Kernel(monkeypatch, **{f"d{i}": RUNNING for i in range(100)})
    proc = net_dev(tmp_path, *(f"d{i}: {ZEROS}" for i in range(100)))
    at = class_net(tmp_path / "class", d7="100\n")
    collector = NetworkCollector(at, proc)
    list(collector.collect())
    kernel.asked.clear()
    (at / "d7" / "speed").write_text("1000\n")
    speeds = [by("interface", collector.collect())["d7"].speed for _ in range(network_link.TURNS)]
    assert speeds[-1] == 1_000_000_000
    assert kernel.asked[network_link.SIOCGIFFLAGS] == 100 * network_link.TURNS
    assert kernel.asked[network_link.SIOCGIFMTU] == 100


@on_linux
def test_one_that_goes_up_is_asked_for_all_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kernel = Kernel(monkeypatch, eth0=DOWN)
    at = class_net(tmp_path / "class", eth0="-1\n")
    collector = NetworkCollector(at, net_dev(tmp_path, f"eth0: {ZEROS}"))
    for _ in range(network_link.TURNS + 3):
        assert only(collector.collect()).speed is None
    (at / "eth0" / "speed").write_text("10\n")
    kernel.flags[b"eth0"] = RUNNING
    eth0 = only(collector.collect())
    assert (eth0.up, eth0.speed) == (True, 10_000_000)


def test_macos_does_not_tell_what_was_dropped_on_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    states(monkeypatch, lambda: {"en0": State(True, 2, 1000, 1500, "up")})
    counters(monkeypatch, {"en0": Counted(1, 2, 3, 4, 5, 6, 7, 0)})
    en0 = only(NetworkCollector(NOWHERE).collect())
    assert (en0.receive_drops, en0.transmit_drops) == (7, None)
    assert (en0.physical, en0.up, en0.speed) == (None, True, 1_000_000_000)


@pytest.mark.parametrize(
    "fault",
    [
        PermissionError(1, "Operation not permitted"),
        UnicodeEncodeError("utf-8", "x\udcff", 1, 2, "surrogates not allowed"),
    ],
    ids=["a sandbox", "a name that is not UTF-8"],
)
def test_on_macos_counters_are_read_where_states_cannot_be(
    monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def fail() -> None:
        raise fault

    monkeypatch.setattr(sys, "platform", "darwin")
    states(monkeypatch, fail)
    counters(monkeypatch, {"en0": Counted(1, 2, 3, 4, 5, 6, 7, 0)})
    en0 = only(NetworkCollector(NOWHERE).collect())
    assert en0.receive_bytes == 2
    assert known(en0) & {"up", "speed", "mtu", "physical"} == set()


def test_a_reset_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
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
        state = Path("/sys/class/net", name, "operstate").read_text(encoding="ascii").strip()
        assert interface.up is (state in {"up", "unknown"})


@on_linux
def test_and_what_psutil_says() -> None:
    counted = by("interface", NetworkCollector().collect())
    assert counted.keys() == psutil.net_io_counters(pernic=True, nowrap=False).keys()
    for name, state in psutil.net_if_stats().items():
        found = counted[name]
        assert (found.up, found.mtu) == (state.isup, state.mtu), name
        assert (found.speed or 0) == state.speed * BITS_A_MEGABIT, name


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
