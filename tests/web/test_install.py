"""The page as an application of its own: what Chromium says of its manifest."""

import json
import re
import struct
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser

from tests.web.test_page import LIVE, ROOT, Monitor, visit
from tests.web.test_page import browser as browser  # noqa: PLC0414  # a fixture

STATIC = ROOT / "static"
ROLES = (STATIC / "css" / "roles.css").read_text(encoding="utf-8")
BASE = "/deep/er"


@pytest.fixture(scope="module", params=["", BASE], ids=["at the top", "below a path"])
def monitor(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Monitor]:
    flags = ["--base-path", request.param] if request.param else []
    running = Monitor(tmp_path_factory.mktemp("home"), *flags)
    running.start()
    yield running
    running.kill()


def test_chromium_finds_no_fault_with_it(browser: Browser, monitor: Monitor) -> None:
    with visit(browser, monitor.url) as here:
        here.until(LIVE)
        session = here.context.new_cdp_session(here.page)
        found = session.send("Page.getAppManifest")
        assert found["errors"] == []
        assert found["url"] == urljoin(here.page.url, "static/manifest.webmanifest")
        said = json.loads(found["data"])
        for name in ("start_url", "scope", "id"):
            assert urljoin(found["url"], said[name]) == here.page.url
        # A context of its own, without a profile, is all that is in the way.
        faults = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
        assert {each["errorId"] for each in faults} <= {"in-incognito"}


def test_it_is_had_as_what_it_is(browser: Browser, monitor: Monitor) -> None:
    with visit(browser, monitor.url) as here:
        manifest = here.context.request.get(urljoin(here.page.url, "static/manifest.webmanifest"))
        assert manifest.headers["content-type"] == "application/manifest+json"
        for icon in manifest.json()["icons"]:
            answer = here.context.request.get(urljoin(manifest.url, icon["src"]))
            assert answer.ok and answer.headers["content-type"] == icon["type"]
            assert urlsplit(answer.url).path.startswith(urlsplit(here.page.url).path)


def size(icon: bytes) -> tuple[int, int]:
    """Of a PNG (its header is the first chunk)."""
    assert icon.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", icon[16:24])
    return width, height


def test_the_icons_are_as_large_as_it_says() -> None:
    said = json.loads((STATIC / "manifest.webmanifest").read_text(encoding="utf-8"))
    drawn = [icon for icon in said["icons"] if icon["src"].endswith(".png")]
    assert {icon["sizes"] for icon in drawn} == {"192x192", "512x512"}
    assert [icon["purpose"] for icon in drawn if "purpose" in icon] == ["maskable"]
    for icon in drawn:
        width, height = size((STATIC / icon["src"]).read_bytes())
        assert f"{width}x{height}" == icon["sizes"]


def test_its_colours_are_those_of_the_page() -> None:
    said = json.loads((STATIC / "manifest.webmanifest").read_text(encoding="utf-8"))
    roles = dict(re.findall(r"--([\w-]+): light-dark\((#\w+), #\w+\);", ROLES))
    dark = dict(re.findall(r"--([\w-]+): light-dark\(#\w+, (#\w+)\);", ROLES))
    assert (said["theme_color"], said["background_color"]) == (roles["card"], roles["page"])
    template = (ROOT / "templates" / "index.html").read_text(encoding="utf-8")
    metas = dict(re.findall(r'theme-color" content="(#\w+)".*data-of="(\w+)"', template))
    assert metas == {roles["card"]: "light", dark["card"]: "dark"}


def test_all_of_it_is_in_a_wheel() -> None:
    listed = re.search(
        r"monitor\.static = (\*.*)", (ROOT / "setup.cfg").read_text(encoding="utf-8")
    )
    assert listed is not None
    packed = {path for pattern in listed[1].split(", ") for path in STATIC.glob(pattern)}
    assert not {path for path in STATIC.rglob("*") if path.is_file()} - packed
