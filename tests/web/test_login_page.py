"""Signing in and out in a real browser, with scripts and without."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support.locked import WORD, furnish
from tests.web.test_page import LIVE, Monitor, Visit
from tests.web.test_page import browser as browser  # noqa: PLC0414  # a fixture

# What an end of a session may take to reach the page, and the page to be another one.
END_S = 3.0
WAIT_MS = 20_000


@pytest.fixture(scope="module")
def monitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitor]:
    home = tmp_path_factory.mktemp("home")
    furnish(home)
    running = Monitor(home)
    running.start()
    yield running
    running.kill()


def sign_in(page: Page, user: str = "admin", word: str = WORD) -> None:
    page.fill("#user", user)
    page.fill("#password", word)
    page.click("button")


def at_login(page: Page) -> None:
    page.wait_for_url("**/login", timeout=WAIT_MS)


def test_a_browser_without_scripts_gets_to_the_page(browser: Browser, monitor: Monitor) -> None:
    here = Visit(browser, monitor.url, java_script_enabled=False)
    at_login(here.page)
    sign_in(here.page, word="wrong horse")
    assert here.page.inner_text("#message") == "Name and password do not fit."
    assert here.page.input_value("#user") == "admin" and not here.page.input_value("#password")
    sign_in(here.page)
    here.page.wait_for_url(monitor.url)
    assert "needs JavaScript" in here.page.inner_text("body")
    here.page.click("text=Sign out")
    at_login(here.page)
    here.page.goto(monitor.url)
    at_login(here.page)
    # A wrong password is answered 401, which the browser notes.
    here.complaints = [text for text in here.complaints if "401" not in text]
    here.close()


def test_signing_out_in_one_tab_signs_all_out(browser: Browser, monitor: Monitor) -> None:
    here = Visit(browser, monitor.url)
    sign_in(here.page)
    here.until(LIVE)
    other = here.context.new_page()
    other.goto(monitor.url)
    other.click("text=Sign out")
    signed_out = time.monotonic()
    at_login(here.page)
    assert time.monotonic() - signed_out < END_S
    at_login(other)
    here.close()


def test_a_page_whose_session_is_gone_goes_to_the_form(browser: Browser, tmp_path: Path) -> None:
    furnish(tmp_path)
    server = Monitor(tmp_path)
    server.start()
    try:
        here = Visit(browser, server.url)
        sign_in(here.page)
        here.until(LIVE)
        # A restart forgets all sessions: the stream is answered 401.
        server.kill()
        server.start()
        at_login(here.page)
        sign_in(here.page)
        here.until(LIVE)
        here.close()
    finally:
        server.kill()


def test_a_viewer_sees_figures_and_names_and_no_more(browser: Browser, monitor: Monitor) -> None:
    here = Visit(browser, monitor.url)
    sign_in(here.page, "eve")
    here.until(LIVE)
    assert "eve, viewer" in here.page.inner_text("footer")
    here.page.fill("#process-search", "python")
    row = here.page.locator(".process-grid [role=row]", has_text="python").first
    row.wait_for(timeout=WAIT_MS)
    # Nor the command lines that rows have beside the name.
    assert "tests" not in here.page.inner_text("#process-grid")
    assert monitor.process is not None
    here.enter(monitor.process.pid)
    details = here.page.locator("#process-details", has_text="process is not for a viewer")
    details.wait_for(timeout=WAIT_MS)
    here.close()
