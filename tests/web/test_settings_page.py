"""The settings, in a real browser: they hold at once, are kept, and what is broken is forgotten."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.web.test_axe import complaints
from tests.web.test_page import LIVE, MAIN, TICKS, Monitor, Visit, visit
from tests.web.test_page import browser as browser  # noqa: PLC0414  # a fixture

NARROW, WIDE = 390, 1440
KEPT = "JSON.parse(localStorage.getItem('monitor.settings'))"
OPEN = "document.querySelector('#settings').open"
GROUND = "getComputedStyle(document.body).backgroundColor"
CARDS = {"light": "rgb(242, 244, 247)", "dark": "rgb(15, 19, 23)"}
PAINTED = (
    "import(new URL('static/js/chart_paint.js', document.baseURI))"
    ".then((paint) => paint.palette.of('cpu'))"
)
# Of which theme the colour of the browser's own frame is.
FRAME = (
    "[...document.querySelectorAll('meta[name=theme-color]')]"
    ".filter((meta) => matchMedia(meta.media).matches).map((meta) => meta.dataset.of)"
)
SHOWN = (
    "[...document.querySelectorAll('.tile[data-family]')]"
    ".filter((tile) => tile.checkVisibility()).map((tile) => tile.dataset.family)"
)


@pytest.fixture(scope="module")
def monitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitor]:
    running = Monitor(tmp_path_factory.mktemp("home"))
    running.start()
    yield running
    running.kill()


def opened(here: Visit) -> None:
    here.until(LIVE)
    here.page.keyboard.press(",")
    here.until(OPEN)


def anew(here: Visit, language: str) -> None:
    """The page was loaded again. A script that waits would be lost with the page before."""
    here.page.wait_for_selector(f"html[lang={language}][data-phase=live] #settings[open]")


def test_a_key_and_a_button_open_them_and_esc_closes(browser: Browser, monitor: Monitor) -> None:
    with visit(browser, monitor.url) as here:
        opened(here)
        assert here.ask("document.querySelector('#settings').contains(document.activeElement)")
        # Tab goes round in the dialog, and in the browser itself.
        for _ in range(40):
            here.page.keyboard.press("Tab")
            inside = "document.querySelector('#settings').contains(document.activeElement)"
            assert here.ask(f"{inside} || document.activeElement === document.body")
        here.page.keyboard.press("Escape")
        here.until(f"!{OPEN}")
        here.page.click("#settings-open")
        here.until(OPEN)
        here.page.click("#settings >> text=Close")
        assert not here.ask(OPEN)
        assert here.ask("document.activeElement.id") == "settings-open"
        here.page.fill("#process-search", "")
        here.page.type("#process-search", "a,b")
        assert here.page.input_value("#process-search") == "a,b" and not here.ask(OPEN)


@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_theme_holds_at_once_in_charts_too(
    browser: Browser, monitor: Monitor, system: str
) -> None:
    other = "dark" if system == "light" else "light"
    with visit(browser, monitor.url, color_scheme=system) as here:
        opened(here)
        assert here.ask(GROUND) == CARDS[system]
        before = here.ask(PAINTED)
        here.page.select_option("#settings-theme", other)
        assert here.ask(GROUND) == CARDS[other]
        after = here.ask(PAINTED)
        assert {before, after} == {"#1f74bd", "#62b3f4"} and before != after
        assert here.ask(FRAME) == [other]
        here.page.reload()
        here.until(f"{LIVE} && {GROUND} === '{CARDS[other]}'")


def test_units_hold_at_once(browser: Browser, monitor: Monitor) -> None:
    with visit(browser, monitor.url) as here:
        opened(here)
        assert here.text("[data-figure='memory.total']").endswith("iB")
        here.page.select_option("#settings-sizes", "decimal")
        here.page.select_option("#settings-network", "bits")
        total = "document.querySelector('[data-figure=\"memory.total\"]').textContent"
        here.until(f"/\\d\\u00a0[kMGT]B$/.test({total})", 1.0)
        traffic = "document.querySelector('[data-figure=\"network.receive_bytes\"]').textContent"
        here.until(f"/b\\/s$/.test({traffic})", 1.0)
        disk = "document.querySelector('[data-figure=\"disk.read_bytes\"]').textContent"
        assert here.ask(f"/B\\/s$/.test({disk})")


def test_panels_are_left_out_and_put_in_order_by_keys(browser: Browser, monitor: Monitor) -> None:
    with visit(browser, monitor.url) as here:
        opened(here)
        assert here.ask(SHOWN) == ["cpu", "memory", "disk", "network", "pressure"]
        here.page.get_by_label("Pressure further up").focus()
        for _ in range(6):  # more than there are places
            here.page.keyboard.press("Enter")
        assert here.ask(SHOWN)[0] == "pressure"
        focused = "document.activeElement.getAttribute('aria-label')"
        assert here.ask(focused) == "Pressure further up", "it keeps the focus while it moves"
        assert "Pressure is number 1 of 6" in here.text(".settings-said")
        here.page.get_by_role("checkbox", name="Disk").press("Space")
        assert here.ask(SHOWN) == ["pressure", "cpu", "memory", "network"]
        assert here.ask(SHOWN.replace(".tile", ".plot")) == here.ask(SHOWN)
        before = here.page.locator(".processes").bounding_box()
        for _ in range(6):
            here.page.get_by_label("Processes further up").press("Enter")
        after = here.page.locator(".processes").bounding_box()
        assert before is not None and after is not None and after["x"] < before["x"]
        here.page.get_by_role("checkbox", name="Processes").press("Space")
        assert not here.page.is_visible(".processes")
        here.page.reload()
        here.until(f"{LIVE} && {TICKS} > 1")
        assert here.ask(SHOWN) == ["pressure", "cpu", "memory", "network"]
        opened(here)
        here.page.click("text=Reset all")
        assert here.ask(SHOWN) == ["cpu", "memory", "disk", "network", "pressure"]
        assert here.page.is_visible(".processes")
        assert here.ask("localStorage.getItem('monitor.settings')") is None


def test_what_is_not_drawn_is_kept_all_the_same(browser: Browser, monitor: Monitor) -> None:
    with visit(browser, monitor.url) as here:
        opened(here)
        here.page.select_option("#settings-refresh", "5")
        here.ask("window.drawn = []; 0")
        here.ask(
            "new MutationObserver(() => drawn.push(performance.now()))"
            ".observe(document.querySelector('#as-of'), {characterData: true, subtree: true}); 0"
        )
        here.until("drawn.length >= 3", 20.0)
        first, second, third = here.ask("drawn.slice(0, 3)")
        assert second - first > 3000 and third - second > 3000
        times = here.ask(f"{MAIN}.then(({{page}}) => page.series.points.map((p) => p.time))")
        gaps = [b - a for a, b in zip(times[-8:], times[-7:], strict=False)]
        assert len(gaps) == 7 and max(gaps) < 3, "each second is in the charts"


@pytest.mark.parametrize(
    ("language", "title", "search"),
    [
        ("de-AT", "Speicher", "Suchen ( / )"),
        ("zh-CN", "内存", "搜索 ( / )"),
        ("fr", "Memory", "Search ( / )"),
    ],
)
def test_the_page_speaks_the_browsers_language(
    browser: Browser, monitor: Monitor, language: str, title: str, search: str
) -> None:
    with visit(browser, monitor.url, locale=language) as here:
        here.until(f"{LIVE} && {TICKS} > 0")
        assert here.text("#memory-title") == title
        assert here.page.get_attribute("#process-search", "placeholder") == search
        assert here.page.get_attribute("html", "lang") == {"fr": "en"}.get(language, language[:2])


def test_english_costs_no_request_and_the_choice_outdoes_the_browser(
    browser: Browser, monitor: Monitor
) -> None:
    with visit(browser, monitor.url, locale="de-DE") as here:
        asked: list[str] = []
        here.page.on("request", lambda request: asked.append(request.url))
        opened(here)
        here.page.select_option("#settings-language", "en")
        # The page is loaded anew, and the dialog is there again.
        anew(here, "en")
        assert here.text("#memory-title") == "Memory" and here.text("#settings-title") == "Settings"
        assert not [url for url in asked if "/lang/" in url]
        here.page.select_option("#settings-language", "zh")
        anew(here, "zh")
        assert [url for url in asked if url.endswith("/static/lang/zh.json")]
        # Whatever it says of this machine, it says it in Chinese.
        here.until("/[\u4e00-\u9fff]{2}/.test(document.querySelector('#headline').textContent)")


def test_a_language_that_cannot_be_had_leaves_english(browser: Browser, monitor: Monitor) -> None:
    here = Visit(browser, monitor.url, locale="de-DE")
    here.page.route("**/lang/*.json", lambda route: route.fulfill(status=404))
    here.page.reload()
    here.until(LIVE)
    assert here.text("#memory-title") == "Memory"
    here.context.close()


@pytest.mark.parametrize("bad", ["{", '{"theme":7,"order":[{}],"hidden":"x"}', '"\\u0000"', "[[]]"])
def test_what_is_kept_and_broken_is_forgotten(browser: Browser, monitor: Monitor, bad: str) -> None:
    with visit(browser, monitor.url) as here:
        here.ask(f"localStorage.setItem('monitor.settings', {json.dumps(bad)})")
        here.page.reload()
        here.until(f"{LIVE} && {TICKS} > 0")
        assert here.ask(SHOWN) == ["cpu", "memory", "disk", "network", "pressure"]
        opened(here)
        here.page.select_option("#settings-density", "compact")
        assert here.ask(f"{KEPT}.density") == "compact"


def test_a_browser_that_keeps_nothing_still_has_them(browser: Browser, monitor: Monitor) -> None:
    here = Visit(browser, monitor.url)
    here.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no'); }})"
    )
    here.page.reload()
    opened(here)
    here.page.select_option("#settings-theme", "dark")
    assert here.ask(GROUND) == CARDS["dark"]
    here.close()


def test_another_tab_follows(browser: Browser, monitor: Monitor) -> None:
    with visit(browser, monitor.url, color_scheme="light") as here:
        here.until(LIVE)
        other = here.context.new_page()
        other.goto(monitor.url)
        other.wait_for_selector("[data-phase=live]")
        other.keyboard.press(",")
        other.select_option("#settings-theme", "dark")
        here.until(f"{GROUND} === '{CARDS['dark']}'", 5.0)


def test_compact_is_more_of_it(browser: Browser, monitor: Monitor) -> None:
    line = "document.querySelector('.process-body .process-row').getBoundingClientRect().height"
    with visit(browser, monitor.url) as here:
        here.until(f"{LIVE} && document.querySelector('.process-body .process-row')")
        before, high = here.ask(line), here.ask("document.querySelector('main').scrollHeight")
        opened(here)
        here.page.select_option("#settings-density", "compact")
        here.until(f"{line} < {before}", 2.0)
        assert here.ask("document.querySelector('main').scrollHeight") < high
        # Lines are placed by the script: they must be as high as it believes.
        tops = here.ask(
            "[...document.querySelectorAll('.process-body .process-row')].slice(0, 3)"
            ".map((row) => row.getBoundingClientRect().top)"
        )
        assert tops[1] - tops[0] == tops[2] - tops[1] == here.ask(line)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "language"), [(WIDE, "en"), (NARROW, "de"), (NARROW, "zh")])
def test_the_dialog_has_nothing_to_complain_of(
    browser: Browser, monitor: Monitor, scheme: str, width: int, language: str
) -> None:
    screen = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    with visit(browser, monitor.url, locale=language, **screen) as here:
        opened(here)
        assert complaints(here) == []
        assert here.ask("document.documentElement.scrollWidth") <= width
        box = here.page.locator("#settings").bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width
        last = here.page.locator("#settings button").last
        last.scroll_into_view_if_needed()
        last.click()
        assert not here.ask(OPEN)


def test_the_page_in_other_languages_fits(browser: Browser, monitor: Monitor) -> None:
    for language in ("de", "zh"):
        for width in (NARROW, 768, WIDE):
            screen = {"width": width, "height": 844}
            with visit(browser, monitor.url, locale=language, viewport=screen) as here:
                here.until(f"{LIVE} && {TICKS} > 0")
                assert here.ask("document.documentElement.scrollWidth") <= width
                assert complaints(here) == []


def test_a_file_that_stands_alone_has_them_too(browser: Browser, tmp_path: Path) -> None:
    server = Monitor(tmp_path)
    server.start()
    try:
        with visit(browser, server.url, locale="de-DE") as here:
            here.until(f"{LIVE} && {TICKS} > 2")
            address = here.page.get_attribute("#save", "href")
            file = tmp_path / "saved.html"
            file.write_bytes(here.context.request.get(address or "").body())
    finally:
        server.kill()
    context = browser.new_context(offline=True, locale="de-DE")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda fault: said.append(str(fault)))
    page.goto(file.as_uri())
    page.wait_for_selector("[data-phase=recorded]")
    # English, and the dialog offers no other language.
    assert page.inner_text("#memory-title") == "Memory"
    page.keyboard.press(",")
    assert page.locator("#settings-language").count() == 0
    page.select_option("#settings-theme", "dark")
    assert page.evaluate(GROUND) == CARDS["dark"]
    context.close()
    assert said == []


def test_the_theme_holds_before_any_module_does(browser: Browser, monitor: Monitor) -> None:
    here = Visit(browser, monitor.url, color_scheme="light")
    opened(here)
    here.page.select_option("#settings-theme", "dark")
    here.page.route("**/main.js", lambda route: route.abort())
    here.page.reload()
    assert here.ask(GROUND) == CARDS["dark"]
    here.context.close()
