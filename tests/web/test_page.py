"""The page in a real browser, against a real monitor and against a hostile one."""

import asyncio
import contextlib
import json
import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp_jinja2
import jinja2
import pytest
from aiohttp import WSMsgType, web
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, sync_playwright

from monitor.web.headers import HEADERS

ROOT = Path(__file__).parents[2]
CHROMIUM = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
INTERVAL_S = 1.0
# What the page allows beyond two intervals, how often it looks, and a busy machine's own delay.
# What the page promises, and a second for the browser under load and for the asking.
STALE_S = 2 * INTERVAL_S + 1.0
START_S = 30.0
LIVE = "document.documentElement.dataset.phase === 'live'"
NOT_LIVE = f"!({LIVE})"
TICKS = "Number(document.querySelector('[data-figure=\"monitor.ticks\"]').textContent)"
SECTIONS = ["cpu", "memory", "disk", "network", "pressure", "more"]
# The modules of the page, as it has them itself.
MAIN = "import(new URL('static/js/main.js', document.baseURI))"


class Monitor:
    """A monitor in a process of its own; `start` again takes the same port."""

    def __init__(self, home: Path, *flags: str) -> None:
        self.home = home
        self.flags = flags
        self.port = 0
        self.url = ""
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "--port", str(self.port), *self.flags],
            cwd=ROOT,
            env={**os.environ, "STATE_DIRECTORY": str(self.home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.url = self._announced(self.process)
        self.port = urlsplit(self.url).port or 0

    def _announced(self, process: "subprocess.Popen[str]") -> str:
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            assert selector.select(START_S), "it did not say where it is"
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found is not None
        return found[0]

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()


class Visit:
    """One look at the page, and all that its browser complained of."""

    def __init__(self, browser: Browser, url: str, **screen: Any) -> None:
        self.url = url
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        self.context = browser.new_context(**screen)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.page.on("websocket", lambda socket: self.hosts.add(urlsplit(socket.url).netloc))
        self.page.goto(url)

    def _heard(self, message: ConsoleMessage) -> None:
        # That a connection cannot be had is said by the browser itself, each time.
        lost = ("WebSocket connection to", "Failed to load resource: net::")
        if message.type in ("error", "warning") and not message.text.startswith(lost):
            self.complaints.append(message.text)

    def until(self, condition: str, seconds: float = START_S) -> None:
        # Not wait_for_function: it evaluates strings in the page, which the page's policy forbids.
        self.page.evaluate(
            f"""() => new Promise((done, fail) => {{
                const end = performance.now() + {seconds * 1000};
                const look = async () => {{
                    if (await ({condition})) done();
                    else if (performance.now() > end) fail(new Error("never so"));
                    else setTimeout(look, 20);
                }};
                look();
            }})"""
        )

    def ask(self, expression: str) -> Any:
        return self.page.evaluate(expression)

    def text(self, selector: str) -> str:
        return self.page.inner_text(selector).replace("\u00a0", " ")

    def line(self, pid: int) -> Locator:
        """The line of that process in the table, found by its number: those of others may begin
        with it. Of a process that lives for as long as it is looked at: one that ends has no more
        details.
        """
        self.page.fill("#process-search", str(pid))
        number = self.page.get_by_role("gridcell", name=str(pid), exact=True)
        return self.page.locator(".process-body .process-row", has=number)

    def enter(self, pid: int) -> None:
        """Ask for its details. Not by the mouse: while the page comes to life it grows above the
        table, and a click that begins on a line and ends beside it is none.
        """
        self.line(pid).dispatch_event("click", timeout=START_S * 1000)

    def close(self) -> None:
        self.context.close()
        assert self.complaints == []
        assert self.hosts == {urlsplit(self.url).netloc}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        yield found
        found.close()


@pytest.fixture(scope="module")
def monitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitor]:
    running = Monitor(tmp_path_factory.mktemp("home"))
    running.start()
    yield running
    running.kill()


@contextlib.contextmanager
def visit(browser: Browser, url: str, **screen: Any) -> Iterator[Visit]:
    """A look at the page; on leaving, nothing was complained of and no other host was asked."""
    here = Visit(browser, url, **screen)
    try:
        yield here
    finally:
        here.close()


def test_figures_are_live(browser: Browser, monitor: Monitor) -> None:
    with visit(browser, monitor.url) as here:
        here.until(LIVE)
        seen = here.ask(TICKS)
        here.until(f"{TICKS} >= {seen + 3}")
        assert re.fullmatch(r"\d+ % CPU · \d+ % mem — .+", here.page.title().replace("\u00a0", " "))
        assert re.fullmatch(r"\d+(\.\d)? ?%", here.text(".tile[data-family=cpu] .large"))
        here.page.click("[data-opens=cpu]")
        here.until(f"document.querySelectorAll('#cores > li').length === {os.cpu_count()}")
        here.page.click("[data-opens=network]")
        here.until("document.querySelectorAll('#network-rows th').length >= 1")
        assert here.text("#badge") == "Live"


def test_the_minutes_before_are_there_at_once(browser: Browser, monitor: Monitor) -> None:
    with visit(browser, monitor.url) as early:
        early.until(f"{LIVE} && {TICKS} >= 5")
    with visit(browser, monitor.url) as here:
        here.until(f"{MAIN}.then(({{page}}) => page.series.points.length >= 5)")
        points = here.ask(f"{MAIN}.then(({{page}}) => page.series.points)")
        joined = here.ask("performance.timeOrigin / 1000")
        assert points[0]["time"] < joined - 3
        times = [point["time"] for point in points]
        assert times == sorted(set(times))
        drawn = here.ask(f"{MAIN}.then(({{page}}) => page.charts[0].uplot.data[1])")
        assert sum(isinstance(value, int | float) for value in drawn) >= 3


def test_a_killed_monitor_is_said_at_once_and_comes_back(browser: Browser, tmp_path: Path) -> None:
    server = Monitor(tmp_path)
    server.start()
    try:
        with visit(browser, server.url) as here:
            here.until(f"{LIVE} && {TICKS} >= 3")
            before = here.ask(f"{MAIN}.then(({{page}}) => page.time)")
            server.kill()
            killed = time.monotonic()
            here.until(NOT_LIVE, STALE_S)
            assert time.monotonic() - killed < STALE_S
            _assert_marked_stale(here)
            age = here.text("#detail")
            here.until(f"document.getElementById('detail').textContent !== {json.dumps(age)}")
            server.start()
            here.until(LIVE)
            seen = here.ask(TICKS)
            here.until(f"{TICKS} > {seen}")
            assert "mem" in here.page.title()
            assert not here.page.is_visible("#message")
            times = here.ask(f"{MAIN}.then(({{page}}) => page.series.points.map(p => p.time))")
            assert times[0] <= before < times[-1], "what was known before is still there"
    finally:
        server.kill()


def _assert_marked_stale(here: Visit) -> None:
    assert "not live" in here.page.title()
    assert here.text("#badge") == "Not live"
    assert here.text("#message") == "The connection to the monitor is lost."
    assert re.search(r"Figures are \d+ s old", here.text("#detail"))
    assert here.ask("getComputedStyle(document.querySelector('main')).filter") == "grayscale(1)"
    assert here.ask("getComputedStyle(document.getElementById('as-of')).textDecorationLine") == (
        "line-through"
    )


def test_a_silent_monitor_is_said_and_forgiven(browser: Browser, tmp_path: Path) -> None:
    server = Monitor(tmp_path)
    server.start()
    try:
        with visit(browser, server.url) as here:
            here.until(f"{LIVE} && {TICKS} >= 2")
            server.signal(signal.SIGSTOP)
            here.until(NOT_LIVE, STALE_S + INTERVAL_S)
            assert here.text("#message") == "The monitor has gone silent."
            server.signal(signal.SIGCONT)
            here.until(LIVE)
    finally:
        server.signal(signal.SIGCONT)
        server.kill()


def test_a_stop_is_told_from_a_failure(browser: Browser, tmp_path: Path) -> None:
    server = Monitor(tmp_path)
    server.start()
    try:
        with visit(browser, server.url) as here:
            here.until(LIVE)
            server.signal(signal.SIGTERM)
            here.until(NOT_LIVE, STALE_S)
            here.until(
                "document.getElementById('message').textContent === 'The monitor was stopped.'"
            )
    finally:
        server.kill()


def test_a_frozen_tab_greys_before_it_goes_on(browser: Browser, monitor: Monitor) -> None:
    with visit(browser, monitor.url) as here:
        here.until(LIVE)
        here.ask(
            "() => { window.phases = []; new MutationObserver(() => "
            "window.phases.push(document.documentElement.dataset.phase))"
            ".observe(document.documentElement, {attributeFilter: ['data-phase']}); }"
        )
        # Nothing of the page runs, no timer and no message, for as long as it is kept busy.
        here.ask(
            f"() => {{ const end = performance.now() + {4000 * INTERVAL_S};"
            " while (performance.now() < end); }"
        )
        here.until(f"window.phases.length > 0 && {LIVE}")
        assert here.ask("window.phases") == ["checking", "live"]


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_nothing_is_wider_than_the_screen(browser: Browser, monitor: Monitor, width: int) -> None:
    with visit(browser, monitor.url, viewport={"width": width, "height": 844}) as here:
        here.until(LIVE)
        assert here.ask("document.documentElement.scrollWidth") <= width
        for section in SECTIONS:
            here.page.click(f"[data-opens={section}]")
            here.page.locator(f"#section-{section}").wait_for()
            assert here.ask("document.documentElement.scrollWidth") <= width, section


def test_the_page_works_below_another_path(browser: Browser, tmp_path: Path) -> None:
    server = Monitor(tmp_path, "--base-path", "/deep/er")
    server.start()
    try:
        with visit(browser, server.url) as here:
            assert urlsplit(here.page.url).path == "/deep/er/"
            here.until(LIVE)
    finally:
        server.kill()


# --- A monitor whose every name was chosen to do harm ---------------------------------------------

HOSTILE = [
    '<img src=x onerror="window.harmed=1">',
    "</script><script>window.harmed=1</script>",
    "javascript:window.harmed=1",
    "__proto__",
    "constructor",
    '"><b onmouseover=window.harmed=1>',
    "{{ 7 * 7 }}",
    "a\u202egnp.exe",
    "line\nbreak",
    "/" + "long" * 80,
]


def _metric(unit: str, key: str | None = None) -> dict[str, str]:
    return {"kind": "gauge", "unit": unit, "help": HOSTILE[0], **({"key": key} if key else {})}


METRICS = {
    "host.hostname": _metric("text"),
    "host.os": _metric("text"),
    "cpu.usage": _metric("ratio"),
    "core.usage": _metric("ratio", "core"),
    "memory.used_share": _metric("ratio"),
    "filesystem.used_share": _metric("ratio", "mountpoint"),
    "disk.read_bytes": _metric("bytes/s", "device"),
    "network.receive_bytes": _metric(HOSTILE[0], "interface"),
    "monitor.ticks": _metric("count"),
    "collector.state": _metric("text", "name"),
}


def _hostile_document(seq: int) -> dict[str, Any]:
    return {
        "host": {"hostname": HOSTILE[0], "os": HOSTILE[1], "uptime": 12},
        "cpu": {"usage": 0.12},
        "core": {name: {"usage": 0.5} for name in HOSTILE},
        "memory": {"used_share": 0.34},
        "filesystem": {
            name: {"device": name, "type": name, "used_share": 0.97} for name in HOSTILE
        },
        "disk": {name: {"read_bytes": 1000} for name in HOSTILE},
        "network": {name: {"receive_bytes": 7, "speed": name, "up": name} for name in HOSTILE},
        "monitor": {"ticks": seq, "version": HOSTILE[0]},
        "collector": {
            "pressure": {"state": "unavailable", "reason": "no PSI " + HOSTILE[0]},
            HOSTILE[0]: {"state": HOSTILE[1], "reason": HOSTILE[0]},
        },
    }


class Impostor:
    """Serves the real page, and a stream that follows the protocol with hostile names in it."""

    def __init__(self, protocol: int = 1) -> None:
        self.protocol = protocol
        self.url = ""
        self._viewers: set[web.WebSocketResponse] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(START_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        runner = web.AppRunner(self._app(), shutdown_timeout=0.1)
        self._loop.run_until_complete(self._serve(runner))
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())

    async def _serve(self, runner: web.AppRunner) -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"

    def _app(self) -> web.Application:
        app = web.Application()
        aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader(ROOT / "templates"))
        app.router.add_get("/", self._page)
        app.router.add_get("/ws/metrics", self._stream)
        app.router.add_static("/static", ROOT / "static")
        return app

    async def _page(self, request: web.Request) -> web.StreamResponse:
        names = {"hostname": HOSTILE[0], "version": HOSTILE[1], "interval": INTERVAL_S}
        page = aiohttp_jinja2.render_template("index.html", request, names)
        page.headers.update(HEADERS)
        return page

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        viewer = web.WebSocketResponse()
        await viewer.prepare(request)
        self._viewers.add(viewer)
        await viewer.send_json(
            {
                "type": "welcome",
                "protocol": self.protocol,
                "version": self.version(),
                "session": "impostor",
                "interval": INTERVAL_S,
                "topics": {"host": {"help": ""}},
                "metrics": METRICS,
            }
        )
        await viewer.send_json(self._message("snapshot", 1, data=_hostile_document(1)))
        ticking = asyncio.create_task(self._tick(viewer))
        async for message in viewer:
            if message.type is WSMsgType.TEXT and message.json()["type"] == "history":
                data = {"cpu": {"usage": [0.1]}, "disk": {n: {"read_bytes": [5]} for n in HOSTILE}}
                times = [time.time() - 30]
                await viewer.send_json({"type": "history", "times": times, "data": data})
        ticking.cancel()
        self._viewers.discard(viewer)
        return viewer

    def version(self) -> str:
        """What it says that it is."""
        return "0.1.0"

    def drop(self) -> None:
        """End all streams."""
        for viewer in [*self._viewers]:
            asyncio.run_coroutine_threadsafe(viewer.close(), self._loop).result(START_S)

    async def _tick(self, viewer: web.WebSocketResponse) -> None:
        seq = 1
        with contextlib.suppress(ConnectionError):
            while True:
                await asyncio.sleep(INTERVAL_S / 4)  # the stream's own pace
                seq += 1
                patch = {"monitor": {"ticks": seq}, "filesystem": {"__proto__": {"size": seq}}}
                await viewer.send_json(self._message("patch", seq, base=seq - 1, data=patch))

    def _message(self, kind: str, seq: int, **more: Any) -> dict[str, Any]:
        return {"type": kind, "topic": "host", "seq": seq, "time": time.time(), **more}


