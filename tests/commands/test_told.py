"""Every command that README and docs tell of is typed here, as it stands there.

Where a page has an address, a directory or a certificate of the reader's, the test puts its own.
The commands of docs/OPERATIONS.md in blocks of `sh` are typed on a machine with systemd, by
tests/service/test_systemd.py.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support import certificates
from tests.web.test_page import Monitor

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SHELLS = ("", "sh", "bash")
LIMIT_S = 60.0
# A history of so long, so that there is something to be had of each question.
RECORDED_S = 8.0
PASSWORD = "correct horse battery\n"
# What is not typed here, and where it is.
ELSEWHERE = {
    "make run": "tests/test_start.py and every run of the tests by `make test`",
    "make test": "this is it",
    "python3 -m venv /opt/monitor": "tests/test_packaging.py",
    "/opt/monitor/bin/pip install ./monitor-0.1.0-py3-none-any.whl": "tests/test_packaging.py",
    "/opt/monitor/bin/pip install --upgrade ./monitor-0.2.0-py3-none-any.whl": "not made yet",
    "chromium --kiosk 'http://localhost:9050/?kiosk'": "tests/web/test_kiosk.py",
}


class Told(NamedTuple):
    """A command, and where it stands."""

    page: str
    shell: str
    command: str


def told() -> list[Told]:
    found = []
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        for shell, block in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            if shell in SHELLS:
                lines = [re.sub(r"\s{2,}# .*", "", line) for line in block.splitlines()]
                found += [Told(path.name, shell, line) for line in lines if line.strip()]
    return found


def typed_here() -> dict[str, list[str]]:
    """By page, in its order: what one line makes, the next one may need."""
    pages: dict[str, list[str]] = {}
    for page, shell, command in told():
        if command not in ELSEWHERE and (page, shell) != ("OPERATIONS.md", "sh"):
            pages.setdefault(page, []).append(command)
    return pages


class Place:
    """A directory with a monitor at work, and a shell in it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.home = directory / "state"
        self.cert, self.key = certificates.make(directory)
        programs = directory / "bin"
        programs.mkdir()
        # No link: an environment is found by where its python is.
        python = programs / "python"
        python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
        python.chmod(0o755)
        (directory / "textfiles").mkdir()
        self.environment = {
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "STATE_DIRECTORY": str(self.home),
            "HOME": str(directory),
        }
        self.now = ""
        self.monitor = Monitor(self.home)
        self.monitor.start()
        began = time.time()
        end = time.monotonic() + LIMIT_S
        asked = "curl 'http://localhost:9050/api/v1/processes?at=-2s'"
        while self.typed(asked).returncode != 0 or time.time() - began < RECORDED_S:
            assert time.monotonic() < end, "nothing is recorded"
            time.sleep(0.2)  # until there is
        self.now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 2))

    def its_own(self, command: str) -> str:
        for theirs, ours in (
            ("localhost:9050", f"localhost:{self.monitor.port}"),
            ("2026-11-23T10:15:02Z", self.now),
            # A minute ago there was no history here.
            ("metric=cpu&from=-1m", "metric=cpu&from=-3s"),
            ("/var/lib/monitor", str(self.home)),
            ("/etc/monitor/cert.pem", str(self.cert)),
            ("/etc/monitor/key.pem", str(self.key)),
            ("DIR/", f"{self.directory}/textfiles/"),
        ):
            command = command.replace(theirs, ours)
        # An answer that is an error is one here too.
        return command.replace("curl ", "curl -sS --fail-with-body ")

    def typed(self, command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["sh", "-c", self.its_own(command)],
            cwd=self.directory,
            env=self.environment,
            input=PASSWORD,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )

    def served(self, command: str) -> str:
        """What a server says of itself when it has begun; it has a history of its own."""
        words = f"exec {self.its_own(command)} --port 0"
        home = self.directory / "other"
        home.mkdir(exist_ok=True)
        for name in ("passwd", "tokens"):
            if (self.home / name).exists():
                (home / name).write_bytes((self.home / name).read_bytes())
                (home / name).chmod(0o600)
        with subprocess.Popen(
            ["sh", "-c", words],
            cwd=self.directory,
            env={**self.environment, "STATE_DIRECTORY": str(home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as server:
            assert server.stdout is not None
            said = server.stdout.readline()
            server.send_signal(signal.SIGTERM)
            _, faults = server.communicate(timeout=LIMIT_S)
        assert server.returncode == 0, faults
        return said


def serves(command: str) -> bool:
    return re.match(r"python -m monitor(?: --|$)", command) is not None


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.monitor.kill()


@pytest.mark.parametrize("page", sorted(typed_here()))
def test_what_is_told_is_what_happens(place: Place, page: str) -> None:
    for command in typed_here()[page]:
        if serves(command):
            assert "monitor is at" in place.served(command), command
            continue
        done = place.typed(command)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, command


def test_a_command_that_is_wrong_is_found(place: Place) -> None:
    for wrong in (
        "python -m monitor exprot --from -1h",
        "curl 'http://localhost:9050/api/v2/query'",
    ):
        assert place.typed(wrong).returncode != 0
    with pytest.raises(AssertionError, match="--prot"):
        place.served("python -m monitor --prot 1")


def test_what_is_typed_elsewhere_is_told_still() -> None:
    commands = {one.command for one in told()}
    assert not ELSEWHERE.keys() - commands
    assert len(commands) > 40
    # And what make is told to do, it knows.
    for command in ELSEWHERE:
        if command.startswith("make "):
            subprocess.run(["make", "-n", command[5:]], cwd=ROOT, check=True, capture_output=True)
