"""The page on a network that fails: it comes back with all that it missed, and invents nothing."""

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, WebSocket, sync_playwright
from websockets.sync.client import connect

from tests.support.proxy import Proxy
from tests.web.test_page import CHROMIUM, LIVE, MAIN, NOT_LIVE, Monitor, Visit
from tests.wire.test_document import apply

INTERVAL_S = 0.25
OFFLINE_S = 60
LONG_S = 30.0
# Of the page's charts; `rates` of a viewer differ from nothing that another one sees.
CHARTED = "cpu.usage"
POINTS = f"{MAIN}.then(({{page}}) => page.series.points.map(({{time, row}}) => [time, row]))"
NAMES = f"{MAIN}.then(({{page}}) => page.series.names)"
LAST = f"{MAIN}.then(({{page}}) => page.time)"
ROWS = f"{MAIN}.then(({{processes}}) => processes.store.rows.size)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        yield found
        found.close()


class Witness:
    """A viewer whose network never fails, and what it saw."""

    def __init__(self, port: int) -> None:
        self.seen: dict[float, Any] = {}
        self._news = threading.Condition()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, args=(port,), daemon=True)
        self._thread.start()

    def _listen(self, port: int) -> None:
        document: Any = {}
        with connect(f"ws://127.0.0.1:{port}/ws/metrics", max_size=None) as stream:
            for message in map(json.loads, stream):
                if self._over.is_set():
                    return
                if message["type"] not in ("snapshot", "patch"):
                    continue
                document = apply(document if "base" in message else {}, message["data"])
                with self._news:
                    self.seen[message["time"]] = document["cpu"].get("usage")
                    self._news.notify_all()

    def wait(self, ticks: int) -> None:
        """Until so many more have come."""
        with self._news:
            until = len(self.seen) + ticks
            assert self._news.wait_for(lambda: len(self.seen) >= until, LONG_S + ticks)

    def close(self) -> None:
        self._over.set()
        self._thread.join(LONG_S)


@pytest.fixture
def monitor(tmp_path: Path) -> Iterator[Monitor]:
    subject = Monitor(tmp_path, "--interval", str(INTERVAL_S))
    subject.start()
    yield subject
    subject.kill()


def heard(here: Visit) -> list[list[str]]:
    """Of each WebSocket that the page will open, what it hears: `type topic`."""
    sockets: list[list[str]] = []

    def follow(stream: WebSocket) -> None:
        told: list[str] = []
        sockets.append(told)
        stream.on("framereceived", lambda frame: told.append(_what(json.loads(str(frame)))))

    here.page.on("websocket", follow)
    return sockets


def _what(message: Any) -> str:
    return f"{message['type']} {message.get('topic', '')}".strip()


def compare(here: Visit, witness: Witness, since: float) -> int:
    """Each tick that the witness saw since then is in the page's series, with the same figure."""
    column = here.ask(NAMES).index(CHARTED)
    points = {time: row[column] for time, row in here.ask(POINTS)}
    newest = max(points)
    expected = {t: usage for t, usage in witness.seen.items() if since <= t <= newest}
    assert {t: points.get(t) for t in expected} == expected
    assert [t for t in points if since <= t and t not in witness.seen] == []
    return len(expected)


def test_after_a_minute_offline_every_chart_is_complete_and_nothing_is_invented(
    browser: Browser, monitor: Monitor
) -> None:
    witness = Witness(monitor.port)
    witness.wait(2)
    with Proxy(monitor.port) as network:
        here = Visit(browser, f"http://127.0.0.1:{network.port}/")
        here.until(LIVE)
        since = here.ask(LAST)
        # Without the table's own topic this page would only be half of it.
        here.until(f"{ROWS}.then((rows) => rows > 5)")
        sockets = heard(here)
        network.cut()
        here.until(NOT_LIVE)
        witness.wait(round(OFFLINE_S / INTERVAL_S))
        network.mend()
        here.until(LIVE)
        witness.wait(4)
        assert compare(here, witness, since) >= OFFLINE_S / INTERVAL_S
        # Not from the server's last two minutes: a topic beside has none of those.
        beside = {"topic commands", "patch commands"}  # where one began meanwhile
        told = {"welcome", "topic processes", "patch host", "patch processes"}
        assert set(sockets[-1]) - beside == told
        here.until(f"{ROWS}.then((rows) => rows > 5)")
        here.close()
    witness.close()


def test_a_network_that_swallows_all_is_no_gap_either(browser: Browser, monitor: Monitor) -> None:
    witness = Witness(monitor.port)
    witness.wait(2)
    with Proxy(monitor.port) as network:
        here = Visit(browser, f"http://127.0.0.1:{network.port}/")
        here.until(LIVE)
        since = here.ask(LAST)
        network.die()
        here.until(NOT_LIVE)
        witness.wait(30)
        network.cut()
        network.mend()
        here.until(LIVE)
        witness.wait(2)
        assert compare(here, witness, since) >= 30
        here.close()
    witness.close()


def test_a_restart_of_the_server_is_a_gap_and_drawn_as_one(
    browser: Browser, monitor: Monitor
) -> None:
    here = Visit(browser, monitor.url)
    here.until(LIVE)
    before = here.ask(LAST)
    monitor.kill()
    here.until(NOT_LIVE)
    monitor.start()
    here.until(LIVE)
    table = here.ask(f"{MAIN}.then(({{page}}) => page.series.table())")
    after = next(at for at, time in enumerate(table["times"]) if time > before)
    assert {column[after] for column in table["columns"].values()} == {None}
    here.close()