def test_hostile_names_are_shown_as_text_and_nothing_runs(browser: Browser) -> None:
    with (
        Impostor() as server,
        visit(browser, server.url, viewport={"width": 390, "height": 844}) as here,
    ):
        here.until(f"{LIVE} && {TICKS} > 3")
        for section in SECTIONS:
            here.page.click(f"[data-opens={section}]")
            assert here.ask("document.documentElement.scrollWidth") <= 390, section
        here.page.click("[data-opens=disk]")
        here.until("document.querySelectorAll('#filesystem-rows th .text').length > 1")
        shown = here.ask(
            "[...document.querySelectorAll('#filesystem-rows th .text')]"
            ".map(each => each.textContent)"
        )
        assert sorted(shown) == sorted(HOSTILE)
        assert here.ask("document.querySelector('h1').textContent") == HOSTILE[0]
        assert HOSTILE[0] in here.page.title()
        assert here.ask("document.querySelectorAll('img, b, main script').length") == 0
        assert here.ask("window.harmed") is None
        assert here.ask("({}).size") is None, "no prototype was reached"
        assert here.ask("document.documentElement.scrollWidth") <= 390


def test_what_a_machine_does_not_have_is_said_with_its_reason(browser: Browser) -> None:
    with Impostor() as server, visit(browser, server.url) as here:
        here.until(f"{LIVE} && {TICKS} > 1")
        tile = here.page.locator(".tile[data-family=pressure]")
        assert "Not available: no PSI" in tile.inner_text()
        assert not here.page.locator("#chart-pressure").is_visible()
        # Absent on its own: a dash, and the reason where the pointer rests.
        here.page.click("[data-opens=memory]")
        cell = here.page.locator("[data-figure='memory.available']")
        assert cell.inner_text() == "\N{EN DASH}"
        assert cell.get_attribute("title") == "Not known at this moment"
        here.page.click("[data-opens=more]")
        here.until("document.querySelector('#absent-count').textContent !== ''")
        assert here.text("#absent-count") == "Not on this machine: 1"
        here.page.click("#absent-count")
        assert "pressure (no PSI" in here.text("#absent-list")


def test_another_protocol_is_said_and_a_reload_offered(browser: Browser) -> None:
    with Impostor(protocol=2) as server, visit(browser, server.url) as here:
        here.until("document.documentElement.dataset.phase === 'foreign'")
        assert here.page.is_visible("#reload")
        assert not here.page.is_visible("#retry")
        here.page.click("#reload")
        here.until("document.documentElement.dataset.phase === 'foreign'")
