"""SIGHUP, to a real monitor: what changes, what is told to need a restart, what is refused."""

import asyncio
import json
import os
import pty
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from monitor.reload import takers
from tests.support.manager import PATIENCE_S, Manager, bound, started

BEGIN = "log_level = 'debug'\nlog_format = 'json'\nmax_viewers = 2\n"


@dataclass
class Running:
    """A monitor with a file of settings."""

    process: subprocess.Popen[str]
    manager: Manager
    file: Path
    log: Path
    url: str

    def events(self, name: str) -> list[dict[str, Any]]:
        lines = self.log.read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return [one for one in found if one["event"] == name]

    def reload(self, text: str) -> None:
        """Give it these settings, and wait until it is ready again."""
        self.file.write_text(text, encoding="utf-8")
        self.process.send_signal(signal.SIGHUP)
        self.manager.until_named("RELOADING")
        self.manager.until_named("READY")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    file = tmp_path / "monitor.toml"
    file.write_text(BEGIN, encoding="utf-8")
    manager = bound(str(tmp_path / "notify"))
    flags = ("--config", str(file), "--interval", "0.25")
    with manager.socket, started(manager, tmp_path, flags=flags) as process:
        url = manager.until_named("READY")["STATUS"].split()[-1]
        yield Running(process, manager, file, tmp_path / "log", url)


def test_it_says_that_it_reloads_and_when(running: Running) -> None:
    before = time.monotonic()
    running.reload(BEGIN)
    said = next(states for _, states in running.manager.heard if "RELOADING" in states)
    assert said["RELOADING"] == "1"
    assert before <= int(said["MONOTONIC_USEC"]) / 1e6 <= time.monotonic()
    assert running.events("reload.done")[0]["changed"] == ""
    assert not running.events("reload.needs_restart")


async def test_seats_change_at_once(running: Running) -> None:
    async with aiohttp.ClientSession() as session:
        # Kept, or they would be closed as garbage and give their seats back.
        seated = [await session.ws_connect(running.url + "ws/metrics") for _ in range(2)]
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(running.url + "ws/metrics")
        await asyncio.to_thread(running.reload, BEGIN.replace("= 2", "= 3"))
        seated.append(await session.ws_connect(running.url + "ws/metrics"))
        assert not any(viewer.closed for viewer in seated)
    assert running.events("reload.done")[0]["changed"] == "max_viewers"


def test_the_log_changes_at_once(running: Running) -> None:
    running.reload(BEGIN.replace("debug", "error"))
    assert not running.events("reload.done"), "that is told at info, which is no longer logged"
    running.reload(BEGIN)
    assert running.events("reload.done")


def test_what_cannot_change_is_named_and_stays(running: Running) -> None:
    running.reload(BEGIN + "base_path = '/x'\ninterval = 2\ncpu_budget = 3\n")
    (done,) = running.events("reload.done")
    # The flag wins over the file, as at the start: the interval has not changed.
    assert done["changed"] == "cpu_budget"
    (left,) = running.events("reload.needs_restart")
    assert (left["level"], left["settings"]) == ("warning", "base_path")
    running.reload(BEGIN + "base_path = '/x'\ncpu_budget = 3\n")
    assert running.events("reload.done")[-1]["changed"] == ""
    assert running.events("reload.needs_restart")[-1]["settings"] == "base_path"


def test_wrong_settings_are_refused_whole(running: Running) -> None:
    running.reload(BEGIN.replace("= 2", "= 3") + "prot = 1\n")
    (refused,) = running.events("reload.refused")
    assert refused["level"] == "error" and "unknown key 'prot'" in refused["reason"]
    running.reload(BEGIN.replace("= 2", "= 3"))
    assert running.events("reload.done")[0]["changed"] == "max_viewers"
    assert running.process.poll() is None


def test_the_operations_page_names_what_changes_at_once() -> None:
    nothing: Any = None  # what they are handed to is not asked
    page = (Path(__file__).parents[1] / "docs" / "OPERATIONS.md").read_text(encoding="utf-8")
    told = page.partition("At once change ")[2].partition(". ")[0]
    assert set(re.findall("`([a-z_]+)`", told)) == takers(nothing, nothing).keys()


@contextmanager
def terminal() -> Iterator[tuple[int, Callable[[], None]]]:
    """The end of it that a program has, and what hangs it up."""
    ours, theirs = pty.openpty()
    left = [ours]
    try:
        yield theirs, lambda: os.close(left.pop())
    finally:
        os.close(theirs)
        for descriptor in left:
            os.close(descriptor)


def test_a_terminal_that_goes_ends_what_was_started_from_it(tmp_path: Path) -> None:
    manager = bound(str(tmp_path / "notify"))
    with (
        manager.socket,
        terminal() as (theirs, hang_up),
        started(manager, tmp_path, stdin=theirs) as process,
    ):
        manager.until_named("READY")
        process.send_signal(signal.SIGHUP)
        manager.until_named("RELOADING")
        manager.until_named("READY")
        hang_up()
        process.send_signal(signal.SIGHUP)
        manager.until_named("STOPPING")
        assert process.wait(PATIENCE_S) == 0
