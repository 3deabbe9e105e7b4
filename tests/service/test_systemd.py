"""The real unit under a real systemd, as the first process of a machine in namespaces."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.installed import install

HERE = Path(__file__).parent
OPERATIONS = HERE.parents[1] / "docs" / "OPERATIONS.md"
SCRIPT = HERE / "machine.sh"
START_S = 60.0
NAME = f"monitor-test-{os.getpid()}"
DROP_IN = "/run/systemd/system/monitor.service.d/test.conf"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass
class Machine:
    """It runs as long as `outer` does; `first` is its first process, as seen from here."""

    outer: subprocess.Popen[bytes]
    log: Path
    first: int = 0

    def run(self, *command: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        enter = ["nsenter", "-t", str(self.first), "-m", "-p", "-u", "-i", "-n", "-C", "-r", "-w"]
        return subprocess.run(
            [*enter, "--", "env", "-i", f"PATH={PATH}", *command],
            input=given,
            capture_output=True,
            text=True,
            timeout=START_S,
            check=False,
        )

    def show(self) -> dict[str, str]:
        """What systemd knows of the service."""
        told = self.run("systemctl", "show", "monitor", "--no-pager").stdout
        return dict(line.split("=", 1) for line in told.splitlines() if "=" in line)

    def until(self, wanted: Callable[[dict[str, str]], bool]) -> dict[str, str]:
        end = time.monotonic() + START_S
        while not wanted(now := self.show()):
            assert time.monotonic() < end and self.outer.poll() is None, (
                f"{now}\n{self.journal()}\n{self.log.read_text(encoding='utf-8')}"
            )
            time.sleep(0.1)
        return now

    def until_active(self) -> dict[str, str]:
        return self.until(lambda now: now.get("ActiveState") == "active")

    def journal(self) -> str:
        return self.run("journalctl", "-u", "monitor", "--no-pager", "-o", "cat").stdout

    def restart_with(self, settings: str) -> subprocess.CompletedProcess[str]:
        """Restart it with these in a drop-in."""
        self.run("mkdir", "-p", os.path.dirname(DROP_IN))
        self.run("tee", DROP_IN, given=f"[Service]\n{settings}\n")
        self.run("systemctl", "daemon-reload")
        self.run("systemctl", "reset-failed", "monitor")
        return self.run("systemctl", "restart", "monitor")


def offspring(pid: int) -> Iterator[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except FileNotFoundError:
        return
    for child in map(int, children):
        yield child
        yield from offspring(child)


def first_of(outer: int) -> int | None:
    for pid in offspring(outer):
        try:
            name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            continue
        if name == "systemd":
            return pid
    return None


def may_not() -> str:
    """Why there can be no such machine here; nothing where there can."""
    if os.geteuid() != 0 or not sys.platform.startswith("linux"):
        return "needs root on Linux"
    missing = [name for name in ("systemctl", "unshare", "nsenter") if not shutil.which(name)]
    if missing or not os.path.exists("/lib/systemd/systemd"):
        return f"needs systemd and util-linux: {missing}"
    done = subprocess.run(
        ["unshare", "-m", "-p", "-f", "-u", "-i", "-n", "-C", "mount", "-t", "tmpfs", "x", "/mnt"],
        capture_output=True,
        text=True,
        timeout=START_S,
        check=False,
    )
    return f"this machine lets nobody make another: {done.stderr}" if done.returncode else ""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    if reason := may_not():
        pytest.skip(reason)
    directory = tmp_path_factory.mktemp("machine")
    install(directory / "site")
    log = directory / "log"
    with log.open("wb") as output:
        outer = subprocess.Popen(
            ["sh", SCRIPT, directory, NAME],
            env={"PATH": PATH, "PYTHON": sys.executable},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        made = Machine(outer, log)
        try:
            end = time.monotonic() + START_S
            while (first := first_of(outer.pid)) is None:
                said = log.read_text(encoding="utf-8", errors="replace")
                assert time.monotonic() < end and outer.poll() is None, said
                time.sleep(0.1)
            made.first = first
            made.until_active()
            yield made
        finally:
            outer.kill()  # and with it the first process, and with that all others
            outer.wait()
            end = time.monotonic() + START_S
            while any(Path("/sys/fs/cgroup").glob(f"**/{NAME}")) and time.monotonic() < end:
                subprocess.run(["sh", SCRIPT, "remove", NAME], check=False, timeout=START_S)
                time.sleep(0.1)


@pytest.fixture(autouse=True)
def as_installed(machine: Machine) -> Iterator[None]:
    yield
    machine.restart_with("")


def seen(machine: Machine) -> dict[str, Any]:
    script = (HERE / "looking.py").read_text(encoding="utf-8")
    done = machine.run("/opt/monitor/bin/python", "-", given=script)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_page_comes_from_a_guarded_service(machine: Machine) -> None:
    now = machine.until_active()
    assert now["StatusText"] == "The page is at http://127.0.0.1:9050/"
    assert (now["Type"], now["DynamicUser"], now["User"]) == ("notify", "yes", "monitor")
    status = machine.run("cat", f"/proc/{now['MainPID']}/status").stdout
    for line in ("CapEff:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"):
        assert line in status
    shown = seen(machine)
    assert shown["status"] == 200
    assert "— monitor</title>" in shown["page"]


def test_it_sees_the_machine_and_not_only_itself(machine: Machine) -> None:
    machine.until_active()
    shown = seen(machine)
    names = {one.get("name") for one in shown["processes"]["process"].values()}
    assert {"systemd", "systemd-journal", "python"} <= names
    host = shown["host"]
    assert host["filesystem"]["/"]["read_only"] is False, "that is the service's own view"
    assert host["network"].keys() and host["disk"].keys() and host["memory"]["total"] > 0
    assert not {
        name: one for name, one in host["collector"].items() if one["state"] in ("error", "stale")
    }


def test_with_a_user_for_good_it_sees_the_units(machine: Machine) -> None:
    """dbus-daemon lets nobody in whose user systemd has made up (systemd issue 22737)."""
    machine.run("systemctl", "stop", "monitor")  # or there is a user of that name
    machine.run("useradd", "--system", "--shell", "/usr/sbin/nologin", "monitor")
    try:
        machine.restart_with("")
        machine.until_active()
        said = machine.run("curl", "-s", "http://127.0.0.1:9050/metrics").stdout
        states = [line for line in said.splitlines() if 'name="monitor.service"' in line]
        assert any('state="active"' in line and line.endswith(" 1") for line in states), states
    finally:
        machine.run("systemctl", "stop", "monitor")
        machine.run("userdel", "monitor")


def test_it_keeps_its_history_where_the_unit_says(machine: Machine) -> None:
    machine.until_active()
    assert "history.db" in machine.run("ls", "/var/lib/monitor/").stdout


def test_it_reloads(machine: Machine) -> None:
    before = machine.until_active()["MainPID"]
    assert machine.run("systemctl", "reload", "monitor").returncode == 0
    assert machine.until_active()["MainPID"] == before
    assert "reload.done" in machine.journal()


def test_a_frozen_one_is_started_anew(machine: Machine) -> None:
    machine.restart_with("WatchdogSec=2")
    before = machine.until_active()
    machine.run("kill", "-STOP", before["MainPID"])
    after = machine.until(lambda now: now.get("NRestarts") == "1")
    machine.until_active()
    assert after["MainPID"] != before["MainPID"]


def test_one_that_is_well_is_left_alone(machine: Machine) -> None:
    machine.restart_with("WatchdogSec=1")
    before = machine.until_active()["MainPID"]
    end = time.monotonic() + 4
    machine.until(lambda now: time.monotonic() > end)
    now = machine.show()
    assert (now["MainPID"], now["NRestarts"], now["ActiveState"]) == (before, "0", "active")


def typed(language: str) -> list[str]:
    """The blocks of the page that are marked so."""
    text = OPERATIONS.read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [block for marked, block in blocks if marked == language]


def test_every_command_of_the_operations_page_does_what_it_is_for(machine: Machine) -> None:
    """As somebody would type them who reads it from the top, on a machine without the service."""
    blocks = typed("sh")
    assert len(blocks) >= 7
    machine.run("systemctl", "disable", "--now", "monitor")
    machine.run("rm", "-f", "/etc/systemd/system/monitor.service")
    machine.run("tee", "/etc/monitor.toml", given='log_level = "info"\n')
    for block in blocks:
        done = machine.run("sh", "-eux", given=block)
        assert done.returncode == 0, f"{block}{done.stdout}{done.stderr}\n{machine.journal()}"
        if "systemctl restart" in block or "systemctl start" in block:
            machine.until_active()
    assert machine.run("ls", "/var/backups/monitor.db").returncode == 0
    # What was restored is gone on from: the service's user may write it.
    said = machine.run("curl", "-s", "http://127.0.0.1:9050/api/v1/history").stdout
    assert json.loads(said)["state"] == "ok"
    machine.run("systemctl", "stop", "monitor")
    machine.run("userdel", "monitor")


def test_what_is_typed_without_being_run_here_is_to_install() -> None:
    """From a package index, which the machine cannot reach: tests/test_packaging.py does that."""
    lines = "".join(typed("")).splitlines()
    assert lines
    assert all(re.match(r"python3 -m venv |\S+/pip install ", line) for line in lines)


def test_wrong_settings_are_not_tried_again(machine: Machine) -> None:
    assert machine.restart_with("Environment=MONITOR_PORT=x").returncode != 0
    now = machine.until(lambda now: now["ActiveState"] == "failed")
    assert (now["NRestarts"], now["ExecMainStatus"]) == ("0", "2")
