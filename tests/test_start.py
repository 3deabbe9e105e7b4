"""Starting, and failing to: real processes on real ports."""

import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

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


def test_a_public_address_is_warned_of() -> None:
    with started("--host", "0.0.0.0") as (process, _):
        process.terminate()
        _, log = process.communicate(timeout=30)
    assert any("WARNING" in line and "no password" in line for line in log.splitlines())
