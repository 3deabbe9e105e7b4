"""Signing in and out: the form, the cookie, the session and its end."""

import asyncio
import re
import statistics
import time
from collections.abc import AsyncIterator
from http.cookies import Morsel
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector

from monitor.auth import accounts
from monitor.auth.role import Role
from monitor.cli import load
from monitor.web.visitor import cookie_of
from tests.support.locked import ACCOUNTS, WORD, Locked, furnish, locked

COOKIE = cookie_of(load([], {"HOME": "/"}))
LIMIT_S = 20.0
UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
# What an end of a session may take to reach its viewers.
END_S = 2.0


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Locked]:
    furnish(tmp_path)
    async with locked(tmp_path) as server:
        yield server


def cookie(answer_cookies: "dict[str, Morsel[str]]") -> "Morsel[str]":
    return answer_cookies[COOKIE]


async def test_a_stranger_is_led_to_the_form_and_the_form_to_the_page(server: Locked) -> None:
    async with server.browser() as browser:
        answer = await server.ask(browser, "/")
        assert (answer.status, answer.headers["Location"]) == (303, "/login")
        form = await server.ask(browser, "/login")
        text = await form.text()
        assert form.status == 200 and '<form method="post" action="login">' in text
        assert form.headers["Cache-Control"] == "no-store"
        answer = await server.sign_in(browser)
        assert (answer.status, answer.headers["Location"]) == (303, "/")
        page = await server.ask(browser, "/")
        assert page.status == 200 and "admin, admin" in await page.text()
        # Who has signed in is not asked again.
        again = await server.ask(browser, "/login")
        assert (again.status, again.headers["Location"]) == (303, "/")


async def test_the_cookie_is_for_this_page_alone(server: Locked) -> None:
    async with server.browser() as browser:
        found = cookie((await server.sign_in(browser)).cookies)
        assert (found["httponly"], found["samesite"], found["path"]) == (True, "Strict", "/")
        assert found["max-age"] == str(7 * 24 * 3600) and not found["secure"]
        assert len(found.value) >= 43  # 256 bits in base64
        # The server has its hash and not the secret.
        assert found.value.encode() not in b"".join(server.gate.sessions._sessions)  # noqa: SLF001


async def test_below_a_base_path_the_cookie_is_too(tmp_path: Path) -> None:
    furnish(tmp_path)
    async with locked(tmp_path, base_path="/m") as server, server.browser() as browser:
        answer = await server.ask(browser, "/")
        assert answer.headers["Location"] == "/m/login"
        answer = await server.sign_in(browser)
        assert answer.headers["Location"] == "/m/"
        assert cookie(answer.cookies)["path"] == "/m"
        assert (await server.ask(browser, "/")).status == 200


async def test_the_secret_changes_at_each_login_and_the_old_one_is_worth_nothing(
    server: Locked,
) -> None:
    async with server.browser() as browser, server.browser() as thief:
        first = cookie((await server.sign_in(browser)).cookies).value
        second = cookie((await server.sign_in(browser)).cookies).value
        assert first != second
        for secret, status in ((first, 401), (second, 200), ("", 401), ("x" * 4000, 401)):
            headers = {"Cookie": f"{COOKIE}={secret}"}
            answer = await server.ask(thief, "/api/v1/history", headers=headers)
            assert (answer.status == 401) is (status == 401), secret


@pytest.mark.parametrize(
    ("user", "word"),
    [
        ("admin", "wrong horse"),
        ("admin", ""),
        ("nobody", WORD),
        ("", ""),
        ("admin\0", WORD),
        ("ADMIN", WORD),
        ("admin", "x" * 10_000),
        ("<b>x</b>", "x"),
    ],
)
async def test_what_does_not_fit_is_refused(server: Locked, user: str, word: str) -> None:
    async with server.browser() as browser:
        answer = await server.sign_in(browser, user, word)
        assert answer.status == 401 and not answer.cookies
        assert "do not fit" in await answer.text() and "<b>" not in await answer.text()


async def test_a_form_is_a_small_form(server: Locked) -> None:
    async with server.browser() as browser:
        for method, sent, status in (
            ("POST", {"json": {"user": "admin"}}, 415),
            ("POST", {"data": {"user": "x" * 20_000}}, 413),
            ("PUT", {}, 405),
        ):
            assert (await server.ask(browser, "/login", method, **sent)).status == status


async def test_a_foreign_page_cannot_sign_anybody_in_or_out(server: Locked) -> None:
    async with server.browser("admin") as browser:
        for origin in ("http://evil.example", "null", ""):
            headers = {"Origin": origin}
            assert (await server.sign_in(browser, headers=headers)).status == 403
            answer = await server.ask(browser, "/logout", "POST", headers=headers)
            assert answer.status == 403
        assert (await server.ask(browser, "/")).status == 200


# Tries


async def test_after_five_failures_a_minute_there_is_no_more_trying(server: Locked) -> None:
    async with server.browser() as browser:
        for _ in range(5):
            assert (await server.sign_in(browser, word="wrong horse")).status == 401
        answer = await server.sign_in(browser)
        assert answer.status == 429 and 50 <= int(answer.headers["Retry-After"]) <= 60
        assert "Too many tries" in await answer.text()


