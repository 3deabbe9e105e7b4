"""Starting, and failing to: real processes on real ports."""

import os
import shlex
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-X", "dev", "-W", "error", "-m", "monitor"]


@contextmanager
def taken(family: socket.AddressFamily, host: str) -> Iterator[int]:
    with socket.socket(family) as sock:
        sock.bind((host, 0))
        sock.listen()
        yield sock.getsockname()[1]


@contextmanager
def started(*flags: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running monitor and the address that it prints."""
    with tempfile.TemporaryDirectory() as state:
        process = subprocess.Popen(
            [*COMMAND, "--port", "0", "--data-dir", state, *flags],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        # A start that hangs must not hang the tests.
        watchdog = threading.Timer(30, process.kill)
        watchdog.start()
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().split()[-1]
        finally:
            process.kill()
            process.communicate()
            watchdog.cancel()


def run(*flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *flags], capture_output=True, text=True, timeout=30, check=False
    )


def test_a_taken_port_costs_one_line() -> None:
    with taken(socket.AF_INET, "127.0.0.1") as port:
        ended = run("--port", str(port))
    assert ended.returncode == 1
    assert ended.stderr == (
        f"monitor: cannot listen on 127.0.0.1:{port}: the port is taken (Tor also uses 9050); "
        "choose another with --port\n"
    )
    assert ended.stdout == ""


def test_an_address_of_another_machine_costs_one_line() -> None:
    ended = run("--host", "203.0.113.9")
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stderr.startswith("monitor: cannot listen on 203.0.113.9:9050: ")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_it_prints_an_address_that_answers(host: str) -> None:
    with started("--host", host) as (_, url), urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.status == 200


def test_it_can_be_started_again_at_once_on_the_same_port() -> None:
    with started() as (_, url), urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.status == 200
    port = url.rstrip("/").rpartition(":")[2]
    with started("--port", port) as (_, again):
        assert again == url
        with urllib.request.urlopen(again, timeout=10) as answer:
            assert answer.status == 200


def refused(*flags: str) -> str:
    """The one line of a start that was refused for its settings."""
    ended = run("--port", "0", *flags)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("monitor: ") and ended.stderr.count("\n") == 1
    return ended.stderr.removeprefix("monitor: ").rstrip("\n")


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_others_are_not_let_in_without_a_password(host: str, tmp_path: Path) -> None:
    directory = tmp_path / "a b"
    said = refused("--host", host, "--data-dir", str(directory))
    command = f"python -m monitor passwd --data-dir '{directory}'"
    assert said == f"others can reach {host}, and there is no password; set one with: {command}"
    # And that command is all it takes.
    subprocess.run(
        [sys.executable, *shlex.split(command)[1:]],
        input="correct horse\n",
        text=True,
        timeout=30,
        check=True,
        capture_output=True,
    )
    with started("--host", host, "--data-dir", str(directory)) as (_, url):
        assert url.startswith("http://localhost:")


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("correct horse\n")
    for mode in (0o644, 0o640, 0o604, 0o602, 0o601):
        secret.chmod(mode)
        said = refused("--password-file", str(secret), "--data-dir", str(tmp_path / "data"))
        assert said.endswith(f"by others; do: chmod 600 {secret}"), oct(mode)
    for name in ("passwd", "tokens"):
        own = tmp_path / name
        own.touch()
        own.chmod(0o644)
        assert refused("--data-dir", str(tmp_path)).startswith(str(own))
        own.unlink()


def test_a_secret_that_is_none_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    os.mkfifo(secret)
    assert refused("--password-file", str(secret)) == f"{secret} is not a file"
    assert "No such file" in refused("--password-file", str(tmp_path / "absent"))
    for text in (b"", b"short\n", b"\xff" * 9, b"x" * 2000, bytes(2 << 20)):
        file = tmp_path / "file"
        file.write_bytes(text)
        file.chmod(0o600)
        assert refused("--password-file", str(file)).startswith(str(file))


def test_a_password_of_systemd_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert "no password" in refused("--host", "0.0.0.0", "--data-dir", str(tmp_path / "data"))
    (tmp_path / "password").write_text("correct horse")
    (tmp_path / "password").chmod(0o400)
    with started("--host", "0.0.0.0") as (_, url):
        assert url
