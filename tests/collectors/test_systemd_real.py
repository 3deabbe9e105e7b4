"""The real systemd: a user's manager, in a mount namespace and control groups of its own."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from monitor.clock import SystemClock
from monitor.collectors.cgroup_tree import parse_trees
from monitor.collectors.systemd import Systemd, SystemdCollector, SystemdSocket, SystemdUnit
from monitor.collectors.systemd_bus import LIST_UNITS, Bus, manager, parse_units
from monitor.collectors.units import Unit, Units, UnitsCollector
from tests.collectors.sources import LONG_S, by, on_linux

pytestmark = [
    on_linux,
    pytest.mark.skipif(
        not hasattr(os, "geteuid") or os.geteuid() != 0, reason="root makes namespaces"
    ),
]

SYSTEMD = Path("/lib/systemd/systemd")
NAME = f"monitor-test-systemd-{os.getpid()}"
FILES = {
    "hello.service": "[Service]\nExecStart=/bin/sleep 600\n",
    "bad.service": "[Service]\nType=oneshot\nExecStart=/bin/false\n",
    "echo.socket": "[Socket]\nListenStream=%t/echo\nAccept=yes\n",
    "echo@.service": "[Service]\nExecStart=/bin/cat\nStandardInput=socket\n",
    "default.target": "[Unit]\nWants=hello.service bad.service echo.socket\n",
}
# Becomes systemd in groups and with a /run of its own, where it finds that systemd has booted.
BEGIN = """
for directory; do echo $$ > "$directory/cgroup.procs" || exit; done
mount -t tmpfs none /run && mkdir -p /run/systemd/system && exec "$SYSTEMD" --user
"""


def groups() -> list[Path]:
    text = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    return [
        tree.place / NAME
        for tree in parse_trees(text)
        if tree.root == "/" and (tree.version == 2 or "name=systemd" in tree.controllers)
    ]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What is /run to a manager that has started all that it was to start."""
    if not SYSTEMD.exists() or shutil.which("unshare") is None:
        pytest.skip("systemd is not installed")
    home = tmp_path_factory.mktemp("systemd")
    units = home / "units"
    units.mkdir()
    for name, text in FILES.items():
        (units / name).write_text(text)
    made: list[Path] = []
    try:
        for directory in groups():
            directory.mkdir()
            made.append(directory)
    except OSError as fault:
        remove(made)
        pytest.skip(f"no group can be made here: {fault}")
    with started(home, made) as process:
        try:
            wait_until_it_has_started(home, process)
            yield home
        finally:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(LONG_S)
            process.kill()
            process.wait()
            remove(made)


def started(home: Path, directories: list[Path]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        ["unshare", "-m", "--propagation", "private", "sh", "-c", BEGIN, "sh", *directories],
        env={
            "HOME": str(home),
            "PATH": os.defpath,
            "SYSTEMD": str(SYSTEMD),
            "SYSTEMD_UNIT_PATH": f"{home}/units:",
            "XDG_RUNTIME_DIR": str(home),
        },
        stderr=subprocess.DEVNULL,
    )


def wait_until_it_has_started(home: Path, process: "subprocess.Popen[bytes]") -> None:
    """Each round asks it, and waits for its answer."""
    clock = SystemClock()
    deadline = clock.monotonic() + LONG_S
    states: dict[str, str] = {}
    while (states.get("hello.service"), states.get("bad.service")) != ("active", "failed"):
        if process.poll() is not None or clock.monotonic() > deadline:
            pytest.skip(f"systemd does not start here: {states}")
        with suppress(OSError), ask(home) as bus:
            states = {unit.name: unit.active for unit in parse_units(*bus.call([LIST_UNITS]))}
        os.sched_yield()


def ask(home: Path) -> Bus:
    return manager(home, SystemClock(), LONG_S)


def remove(made: list[Path]) -> None:
    for directory in made:
        for path, _, _ in os.walk(directory, topdown=False):
            os.rmdir(path)


def test_the_real_systemd_tells_its_units(run: Path) -> None:
    records = list(UnitsCollector(run=run).collect())
    found = by("unit", (one for one in records if isinstance(one, Unit)))
    (counted,) = (one for one in records if isinstance(one, Units))
    assert (found["hello.service"].state, found["hello.service"].sub) == ("active", "running")
    assert found["bad.service"].state == "failed"
    assert found["hello.service"].cpu is not None and found["bad.service"].cpu is None
    assert counted.failed == 1
    assert counted.denied is None


def test_the_real_systemd_answers_at_once_every_time(run: Path) -> None:
    # It does not see a call that it reads together with BEGIN: each of these could hang.
    clock = SystemClock()
    began = clock.monotonic()
    for _ in range(50):
        with ask(run) as bus:
            (answer,) = bus.call([LIST_UNITS])
        assert parse_units(answer)
    assert clock.monotonic() - began < LONG_S / 3


def test_the_real_systemd_tells_types_and_connections(run: Path) -> None:
    records = list(SystemdCollector(run).collect())
    (itself,) = (one for one in records if isinstance(one, Systemd))
    assert itself.version is not None
    assert itself.running is False  # one has failed
    units = by("name", (one for one in records if isinstance(one, SystemdUnit)))
    assert (units["hello.service"].type, units["bad.service"].type) == ("simple", "oneshot")
    assert (units["bad.service"].failed, units["bad.service"].active) == (True, False)
    sockets = by("name", (one for one in records if isinstance(one, SystemdSocket)))
    echo = sockets["echo.socket"]
    assert (echo.accepted, echo.current, echo.refused) == (0, 0, 0)


def test_systemctl_says_the_same(run: Path) -> None:
    systemctl = shutil.which("systemctl")
    if systemctl is None:
        pytest.skip("systemctl is not installed")
    done = subprocess.run(
        [systemctl, "--user", "list-units", "--all", "--plain", "--no-legend", "--no-pager"],
        env={"XDG_RUNTIME_DIR": str(run), "PATH": os.defpath, "LANG": "C"},
        capture_output=True,
        text=True,
        timeout=LONG_S,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(f"systemctl cannot ask it: {done.stderr}")
    theirs = {words[0]: tuple(words[1:4]) for words in map(str.split, done.stdout.splitlines())}
    with ask(run) as bus:
        (answer,) = bus.call([LIST_UNITS])
    ours = {one.name: (one.load, one.active, one.sub) for one in parse_units(answer)}
    assert ours == theirs
