"""The timeline in a real browser, over real deeds: any second can be looked at again."""

import re
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.collectors.processes import servant
from tests.web.test_page import CHROMIUM, LIVE, MAIN, START_S, Monitor, Visit, visit

BURN_S = 4.0
QUIET_S = 8.0
AT = "Number(new URLSearchParams(location.hash.slice(1)).get('at'))"
PAST = "document.documentElement.dataset.when === 'past'"
TOLD = "document.querySelectorAll('#verdict-list > li').length > 0"


@pytest.fixture(scope="module")
def browser(burnt: tuple[Monitor, float, float, int]) -> Iterator[Browser]:
    """Started when all that is looked at is over: a browser that starts is a culprit itself."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        yield found
        found.close()


@pytest.fixture(scope="module")
def burnt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Monitor, float, float, int]]:
    """A monitor, and from when until when something burnt that has ended since."""
    monitor = Monitor(tmp_path_factory.mktemp("home"))
    monitor.start()
    try:
        with servant() as one:
            one.do(f"time.sleep({QUIET_S}) or name(b'burner')")
            start = time.time()
            one.do(f"burn({BURN_S})")
            end = time.time()
        yield monitor, start, end, one.pid
    finally:
        monitor.kill()


def opened(browser: Browser, url: str, fragment: str = "") -> Any:
    return visit(browser, url + fragment, viewport={"width": 1440, "height": 900})


def x_of(here: Visit, moment: float) -> float:
    """Where that moment is on the chart of the processors."""
    return float(
        here.ask(
            f"""{MAIN}.then(({{page}}) => {{
                const {{uplot}} = page.charts[0];
                return uplot.over.getBoundingClientRect().left + uplot.valToPos({moment}, 'x');
            }})"""
        )
    )


def drag(here: Visit, start: float, end: float) -> None:
    """Over that stretch on the chart of the processors."""
    box = here.page.locator("#chart-cpu .u-over").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    here.page.mouse.move(x_of(here, start), y)
    here.page.mouse.down()
    here.page.mouse.move(x_of(here, end), y, steps=5)
    here.page.mouse.up()


def rows(here: Visit) -> str:
    return here.text("#process-grid")


def test_who_did_it_is_named_and_shown_as_it_was(
    browser: Browser, burnt: tuple[Monitor, float, float, int]
) -> None:
    monitor, start, end, pid = burnt
    with opened(browser, monitor.url, "#span=60") as here:
        here.until(f"{LIVE} && {MAIN}.then(({{page}}) => page.series.points.length > {QUIET_S})")
        assert here.page.locator("#verdict").is_hidden()
        drag(here, start, end)
        here.until(TOLD)
        assert re.match(rf"burner \(pid {pid}, ", here.text("#verdict-summary"))
        first = here.page.locator("#verdict-list > li").first
        assert "burner" in first.inner_text() and f"pid {pid}" in first.inner_text()
        first.locator("button.name").click()
        here.until(f"{PAST} && {MAIN}.then(({{processes}}) => processes.lines.length === 1)")
        assert start <= here.ask(AT) <= end
        assert "burner" in rows(here) and here.text("#badge") == "Past"
        assert here.text("#message").startswith("As it was at ")
        link = here.ask("location.href")
        shown = here.text("#as-of")
    # The link is that moment, with that question, in another browser.
    with visit(browser, link) as there:
        there.until(f"{PAST} && {TOLD}")
        assert there.text("#as-of") == shown
        there.page.fill("#process-search", str(pid))
        there.until(f"{MAIN}.then(({{processes}}) => processes.lines.length === 1)")
        assert "burner" in rows(there)
        there.page.locator("#ruler").focus()
        there.page.keyboard.press("Escape")
        there.until(f"!({PAST}) && {LIVE} && location.hash === ''")
        there.until(f"{MAIN}.then(({{processes}}) => processes.lines.length === 0)")
        assert there.text("#badge") == "Live"


def test_every_figure_of_that_second_is_shown(
    browser: Browser, burnt: tuple[Monitor, float, float, int]
) -> None:
    monitor, start, end, _ = burnt
    at = (start + end) / 2
    with opened(browser, monitor.url, f"#at={at}") as here:
        here.until(f"{PAST} && {LIVE}")
        there = here.ask(f"fetch('api/v1/moment?at={at}').then((answer) => answer.json())")
        usage = there["data"]["cpu"]["usage"]
        here.until(
            "document.querySelector('[data-figure=\"cpu.usage\"] .number').textContent > '0'"
        )
        seen = float(here.text('[data-figure="cpu.usage"] .number'))
        assert seen == pytest.approx(usage * 100, abs=0.6)
        here.page.click("[data-opens=cpu]")
        here.until(
            f"document.querySelectorAll('#cores > li').length === {len(there['data']['core'])}"
        )
        # Scrubbing by keys: a second, and ten.
        here.page.locator("#ruler").focus()
        here.page.keyboard.press("ArrowLeft")
        assert here.ask(AT) == pytest.approx(at - 1, abs=0.01)
        here.page.keyboard.press("Shift+ArrowRight")
        # Or that is to come yet, and so it is now.
        here.until(f"Math.abs({AT} - {at + 9}) < 0.01 || !({PAST})")


def test_a_click_on_a_chart_is_that_second(
    browser: Browser, burnt: tuple[Monitor, float, float, int]
) -> None:
    monitor, start, end, _ = burnt
    with opened(browser, monitor.url, "#span=60") as here:
        here.until(f"{LIVE} && {MAIN}.then(({{page}}) => page.series.points.length > {QUIET_S})")
        middle = (start + end) / 2
        box = here.page.locator("#chart-memory .u-over").bounding_box()
        cpu = here.page.locator("#chart-cpu .u-over").bounding_box()
        assert box is not None and cpu is not None
        here.page.mouse.click(x_of(here, middle) - cpu["x"] + box["x"], box["y"] + 20)
        here.until(PAST)
        assert here.ask(AT) == pytest.approx(middle, abs=1.0)
        here.page.get_by_role("button", name="Back to live").click()
        here.until(f"!({PAST})")


def test_presets_widen_over_a_restart(browser: Browser, tmp_path: Path) -> None:
    monitor = Monitor(tmp_path)
    monitor.start()
    with opened(browser, monitor.url) as here:
        here.until(f"{LIVE} && {MAIN}.then(({{page}}) => page.series.points.length >= 4)")
    monitor.signal(signal.SIGTERM)
    assert monitor.process is not None
    monitor.process.communicate(timeout=START_S)
    gone = time.time()
    monitor.start()
    try:
        with opened(browser, monitor.url) as here:
            here.until(f"{LIVE} && {MAIN}.then(({{page}}) => page.series.points.length >= 3)")
            here.page.get_by_role("button", name="1 h").click()
            here.until("new URLSearchParams(location.hash.slice(1)).get('span') === '3600'")
            data = f"{MAIN}.then(({{page}}) => page.charts[0].uplot.data.slice(0, 2))"
            here.until(f"{MAIN}.then(({{page}}) => page.timeline.loader.span === 3600)")
            times, values = here.ask(data)
            known = [time for time, value in zip(times, values, strict=True) if value is not None]
            before = [time for time in known if time <= gone]
            assert before, "what the first run recorded is there"
    finally:
        monitor.kill()
