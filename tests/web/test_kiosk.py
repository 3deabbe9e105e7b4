"""The page on a wall: nothing to press, legible from afar, and it looks after itself."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import aiohttp_jinja2
import pytest
from aiohttp import web
from playwright.sync_api import Browser

from monitor.web.headers import HEADERS
from tests.web.test_page import INTERVAL_S, LIVE, START_S, TICKS, Impostor, Monitor, Visit, visit
from tests.web.test_page import browser as browser  # noqa: PLC0414  # a fixture

WALL = {"width": 1920, "height": 1080}
# From three metres, on a screen of 43 inches (0.5 mm a pixel): lines of letters 9 mm high.
LEAST_PX = 18
REST_S = 3.0
CALM_S = 3.0


@pytest.fixture(scope="module")
def monitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitor]:
    running = Monitor(tmp_path_factory.mktemp("home"))
    running.start()
    yield running
    running.kill()


def until(here: Visit, condition: Callable[[], bool]) -> None:
    """Asked from here: a script that waits is lost with the page that it waits in."""
    end = time.monotonic() + START_S
    while not condition():
        assert time.monotonic() < end
        here.page.wait_for_timeout(50)


def kiosk(url: str) -> str:
    return f"{url}?kiosk"


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (1080, 1920), (3840, 2160)])
def test_all_is_on_the_screen_and_nothing_can_be_pressed(
    browser: Browser, monitor: Monitor, size: tuple[int, int]
) -> None:
    width, height = size
    screen = {"viewport": {"width": width, "height": height}}
    with visit(browser, kiosk(monitor.url), **screen) as here:
        here.until(f"{LIVE} && document.querySelector('.process-body .process-row')")
        root = "document.documentElement"
        assert here.ask(f"{root}.scrollHeight") <= height
        assert here.ask(f"{root}.scrollWidth") <= width
        for part in ("#headline", ".tile", ".chart", ".process-body .process-row"):
            for found in here.page.locator(part).all()[:5]:
                box = found.bounding_box()
                assert box is not None, part
                assert box["y"] >= 0 and box["y"] + box["height"] <= height, part
        for control in ("button", "input", "select", "summary", "a", "#ruler"):
            for each in here.page.locator(control).all():
                # A head of a column or the title of a tile is a button elsewhere; here it is inert.
                assert not each.is_visible() or each.evaluate(
                    "(e) => e.closest('[inert]') !== null"
                )


def test_it_is_legible_from_three_metres(browser: Browser, monitor: Monitor) -> None:
    with visit(browser, kiosk(monitor.url), viewport=WALL) as here:
        here.until(f"{LIVE} && document.querySelector('.process-body .process-row')")
        small = here.ask(
            "[...document.querySelectorAll('body *')]"
            ".filter((e) => e.checkVisibility({visibilityProperty: true}) && "
            "[...e.childNodes].some((n) => n.nodeType === 3 && n.nodeValue.trim()))"
            ".map((e) => [e.id || e.className, parseFloat(getComputedStyle(e).fontSize)])"
            f".filter(([, size]) => size < {LEAST_PX})"
        )
        assert small == []
        assert (
            here.ask("parseFloat(getComputedStyle(document.querySelector('#headline')).fontSize)")
            > 36
        )
        cut = here.ask(
            "[...document.querySelectorAll('.process-row .process-cell:not(.lead), .large')]"
            ".filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent)"
        )
        assert cut == []


def test_a_hand_on_it_changes_nothing(browser: Browser, monitor: Monitor) -> None:
    with visit(browser, kiosk(monitor.url), viewport=WALL) as here:
        here.until(f"{LIVE} && {TICKS} > 2")
        box = here.page.locator(".chart").first.bounding_box()
        assert box is not None
        here.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        for key in ("ArrowLeft", "?", ",", "/", "e", "[", "Tab", "Enter"):
            here.page.keyboard.press(key)
        assert here.ask("document.documentElement.dataset.when ?? null") is None
        assert here.ask("location.hash") == ""
        assert here.page.locator("dialog[open]").count() == 0
        assert here.ask("document.activeElement === document.body")


def test_the_pointer_is_hidden_when_it_rests(browser: Browser, monitor: Monitor) -> None:
    cursor = "getComputedStyle(document.querySelector('#headline')).cursor"
    with visit(browser, kiosk(monitor.url), viewport=WALL) as here:
        here.until(LIVE)
        here.page.mouse.move(300, 300)
        here.page.mouse.move(310, 300)
        assert here.ask(cursor) != "none"
        before = here.ask("performance.now()")
        here.until(f"{cursor} === 'none'", 2 * REST_S)
        assert here.ask("performance.now()") - before > (REST_S - 0.5) * 1000
        here.page.mouse.move(320, 300)
        here.until(f"{cursor} !== 'none'", 1.0)


class Versioned(Impostor):
    """Of a version that can be changed, page and stream apart; it counts how often it is loaded."""

    def __init__(self, page: str, stream: str, protocol: int = 1) -> None:
        super().__init__(protocol)
        self.of_page, self.of_stream = page, stream
        self.loads = 0
        self.joins = 0

    async def _page(self, request: web.Request) -> web.StreamResponse:
        self.loads += 1
        names = {"hostname": "wall", "version": self.of_page, "interval": INTERVAL_S}
        page = aiohttp_jinja2.render_template("index.html", request, names)
        page.headers.update(HEADERS)
        return page

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        self.joins += 1
        return await super()._stream(request)

    def version(self) -> str:
        return self.of_stream

    def joined_since(self, joins: int) -> bool:
        return self.joins > joins

    def update(self, version: str) -> None:
        """Another version answers from now on; who listens is let go."""
        self.of_page = self.of_stream = version
        self.drop()


def test_it_loads_itself_again_when_the_monitor_was_updated(browser: Browser) -> None:
    with Versioned("1.0", "1.0") as server, visit(browser, kiosk(server.url)) as here:
        here.page.wait_for_selector("html[data-phase=live]")
        assert server.loads == 1
        for at, version in enumerate(("1.1", "1.2", "1.1"), 2):
            server.update(version)
            here.page.wait_for_selector(f"html[data-phase=live] [data-version='{version}']")
            joined = server.joins
            # It stays: another connection to the same version is no reason to load it again.
            server.drop()
            until(here, partial(server.joined_since, joined))
            here.page.wait_for_selector("html[data-phase=live]")
            assert server.loads == at


@pytest.mark.parametrize("protocol", [1, 2])
def test_it_is_never_loaded_in_a_loop(browser: Browser, protocol: int) -> None:
    # A cache that keeps an old page, or a server that cannot be understood at all.
    with Versioned("1.0", "1.1", protocol) as server, visit(browser, kiosk(server.url)) as here:
        phase = {1: "live", 2: "foreign"}[protocol]
        here.page.wait_for_selector(f"html[data-phase={phase}]")
        until(here, lambda: server.loads >= 2)
        here.page.wait_for_selector(f"html[data-phase={phase}]")
        # A page that is loaded again begins to count anew.
        until(here, lambda: bool(here.ask(f"performance.now() > {CALM_S * 1000}")))
        assert server.loads == 2


def test_a_page_that_is_no_kiosk_is_left_alone(browser: Browser) -> None:
    with Versioned("1.0", "1.1") as server, visit(browser, server.url) as here:
        here.until(f"{LIVE} && {TICKS} > 3 && !document.querySelector('#updated').hidden")
        assert server.loads == 1


def test_it_comes_back_by_itself(browser: Browser, tmp_path: Path) -> None:
    server = Monitor(tmp_path)
    server.start()
    try:
        with visit(browser, kiosk(server.url), viewport=WALL) as here:
            here.until(f"{LIVE} && {TICKS} > 1")
            server.kill()
            here.until(f"!({LIVE})", 5.0)
            assert here.page.is_visible("#message"), "that it is not live is said there, too"
            server.start()
            here.until(LIVE)
    finally:
        server.kill()
