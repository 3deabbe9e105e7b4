"""Programs that answer HTTP, each in a process of its own on a port of its own."""

import contextlib
import http.client
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from monitor.clock import SystemClock
from tests.collectors.exporter import Page, parse
from tests.support.subject import free_port

ROOT = Path(__file__).parents[2]
NODE_EXPORTER = shutil.which("prometheus-node-exporter")
PROMETHEUS = shutil.which("prometheus")
PROMTOOL = shutil.which("promtool")
with_node_exporter = pytest.mark.skipif(
    NODE_EXPORTER is None, reason="no prometheus-node-exporter here"
)
with_prometheus = pytest.mark.skipif(
    PROMETHEUS is None or PROMTOOL is None, reason="no prometheus here"
)

# Longer than anything here takes, in seconds, and between two looks at it.
PATIENCE_S = 60.0
PAUSE_S = 0.02

T = TypeVar("T")


def eventually(look: Callable[[], T | None], what: str) -> T:
    """What `look` sees as soon as it is not None. Fails where that takes too long."""
    clock, never = SystemClock(), threading.Event()
    end = clock.monotonic() + PATIENCE_S
    while (seen := look()) is None:
        assert clock.monotonic() < end, f"not within {PATIENCE_S:.0f} s: {what}"
        never.wait(PAUSE_S)
    return seen


def fetch(address: str, accept: str = "*/*") -> str | None:
    """The page at an address; None where nobody answers, or not yet."""
    request = urllib.request.Request(address, headers={"Accept": accept})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return str(answer.read().decode())
    except (urllib.error.URLError, ConnectionError, http.client.HTTPException):
        return None


def scrape(address: str, accept: str = "*/*") -> Page:
    """The samples and types of a page of metrics, as soon as there is one."""
    return parse(eventually(lambda: fetch(address, accept), address))


@contextlib.contextmanager
def running(command: list[str], log: Path, cwd: Path | None = None) -> Iterator[None]:
    """A program, for as long as this lasts. What it says goes to a file."""
    with (
        log.open("wb") as output,
        subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=cwd) as process,
    ):
        try:
            yield
            assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")
        finally:
            process.terminate()


@contextlib.contextmanager
def node_exporter(at: Path, *flags: str) -> Iterator[str]:
    """Debian's node_exporter; the address of its metrics."""
    port = free_port()
    command = [str(NODE_EXPORTER), f"--web.listen-address=127.0.0.1:{port}", *flags]
    with running(command, at / "node_exporter.log"):
        yield f"http://127.0.0.1:{port}/metrics"


@contextlib.contextmanager
def monitor(at: Path, *flags: str) -> Iterator[str]:
    """This program; the address of its metrics."""
    port = free_port()
    command = [sys.executable, "-m", "monitor", "--port", str(port), "--data-dir", str(at), *flags]
    with running(command, at / "monitor.log", cwd=ROOT):
        yield f"http://127.0.0.1:{port}/metrics"
