"""What is behind the tiles: opened, linked to, closed again, by pointer and by keys."""

import json
import shutil
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.processes import Theatre, process
from tests.web.test_page import CHROMIUM, LIVE, MAIN, SECTIONS, TICKS, Monitor, visit

WIDE = {"width": 1440, "height": 900}
DAY_S = 86_400.0
GIB = 1 << 30
# A machine of some size: what is drawn for it must neither run over nor take long.
CORES, INTERFACES = 64, 40
PAINT_MS = 16.0


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


def test_a_tile_opens_its_section_and_closes_it(browser: Browser, monitor: Monitor) -> None:
    with visit(browser, monitor.url, viewport=WIDE) as here:
        here.until(LIVE)
        for section in SECTIONS[:-1]:
            tile = here.page.locator(f".tile [data-opens={section}]")
            here.page.locator(f".tile[data-family={section}]").click()
            assert tile.get_attribute("aria-expanded") == "true"
            shown = here.page.locator("[data-section-of]:visible").all()
            assert [one.get_attribute("data-section-of") for one in shown] == [section]
            plots = here.page.locator(".plot:visible").all()
            assert [one.get_attribute("data-family") for one in plots] == [section]
            here.until("document.querySelectorAll('.process-row').length > 5")
            here.page.locator(f".tile[data-family={section}]").click()
            assert here.page.locator("[data-section-of]:visible").count() == 0
            assert here.page.locator(".plot:visible").count() == 5


def test_a_section_is_a_link_and_back_closes_it(browser: Browser, monitor: Monitor) -> None:
    with visit(browser, monitor.url, viewport=WIDE) as here:
        here.until(LIVE)
        here.page.locator(".tile [data-opens=disk]").focus()
        here.page.keyboard.press("Enter")
        assert here.ask("document.activeElement.id") == "section-disk-title"
        here.page.locator("#ruler").focus()
        here.page.keyboard.press("ArrowLeft")
        link = here.ask("location.href")
        assert "section=disk" in link and "at=" in link
        with visit(browser, link) as there:
            there.until("document.documentElement.dataset.when === 'past'")
            assert there.page.locator("#section-disk").is_visible()
        here.page.keyboard.press("Escape")
        assert here.ask("location.hash") == "#section=disk"
        here.page.locator("#section-disk [data-opens=disk]").focus()
        here.page.keyboard.press("Enter")
        assert here.page.locator("#section-disk").is_hidden()
        assert here.ask("document.activeElement.closest('.tile').dataset.family") == "disk"
        here.page.go_back()
        here.page.locator("#section-disk").wait_for()
        here.page.go_back()
        here.until("document.querySelector('#section-disk').hidden")


def test_what_the_cores_did_is_painted_from_the_history(browser: Browser, monitor: Monitor) -> None:
    inked = """(() => {
        const canvas = document.querySelector('#heat canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let found = 0;
        for (let at = 3; at < data.length; at += 4) found += data[at] > 0 ? 1 : 0;
        return found / (data.length / 4);
    })()"""
    with visit(browser, monitor.url + "#span=20&section=cpu", viewport=WIDE) as here:
        here.until(f"{LIVE} && {TICKS} > 12 && {inked} > 0.3")
        here.page.hover("#heat canvas")
        here.until("/^Core \\d+ at .+%$/.test(document.querySelector('.heat-tip').textContent)")


def filling(now: float) -> str:
    """What the history says of / where it takes a hundredth of what is left in a day."""
    times = [now - 3 * DAY_S + n * 3600 for n in range(73)]
    left = shutil.disk_usage("/").free
    used = [50 * GIB + n * left / 100 / 24 for n in range(73)]
    series = [{"metric": "filesystem.used", "key": "/", "average": used}]
    told = {"from": times[0], "to": now, "step": 3600, "times": times, "series": series}
    return json.dumps(told)


def test_days_until_a_filesystem_is_full(browser: Browser, monitor: Monitor) -> None:
    """Three days of history take three days: the answer is made up, the rest is real."""
    with visit(browser, monitor.url, viewport=WIDE) as here:
        here.page.route(
            "**/api/v1/query?metric=filesystem.used**",
            lambda route: route.fulfill(body=filling(time.time()), content_type="application/json"),
        )
        here.until(LIVE)
        here.page.click("[data-opens=disk]")
        cell = here.page.locator("#filesystem-rows tr", has_text="/").first.locator("td").nth(3)
        here.until("/days/.test(document.querySelector('#filesystem-rows').textContent)")
        days = int(cell.inner_text().split()[0])
        assert 97 <= days <= 103
        assert "As it filled since" in (cell.locator(".text").get_attribute("title") or "")


def test_before_there_is_a_day_of_history_it_is_not_known(
    browser: Browser, monitor: Monitor
) -> None:
    with visit(browser, monitor.url + "#section=disk", viewport=WIDE) as here:
        here.until(f"{LIVE} && document.querySelectorAll('#filesystem-rows .text').length > 3")
        cell = here.page.locator("#filesystem-rows tr:visible").first.locator("td").nth(3)
        assert cell.inner_text() == "\N{EN DASH}"
        assert "after a day" in (cell.locator(".text").get_attribute("title") or "")


def test_a_large_machine_has_room_and_is_drawn_in_time(browser: Browser) -> None:
    with Theatre({"1": process("init")}) as theatre:
        theatre.host["core"] = {str(n): {"usage": n / CORES} for n in range(CORES)}
        theatre.host["network"] = {
            f"veth{n:02}": {"receive_bytes": 1000 * n, "up": True} for n in range(INTERFACES)
        }
        for width in (390, 1440):
            screen = {"width": width, "height": 900}
            with visit(browser, theatre.url + "#section=cpu", viewport=screen) as here:
                here.until("document.querySelectorAll('#cores > li').length === 64")
                assert here.ask("document.documentElement.scrollWidth") <= width
                spent = here.ask(
                    f"""{MAIN}.then(({{page}}) => {{
                        const {{heat}} = page.stage.sections;
                        const began = performance.now();
                        for (let n = 0; n < 20; n += 1) heat.draw(heat.frame, false);
                        return (performance.now() - began) / 20;
                    }})"""
                )
                assert spent < PAINT_MS
                here.page.click("[data-opens=network]")
                rows = "document.querySelectorAll('#network-rows tr:not([hidden])')"
                here.until(f"{rows}.length === {INTERFACES}")
                assert here.ask("document.documentElement.scrollWidth") <= width
