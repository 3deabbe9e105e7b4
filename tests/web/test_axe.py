"""axe-core finds nothing to complain of at WCAG 2.1 AA, in every view (deque.com/axe)."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.web.test_page import CHROMIUM, LIVE, ROOT, SECTIONS, Monitor, Visit, visit

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
WIDE, NARROW = 1440, 390


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


def complaints(here: Visit) -> list[str]:
    """What it finds, each with the first element that it is about."""
    here.ask(AXE.read_text(encoding="utf-8") + ";0")
    found = here.ask(f"axe.run(document, {{runOnly: {RULES}}}).then((run) => run.violations)")
    return [f"{one['id']}: {one['nodes'][0]['target']}" for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_there_is_nothing_to_complain_of(
    browser: Browser, monitor: Monitor, scheme: str, width: int
) -> None:
    screen = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    with visit(browser, monitor.url, **screen) as here:
        here.until(f"{LIVE} && document.querySelectorAll('.flag').length > 0")
        assert complaints(here) == []
        for section in SECTIONS:
            here.page.click(f"[data-opens={section}]")
            assert complaints(here) == [], section
        here.page.click("#section-more [data-opens=more]")
        here.page.locator("#explain").click()
        here.until("document.querySelector('#verdict-summary').textContent.length > 10")
        here.complaints.clear()  # of a 404: there may be nothing yet to compare with
        assert complaints(here) == []
        here.page.locator("#ruler").focus()
        here.page.keyboard.press("ArrowLeft")
        here.until("document.documentElement.dataset.when === 'past'")
        assert complaints(here) == []
        here.page.keyboard.press("?")
        here.until("document.querySelector('#help').open")
        assert complaints(here) == []


def test_it_would_complain(browser: Browser, monitor: Monitor) -> None:
    with visit(browser, monitor.url) as here:
        here.until(LIVE)
        here.ask("document.querySelector('#process-search').removeAttribute('aria-label')")
        here.ask("document.querySelector('#process-search').removeAttribute('title')")
        here.ask("document.querySelector('#process-search').removeAttribute('placeholder')")
        assert [said.split(":")[0] for said in complaints(here)] == ["label"]
