"""What is answered on each address, over HTTP."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from monitor import app as program
from monitor.cli import load
from monitor.web.keys import HISTORY, SAMPLER

Client = TestClient[web.Request, web.Application]
Make = Callable[..., Awaitable[Client]]


@pytest.fixture
async def client(aiohttp_client: Any, tmp_path: Path) -> Make:
    async def make(*flags: str) -> Client:
        config = load(flags, {"STATE_DIRECTORY": str(tmp_path)})
        made: Client = await aiohttp_client(program.build(config))
        return made

    return make


async def test_the_icon_that_browsers_ask_for_unbidden(client: Make) -> None:
    answer = await (await client()).get("/favicon.ico")
    assert (answer.status, await answer.read()) == (204, b"")


async def test_health_tells_that_it_is_alive_and_how_the_history_is(
    client: Make, tmp_path: Path
) -> None:
    here = await client("--data-dir", str(tmp_path))
    answer = await here.get("/healthz")
    said = "degraded: the history is off: not open\n"
    assert (answer.status, await answer.text()) == (200, said)
    here.app[HISTORY].open()
    try:
        assert await (await here.get("/healthz")).text() == "ok\n"
    finally:
        here.app[HISTORY].close()


async def test_ready_means_that_the_machine_is_being_watched(client: Make) -> None:
    here = await client()
    sampler = here.app[SAMPLER]
    async with asyncio.timeout(10), here.ws_connect("/ws/metrics") as ws:
        while (await ws.receive_json())["type"] != "snapshot":
            pass
    answer = await here.get("/readyz")
    assert (answer.status, await answer.text()) == (200, "ok\n")
    await sampler.stop()
    sampler.read_at = None
    answer = await here.get("/readyz")
    assert (answer.status, await answer.text()) == (503, "not ready\n")


@pytest.mark.parametrize("path", ["/", "/nowhere", "/favicon.ico", "/static/icon.svg"])
async def test_every_answer_carries_the_headers(client: Make, path: str) -> None:
    answer = await (await client()).get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Server" not in answer.headers


async def test_a_proxy_may_mount_it_anywhere(client: Make) -> None:
    here = await client("--base-path", "/a/monitor")
    page = await here.get("/a/monitor/")
    assert page.status == 200
    without_slash = await here.get("/a/monitor", allow_redirects=False)
    assert (without_slash.status, without_slash.headers["Location"]) == (308, "/a/monitor/")
    assert (await here.get("/a/monitor/static/icon.svg")).status == 200
    assert (await here.get("/a/monitor/healthz")).status == 200
    async with here.ws_connect("/a/monitor/ws/metrics") as ws:
        assert (await ws.receive_json())["type"] == "welcome"
    assert (await here.get("/")).status == 404


async def test_the_page_names_nothing_by_an_absolute_address(client: Make) -> None:
    text = await (await (await client()).get("/")).text()
    assert 'src="/' not in text and 'href="/' not in text and "http" not in text.lower()


async def test_the_stream_refuses_while_it_stops(client: Make) -> None:
    here = await client()
    await program.stop(here.app)
    answer = await here.get("/ws/metrics")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")


async def test_stopping_twice_is_stopping_once(client: Make) -> None:
    here = await client()
    async with here.ws_connect("/ws/metrics") as ws:
        await ws.receive()
        stopping = asyncio.gather(program.stop(here.app), program.stop(here.app))
        types = [message.json()["type"] async for message in ws]
        await stopping
        assert types.count("bye") == 1
        assert ws.close_code == 1001


@pytest.mark.parametrize(
    "name", ["a" * 300, "a" * 4000, "css/../../setup.cfg", "%2e%2e/setup.cfg", "css", "", "a%00b"]
)
async def test_what_is_not_the_pages_own_is_not_there(
    client: Make, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await (await client()).get(f"/static/{name}")
    assert answer.status == 404
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_what_has_not_changed_is_not_sent_again(client: Make) -> None:
    here = await client()
    first = await here.get("/static/icon.svg")
    assert first.headers["Cache-Control"] == "no-cache"
    again = await here.get("/static/icon.svg", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 304


async def test_a_head_opens_no_stream(client: Make) -> None:
    assert (await (await client()).head("/ws/metrics")).status == 405


@pytest.mark.parametrize("flag", ["--max-viewers", "--max-viewers-per-address"])
async def test_viewers_beyond_the_limit_are_told_which_it_is_and_to_come_later(
    client: Make, flag: str
) -> None:
    here = await client(flag, "1")
    async with here.ws_connect("/ws/metrics") as ws:
        await ws.receive()
        answer = await here.get("/ws/metrics")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
        assert (await answer.text()).endswith(f": {flag}\n")
    async with asyncio.timeout(10):
        while (await here.get("/ws/metrics")).status == 503:
            pass
    async with here.ws_connect("/ws/metrics") as ws:
        assert (await ws.receive_json())["type"] == "welcome"