async def test_many_at_once_are_no_way_around_it(server: Locked) -> None:
    async with server.browser() as browser:
        answers = await asyncio.gather(
            *(server.sign_in(browser, word=f"wrong horse {n}") for n in range(40))
        )
        assert sorted(answer.status for answer in answers) == [401] * 5 + [429] * 35


async def test_who_signs_in_is_not_counted(server: Locked) -> None:
    async with server.browser() as browser:
        for _ in range(8):
            assert (await server.sign_in(browser)).status == 303


async def test_one_address_does_not_shut_out_another(server: Locked) -> None:
    async with server.browser() as browser:
        for _ in range(6):
            await server.sign_in(browser, word="wrong horse")
        connector = TCPConnector(local_addr=("127.0.0.2", 0))
        async with server.browser(connector=connector) as other:
            assert (await server.sign_in(other)).status == 303


async def test_an_unknown_user_takes_as_long_as_a_known_one(server: Locked) -> None:
    took: dict[str, list[float]] = {"admin": [], "nobody": []}
    for number in range(2, 14):
        for user, times in took.items():
            began = time.perf_counter()
            secret = await server.gate.sign_in(user, "wrong horse", f"127.0.0.{number}")
            times.append(time.perf_counter() - began)
            assert secret is None
    known, unknown = (statistics.median(times) for times in took.values())
    assert min(known, unknown) > 0.01 and 0.5 < known / unknown < 2.0


# The end


async def opened(browser: ClientSession, server: Locked) -> "asyncio.Task[int | None]":
    """A stream of that browser: the code that it is closed with."""
    stream = await browser.ws_connect(f"{server.base}/ws/metrics")
    assert (await stream.receive_json())["type"] == "welcome"

    async def closed() -> int | None:
        async for _ in stream:
            pass
        return stream.close_code

    return asyncio.create_task(closed())


async def test_signing_out_ends_the_streams_of_that_session_and_no_other(server: Locked) -> None:
    async with server.browser("admin") as browser, server.browser("admin") as other:
        streams = [await opened(browser, server) for _ in range(3)]
        stays = await opened(other, server)
        answer = await server.ask(browser, "/logout", "POST")
        assert (answer.status, answer.headers["Location"]) == (303, "/login")
        assert cookie(answer.cookies)["max-age"] == "0"
        async with asyncio.timeout(END_S):
            assert await asyncio.gather(*streams) == [4401] * 3
        assert not stays.done()
        answer = await server.ask(browser, "/ws/metrics", headers=UPGRADE)
        assert answer.status == 401
        stays.cancel()


@pytest.mark.parametrize(("idle", "age"), [(12 * 3600, 0), (0, 7 * 24 * 3600)])
async def test_a_session_that_is_over_ends_its_streams(
    server: Locked, idle: float, age: float
) -> None:
    async with server.browser("admin") as browser:
        stream = await opened(browser, server)
        (session,) = server.gate.sessions._sessions.values()  # noqa: SLF001
        session.used -= idle - 1
        session.began -= age - 1 if age else 0
        async with asyncio.timeout(END_S):
            assert await stream == 4401
        assert (await server.ask(browser, "/metrics")).status == 401


async def test_who_gets_another_password_or_role_has_to_sign_in_again(
    server: Locked, tmp_path: Path
) -> None:
    async with server.browser("eve") as browser, server.browser("admin") as other:
        stream, stays = await opened(browser, server), await opened(other, server)
        changed = accounts.Account("eve", Role.ADMIN, ACCOUNTS["eve"].hash)
        accounts.write(tmp_path / accounts.NAME, {**ACCOUNTS, "eve": changed})
        async with asyncio.timeout(END_S):
            assert await stream == 4401
        assert not stays.done()
        stays.cancel()


async def test_an_open_monitor_locks_itself_when_somebody_gets_a_password(tmp_path: Path) -> None:
    async with locked(tmp_path) as server, server.browser() as browser:
        path = "/api/v1/openapi.json"
        assert (await server.ask(browser, path)).status == 200
        answer = await server.ask(browser, "/login")
        assert (answer.status, answer.headers["Location"]) == (303, "/")
        furnish(tmp_path)
        async with asyncio.timeout(LIMIT_S):
            while (await server.ask(browser, path)).status == 200:
                pass
        # Without the file nobody can sign in; that does not open it again, nor does a broken one.
        file = tmp_path / accounts.NAME
        file.write_text("nonsense\n")
        file.chmod(0o600)
        assert (await server.sign_in(browser)).status == 303
        file.unlink()
        async with asyncio.timeout(LIMIT_S):
            while (await server.ask(browser, path)).status == 200:
                pass
        assert server.gate.locked


async def test_no_secret_is_in_the_log(server: Locked, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with server.browser() as browser:
        await server.sign_in(browser, word="wrong horse")
        await server.sign_in(browser, user=WORD)  # typed into the wrong field
        secret = cookie((await server.sign_in(browser)).cookies).value
    said = " ".join(f"{r.getMessage()} {vars(r)}" for r in caplog.records)
    assert "login.failed" in said
    assert not re.search(f"{WORD}|wrong horse|{re.escape(secret)}", said)
