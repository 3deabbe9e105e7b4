"""Behind Debian's nginx, below a path and over HTTPS; and whom X-Forwarded-For is believed from."""

import asyncio
import json
import shutil
import ssl
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar, TCPConnector, WSServerHandshakeError
from multidict import CIMultiDict
from playwright.async_api import async_playwright

from monitor.web.forwarded import client_of, is_secure
from monitor.web.keys import ARCHIVE
from tests.support import certificates
from tests.support.locked import WORD, furnish, locked
from tests.support.nginx import nginx
from tests.support.subject import Subject, running
from tests.web.test_page import CHROMIUM

LONG_S = 30.0
BASE = "/deep/monitor"
TRUSTING = ("--base-path", BASE, "--trusted-proxy", "127.0.0.1")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificates.make(tmp_path_factory.mktemp("pair"))


class Front:
    """A monitor, and nginx before it."""

    def __init__(self, subject: Subject, port: int, cert: Path) -> None:
        self.subject = subject
        self.url = f"https://127.0.0.1:{port}{BASE}/"
        self.origin = f"https://127.0.0.1:{port}"
        self._cert = cert

    def browser(self, address: str = "127.0.0.1") -> ClientSession:
        """One at that address of this machine."""
        connector = TCPConnector(
            ssl=ssl.create_default_context(cafile=str(self._cert)), local_addr=(address, 0)
        )
        return ClientSession(connector=connector, cookie_jar=CookieJar(unsafe=True))

    async def sign_in(
        self, browser: ClientSession, word: str = WORD, **headers: str
    ) -> tuple[int, Any]:
        """The status, and the cookie if there is one."""
        async with browser.post(
            f"{self.url}login",
            data={"user": "admin", "password": word},
            allow_redirects=False,
            headers={"Origin": self.origin, **headers},
        ) as answer:
            return answer.status, next(iter(answer.cookies.values()), None)

    def hosts(self) -> list[str]:
        """From where somebody tried a wrong password, as the log has it."""
        lines = [line for line in self.subject.log if "login.failed" in line]
        return [line.partition("host=")[2].split()[0] for line in lines]


async def front(
    tmp_path: Path, pair: tuple[Path, Path], *flags: str, own_host: str = ""
) -> AsyncIterator[Front]:
    state, proxy = tmp_path / "state", tmp_path / "nginx"
    furnish(state)
    proxy.mkdir()
    environment = {"STATE_DIRECTORY": str(state)}
    async with (
        running("real", flags=flags, environment=environment, strict=False) as subject,
        nginx(proxy, pair, subject.port, BASE, own_host=own_host) as port,
    ):
        yield Front(subject, port, pair[0])


@pytest.fixture
async def trusted(tmp_path: Path, pair: tuple[Path, Path]) -> AsyncIterator[Front]:
    async for one in front(tmp_path, pair, *TRUSTING, "--max-viewers-per-address", "2"):
        yield one


async def patches(browser: ClientSession, url: str, count: int = 3) -> None:
    """Follow the stream for so many."""
    async with asyncio.timeout(LONG_S), browser.ws_connect(f"{url}ws/metrics") as stream:
        while count:
            count -= json.loads(await stream.receive_str())["type"] == "patch"


async def test_the_page_and_the_stream_are_had_through_it(trusted: Front) -> None:
    async with trusted.browser() as browser:
        status, cookie = await trusted.sign_in(browser)
        assert status == 303
        assert (cookie["path"], cookie["secure"]) == (BASE, True)
        await patches(browser, trusted.url)
        for path, status in (("", 200), ("static/js/main.js", 200), ("metrics", 200)):
            async with browser.get(f"{trusted.url}{path}") as answer:
                assert answer.status == status, path
        for origin, status in ((trusted.origin, 200), ("https://evil.example", 403)):
            async with browser.get(trusted.url, headers={"Origin": origin}) as answer:
                assert answer.status == status
        # The path without its slash leads to the one with it.
        async with browser.get(trusted.url.rstrip("/"), allow_redirects=False) as answer:
            assert answer.status in (301, 308) and answer.headers["Location"].endswith(f"{BASE}/")


async def test_chromium_signs_in_through_it(trusted: Front) -> None:
    async with asyncio.timeout(2 * LONG_S), async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM
        )
        page = await (await browser.new_context(ignore_https_errors=True)).new_page()
        await page.goto(trusted.url)
        await page.wait_for_url(f"{trusted.url}login")
        await page.fill("#password", WORD)
        await page.click("button")
        await page.wait_for_url(trusted.url)
        await page.locator("html[data-phase=live]").wait_for(timeout=LONG_S * 1000)
        await page.click("text=Sign out")
        await page.wait_for_url(f"{trusted.url}login")
        await browser.close()


async def test_a_trusted_proxy_is_believed_who_asks(trusted: Front) -> None:
    """What the asker says itself is not: nginx appends to it."""
    async with trusted.browser("127.0.0.5") as one, trusted.browser("127.0.0.6") as other:
        for number in range(6):
            said = {"X-Forwarded-For": f"192.0.2.{number}"}
            status, _ = await trusted.sign_in(one, "wrong horse", **said)
            assert status == (401 if number < 5 else 429)
        assert (await trusted.sign_in(other))[0] == 303
        assert set(trusted.hosts()) == {"127.0.0.5"}


