"""A stretch of the past in one file: it opens in a browser that has no network, and tells all."""

import base64
import gzip
import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from monitor import cli
from monitor.snapshot.file import imports
from tests.collectors.processes import servant
from tests.web.test_page import CHROMIUM, ROOT, Monitor, visit

BURN_S, QUIET_S, SAVED_S, PAUSE_S = 4.0, 6.0, 20.0, 1.0
# A snapshot of ten minutes has at most that (the figure); this one is of a few seconds.
MOST_BYTES = 3 << 20
READY = "document.documentElement.dataset.phase === 'recorded'"
ENTRY = "import('offline.js')"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        yield found
        found.close()


class Burning(Monitor):
    """One that saw something burn, since when."""

    burnt = 0.0


@pytest.fixture(scope="module")
def monitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Burning]:
    running = Burning(tmp_path_factory.mktemp("home"))
    running.start()
    with servant() as one:
        one.do(f"time.sleep({QUIET_S}) or name(b'</script>')")
        running.burnt = time.time()
        one.do(f"burn({BURN_S})")
    yield running
    running.kill()


def content(page: str) -> Any:
    found = re.search(r'id="record">([^<]+)<', page)
    assert found is not None
    return json.loads(gzip.decompress(base64.b64decode(found[1])))


def saved(monitor: Burning, file: Path, until: float) -> Any:
    """A snapshot that reaches until then: what is recorded is in the file some seconds later."""
    flags = ["--data-dir", str(monitor.home), "--from", str(monitor.burnt), "-o", str(file)]
    while time.time() < until + SAVED_S:
        # 1 where nothing of that time is in the file yet.
        written = cli.main(["snapshot", *flags]) == 0
        found = content(file.read_text()) if written else None
        if found and found["tables"] and found["tables"][-1][0] >= until:
            return found
        time.sleep(PAUSE_S)  # who asks without a pause is the one that burns
    raise AssertionError("it was not written")


def test_the_command_writes_what_a_browser_without_network_shows(
    browser: Browser, monitor: Burning, tmp_path: Path
) -> None:
    file = tmp_path / "incident.html"
    recorded = saved(monitor, file, time.time() + 1)
    assert file.stat().st_size < MOST_BYTES
    assert len(recorded["figures"]["times"]) >= BURN_S
    context = browser.new_context(offline=True, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda fault: said.append(str(fault)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_selector("[data-phase=recorded][data-when=past]")
    assert page.inner_text("#badge") == "Recorded"
    page.fill("#process-search", "script")
    # It has ended by the last second; the scrubber goes back to when it was there.
    page.locator("#ruler").focus()
    for _ in range(40):
        page.keyboard.press("ArrowLeft")
        if "</script>" in page.inner_text("#process-grid"):
            break
        page.evaluate("() => new Promise(requestAnimationFrame)")
    page.wait_for_selector("#process-grid:has-text('</script>')")
    assert "at=" in page.evaluate("location.hash")
    page.locator("#explain").click()
    page.wait_for_selector("#verdict-summary:has-text('Of all the time in this file: ')")
    told = page.inner_text("#verdict-summary").replace("\u00a0", " ")
    assert told.endswith(recorded["verdicts"]["cpu"]["summary"].replace("\u00a0", " "))
    assert page.locator("#save").is_hidden() and page.locator("#back-to-live").is_hidden()
    context.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_the_button_saves_what_is_in_view(browser: Browser, monitor: Burning) -> None:
    with visit(browser, monitor.url, viewport={"width": 1440, "height": 900}) as here:
        here.until("document.querySelector('#save').href.includes('api/v1/snapshot?from=')")
        with here.page.expect_download() as waiting:
            here.page.locator("#save").click()
        name = waiting.value.suggested_filename
        assert re.fullmatch(r"[\w.-]+-\d{8}-\d{6}\.html", name)
        recorded = content(Path(waiting.value.path()).read_text())
    assert recorded["texts"]["host"]["os"]
    tables = recorded["tables"]
    assert tables[0][1] is True and any(not whole for _, whole, _ in tables[1:])


def test_no_command_line_is_in_it(monitor: Burning, tmp_path: Path) -> None:
    secret = "--password=hunter2-of-the-snapshot"
    file = tmp_path / "secret.html"
    with servant(secret):
        recorded = saved(monitor, file, time.time() + 2)
    assert "hunter2" not in json.dumps(recorded)


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        (["--from", "-10m"], 2, "flag --output is missing"),
        (["-o", "/nowhere/x.html"], 1, "cannot write '/nowhere/x.html'"),
        (["--from", "-3d", "-o", "x"], 1, "a snapshot is of a day at most"),
        (
            ["--from", "2020-01-01T00:00:00Z", "--to", "2020-01-01T00:10:00Z", "-o", "x"],
            1,
            "nothing",
        ),
        (["--from", "soon", "-o", "x"], 2, "from is 'soon'"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    monitor: Monitor, capsys: pytest.CaptureFixture[str], flags: list[str], code: int, said: str
) -> None:
    assert cli.main(["snapshot", "--data-dir", str(monitor.home), *flags]) == code
    [line] = capsys.readouterr().err.splitlines()
    assert said in line


def test_every_module_names_others_by_names_that_are_there() -> None:
    found = imports(ROOT / "static" / "js")
    for data in found.values():
        source = base64.b64decode(data.partition(",")[2]).decode()
        for name in re.findall(r'(?m)^(?:import|export|\}) ?.*? from "([^"]+)"', source):
            assert name in found
