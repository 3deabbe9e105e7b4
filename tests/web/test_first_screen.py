"""What is on the first screen: tiles, charts and processes, and nothing to scroll for."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.web.test_page import CHROMIUM, LIVE, MAIN, TICKS, Monitor, Visit, visit

WIDE = {"width": 1440, "height": 900}
FAMILIES = ["cpu", "memory", "disk", "network", "pressure"]
ROWS = f"{MAIN}.then(({{processes}}) => processes.lines.length > 3)"
PAST = "document.documentElement.dataset.when === 'past'"
HOURS = "document.querySelector('.hour .greatest').textContent !== ''"
LEAST_ROWS = 15
# All that is to stay where it is while figures change.
STANDING = (
    "header, nav, .tile, .tile h2, .reading, .reading dt, .track, .panel, .plot, .legend, .chart,"
    "button:not(.flag), input[type=search], select,"
    ".process-counts, .process-grid, .process-head .process-cell"
)


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


def bottom(here: Visit, selector: str) -> float:
    box = here.page.locator(selector).bounding_box()
    assert box is not None
    return box["y"] + box["height"]


def test_all_that_answers_is_seen_without_scrolling(browser: Browser, monitor: Monitor) -> None:
    with visit(browser, monitor.url, viewport=WIDE) as here:
        here.until(f"{LIVE} && {TICKS} > 1 && {ROWS}")
        for family in FAMILIES:
            assert bottom(here, f".tile[data-family={family}]") < WIDE["height"] / 3
            assert bottom(here, f".plot[data-family={family}]") <= WIDE["height"]
        charts = here.page.locator(".charts").bounding_box()
        grid = here.page.locator("#process-grid").bounding_box()
        row = here.page.locator(".process-body .process-row").first.bounding_box()
        assert charts is not None and grid is not None and row is not None
        assert grid["x"] >= charts["x"] + charts["width"], "beside, not below"
        assert grid["y"] + grid["height"] <= WIDE["height"]
        assert grid["height"] / row["height"] > LEAST_ROWS
        # All columns are in view.
        assert here.ask(
            "(grid => grid.scrollWidth <= grid.clientWidth)"
            "(document.getElementById('process-grid'))"
        )


def test_a_figure_has_its_place_against_the_last_hour(browser: Browser, monitor: Monitor) -> None:
    with visit(browser, monitor.url, viewport=WIDE) as here:
        here.until(f"{LIVE} && {TICKS} > 3 && {HOURS}")
        for place in here.page.locator(".reading .hour:not([data-unknown])").all():
            assert "since" in (place.get_attribute("title") or "")
            mark = place.locator(".mark").bounding_box()
            track = place.locator(".track").bounding_box()
            assert mark is not None and track is not None
            middle = mark["x"] + mark["width"] / 2
            assert track["x"] - 1 <= middle <= track["x"] + track["width"] + 1
        # Of the past, against the hour before it.
        here.page.locator("#ruler").focus()
        here.page.keyboard.press("ArrowLeft")
        here.until(f"{PAST} && {HOURS}")
        link = here.ask("location.href")
    # By a link, too: there is somebody to ask only once the stream has come.
    with visit(browser, link, viewport=WIDE) as here:
        here.until(f"{PAST} && {HOURS}")


def test_a_line_is_hidden_by_its_name_and_shown_again(browser: Browser, monitor: Monitor) -> None:
    shown = f"{MAIN}.then(({{page}}) => page.charts[0].uplot.series.map((one) => one.show))"
    with visit(browser, monitor.url, viewport=WIDE) as here:
        here.until(LIVE)
        system = here.page.locator(".plot[data-family=cpu] .legend").get_by_text("System")
        system.click()
        assert here.ask(shown)[1:] == [True, False] * 3, "its band goes with it"
        assert system.get_attribute("aria-pressed") == "false"
        here.page.locator("#chart-cpu .u-over").hover()
        assert here.page.locator("#chart-cpu .tip-row").nth(1).is_hidden()
        system.press("Enter")
        assert here.ask(shown)[1:] == [True] * 6


@pytest.mark.parametrize("width", [390, 768, 1200, 1920])
def test_figures_that_change_move_nothing(browser: Browser, monitor: Monitor, width: int) -> None:
    """Rows are put in order, and that is all that moves."""
    with visit(browser, monitor.url, viewport={"width": width, "height": 900}) as here:
        here.until(f"{LIVE} && {TICKS} > 2 && {ROWS} && {HOURS}")
        places = f"""[...document.querySelectorAll("{STANDING}")].map((one) => {{
            const {{ x, y, width, height }} = one.getBoundingClientRect();
            return [one.tagName, one.id, one.className, x, y, width, height].join();
        }})"""
        before = here.ask(places)
        for _ in range(10):
            ticks = int(here.ask(TICKS))
            here.until(f"{TICKS} > {ticks}")
            assert here.ask(places) == before


def test_without_history_the_place_is_of_what_was_seen(browser: Browser, tmp_path: Path) -> None:
    # In a file there is no directory to be had.
    (tmp_path / "file").touch()
    monitor = Monitor(tmp_path / "file" / "history")
    monitor.start()
    try:
        with visit(browser, monitor.url, viewport=WIDE) as here:
            here.until(f"{LIVE} && {TICKS} > 3 && {HOURS}")
            assert "There is no history" in here.text("#time-fault")
            assert here.text(".tile[data-family=memory] .greatest").endswith("%")
    finally:
        monitor.kill()


def test_it_prints_without_what_is_pressed(browser: Browser, monitor: Monitor) -> None:
    with visit(browser, monitor.url, viewport={"width": 1000, "height": 1400}) as here:
        here.until(f"{LIVE} && {TICKS} > 1 && {ROWS}")
        here.page.emulate_media(media="print")
        for pressed in ("#explain", "#spans", "#process-search", "#settings-open"):
            assert here.page.locator(pressed).is_hidden(), pressed
        for seen in ("#headline", ".tile[data-family=cpu] .large", "#chart-cpu", ".process-row"):
            assert here.page.locator(seen).first.is_visible(), seen
        assert here.ask("document.documentElement.scrollWidth") <= 1000
        assert len(here.page.pdf()) > 10_000


def test_at_twice_the_size_nothing_is_lost(browser: Browser, monitor: Monitor) -> None:
    """As a browser's zoom has it: half as many CSS pixels (WCAG 2.1, 1.4.4 and 1.4.10)."""
    half = {"width": WIDE["width"] // 2, "height": WIDE["height"] // 2}
    with visit(browser, monitor.url, viewport=half, device_scale_factor=2) as here:
        here.until(f"{LIVE} && {TICKS} > 1 && {ROWS}")
        assert here.ask("document.documentElement.scrollWidth") <= half["width"]
        for family in FAMILIES:
            here.page.locator(f".plot[data-family={family}]").scroll_into_view_if_needed()
            assert here.page.locator(f"#chart-{family} canvas").is_visible()
        here.page.locator(".process-row").first.scroll_into_view_if_needed()