async def test_each_address_behind_it_has_its_own_seats(trusted: Front) -> None:
    async with trusted.browser("127.0.0.5") as one, trusted.browser("127.0.0.6") as other:
        for browser in (one, other):
            await trusted.sign_in(browser)
        url = f"{trusted.url}ws/metrics"
        async with one.ws_connect(url), one.ws_connect(url), other.ws_connect(url):
            with pytest.raises(WSServerHandshakeError) as refused:
                await one.ws_connect(url)
            assert refused.value.status == 503


async def test_nobody_else_is_believed(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    async for here in front(tmp_path, pair, "--base-path", BASE, "--trusted-proxy", "192.0.2.1"):
        async with here.browser("127.0.0.5") as browser:
            assert (await here.sign_in(browser, "wrong horse"))[0] == 401
            assert here.hosts() == ["127.0.0.1"]
            _, cookie = await here.sign_in(browser)
            assert not cookie["secure"]


async def test_a_proxy_may_pass_a_host_of_its_own_on(
    tmp_path: Path, pair: tuple[Path, Path]
) -> None:
    flags = (*TRUSTING, "--allowed-host", "mon.example")
    async for here in front(tmp_path, pair, *flags, own_host="monitor.internal"):
        async with here.browser() as browser, browser.get(here.url) as answer:
            assert answer.status == 400
    again = tmp_path / "again"
    again.mkdir()
    async for here in front(again, pair, *flags, own_host="mon.example"):
        async with here.browser() as browser:
            for origin, status in (
                ("https://mon.example", 303),
                ("https://mon.example:8443", 403),
                ("http://mon.example", 403),
            ):
                assert (await here.sign_in(browser, Origin=origin))[0] == status


async def test_each_address_behind_it_has_its_own_questions_to_the_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    async with locked(tmp_path, "--trusted-proxy", "127.0.0.1") as server:
        archive = server.app[ARCHIVE]
        ask = archive.ask

        def heard(question: Any, who: str = "") -> Any:
            asked.append(who)
            return ask(question, who)

        monkeypatch.setattr(archive, "ask", heard)
        async with server.browser() as browser:
            for address in ("192.0.2.1", "192.0.2.2"):
                headers = {"X-Forwarded-For": address}
                await server.ask(browser, "/api/v1/metrics", headers=headers)
    assert asked == ["192.0.2.1", "192.0.2.2"]


# By the letter

PROXIES = tuple(map(ip_network, ("10.0.0.0/8", "127.0.0.1/32", "::1/128")))


def asked(peer: str, **headers: str | list[str]) -> Any:
    """A request from there, with these headers."""
    told: CIMultiDict[str] = CIMultiDict()
    for name, values in headers.items():
        for value in [values] if isinstance(values, str) else values:
            told.add(name.replace("_", "-"), value)
    extra = {"peername": (peer, 4711)}
    return SimpleNamespace(headers=told, transport=SimpleNamespace(get_extra_info=extra.get))


@pytest.mark.parametrize(
    ("peer", "said", "client"),
    [
        ("127.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:127.0.0.1", "192.0.2.7", "192.0.2.7"),
        # The last one that we were told by somebody we trust.
        ("127.0.0.1", "192.0.2.1, 192.0.2.7", "192.0.2.7"),
        ("127.0.0.1", "192.0.2.1, 192.0.2.7, 10.1.2.3", "192.0.2.7"),
        ("127.0.0.1", ["192.0.2.1", "192.0.2.7, 10.1.2.3"], "192.0.2.7"),
        ("127.0.0.1", "10.0.0.1, 10.0.0.2", "10.0.0.1"),
        # Of whom we do not trust, it is what he says.
        ("192.0.2.9", "192.0.2.7", "192.0.2.9"),
        ("192.0.2.9", "127.0.0.1", "192.0.2.9"),
        # What is no address is nobody.
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", "192.0.2.7, x", "127.0.0.1"),
        ("127.0.0.1", "192.0.2.7:80", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", [], "127.0.0.1"),
    ],
)
def test_the_client_is_whom_the_nearest_trusted_proxy_names(
    peer: str, said: str | list[str], client: str
) -> None:
    assert client_of(asked(peer, X_Forwarded_For=said), PROXIES) == client
    assert client_of(asked(peer, X_Forwarded_For=said), ()) == peer


@pytest.mark.parametrize(
    ("peer", "said", "secure"),
    [
        ("127.0.0.1", "https", True),
        ("127.0.0.1", "HTTPS", True),
        ("127.0.0.1", "http, https", True),
        ("127.0.0.1", "https, http", False),
        ("127.0.0.1", ["https", "http"], False),
        ("127.0.0.1", "http", False),
        ("127.0.0.1", [], False),
        ("192.0.2.9", "https", False),
    ],
)
def test_it_is_encrypted_where_a_trusted_proxy_says_so(
    peer: str, said: str | list[str], secure: bool
) -> None:
    assert is_secure(asked(peer, X_Forwarded_Proto=said), PROXIES) is secure
