"""Topics on demand, over a real WebSocket: introduced, patched, and read no longer than wanted."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient

from monitor import app as program
from monitor.cli import load
from monitor.live.topics import TOPICS
from monitor.web.keys import HUB
from tests.collectors.processes import servant
from tests.collectors.sources import on_linux
from tests.wire.test_document import apply

pytestmark = on_linux
StartClient = Callable[[Any], Awaitable[TestClient[Any, Any]]]
Stream = aiohttp.ClientWebSocketResponse
LONG_S = 30.0
CLOSE = aiohttp.ClientWSTimeout(ws_close=5)


@pytest.fixture
async def client(aiohttp_client: StartClient, tmp_path: Path) -> TestClient[Any, Any]:
    arguments = ["--interval", "0.25", "--cpu-budget", "100"]
    return await aiohttp_client(program.build(load(arguments, {"STATE_DIRECTORY": str(tmp_path)})))


async def say(stream: Stream, **message: Any) -> None:
    await stream.send_str(json.dumps(message))


async def hear(stream: Stream, wanted: Callable[[Any], bool]) -> Any:
    """The next message of that sort."""
    async with asyncio.timeout(LONG_S):
        while not wanted(message := await stream.receive_json()):
            pass
    return message


def of(topic: str, kind: str | None = None) -> Callable[[Any], bool]:
    return lambda m: m.get("topic") == topic and kind in {None, m["type"]}


async def test_patches_make_the_same_document_as_a_snapshot(client: TestClient[Any, Any]) -> None:
    async with client.ws_connect("/ws/metrics", timeout=CLOSE, max_msg_size=0) as stream:
        await say(stream, type="subscribe", topic="processes")
        introduction = await hear(stream, of("processes"))
        assert introduction["type"] == "topic"
        assert introduction["metrics"]["process.cpu"]["unit"] == "ratio"
        first = await hear(stream, of("processes"))
        assert first["type"] == "snapshot"
        document, seq = first["data"], first["seq"]
        for _ in range(8):
            patch = await hear(stream, of("processes", "patch"))
            assert patch["base"] == seq
            document, seq = apply(document, patch["data"]), patch["seq"]
        assert document["process"][str(os.getpid())]["parent"] == os.getppid()
        await say(stream, type="snapshot", topic="processes")
        while (message := await hear(stream, of("processes")))["type"] == "patch":
            document, seq = apply(document, message["data"]), message["seq"]
        assert message["seq"] == seq
        assert message["data"] == document


async def test_a_topic_is_wanted_while_somebody_is_subscribed(client: TestClient[Any, Any]) -> None:
    hub = client.app[HUB]
    async with client.ws_connect("/ws/metrics", timeout=CLOSE, max_msg_size=0) as one:
        for topic in TOPICS:
            await say(one, type="subscribe", topic=topic)
        await hear(one, of(list(TOPICS)[-1]))
        async with client.ws_connect("/ws/metrics", timeout=CLOSE, max_msg_size=0) as two:
            await say(two, type="subscribe", topic="commands")
            await say(two, type="subscribe", topic="commands")
            await hear(two, of("commands", "snapshot"))
            await say(one, type="unsubscribe", topic="commands")
            await say(one, type="unsubscribe", topic="commands")
            await say(one, type="?")
            await hear(one, lambda m: m["type"] == "error")
            assert hub.topics.watched("commands")
        assert {topic for topic in TOPICS if hub.topics.watched(topic)} == TOPICS.keys() - {
            "commands"
        }
    assert not [topic for topic in TOPICS if hub.topics.watched(topic)]


async def test_rude_names_and_command_lines_are_shown_escaped(client: TestClient[Any, Any]) -> None:
    with servant(b"\xff<b>\x1b[2J") as rude:
        rude.do(r"name(b'\xff\n<i>\x1b')")
        async with client.ws_connect("/ws/metrics", timeout=CLOSE, max_msg_size=0) as stream:
            await say(stream, type="subscribe", topic="processes")
            await say(stream, type="subscribe", topic="commands")
            key = str(rude.pid)
            shown = "\\xff\\x0a<i>\\x1b"
            seen: set[Any] = set()
            while not (shown in seen and any(str(s).endswith("\\xff<b>\\x1b[2J") for s in seen)):
                message = await hear(stream, lambda m: "data" in m)
                seen |= {named(message, "process", key, "name")}
                seen |= {named(message, "command", key, "line")}
            await say(stream, type="process", pid=rude.pid)
            details = (await hear(stream, lambda m: m["type"] == "process"))["data"]
            assert details["name"] == shown
            assert details["command"][-1] == "\\xff<b>\\x1b[2J"


def named(message: Any, family: str, key: str, field: str) -> Any:
    row = message.get("data", {}).get(family, {}).get(key) or {}
    return row.get(field)


async def test_a_process_that_is_not_there_is_an_error_and_no_end(
    client: TestClient[Any, Any],
) -> None:
    async with client.ws_connect("/ws/metrics", timeout=CLOSE) as stream:
        await say(stream, type="process", pid=1 << 22)
        error = await hear(stream, lambda m: m["type"] in {"process", "error"})
        assert error["code"] == "no-process"
        await hear(stream, of("host", "patch"))


async def test_of_questions_asked_at_once_the_last_is_answered(
    client: TestClient[Any, Any],
) -> None:
    async with client.ws_connect("/ws/metrics", timeout=CLOSE) as stream:
        for pid in (os.getppid(), os.getppid(), os.getpid()):
            await say(stream, type="process", pid=pid)
        while (await hear(stream, lambda m: m["type"] == "process"))["pid"] != os.getpid():
            pass


async def test_who_leaves_takes_the_question_along(client: TestClient[Any, Any]) -> None:
    hub = client.app[HUB]
    async with client.ws_connect("/ws/metrics", timeout=CLOSE) as stream:
        await say(stream, type="process", pid=os.getpid())
    async with client.ws_connect("/ws/metrics", timeout=CLOSE) as stream:
        await hear(stream, of("host", "patch"))
        assert not hub._questions._tasks  # noqa: SLF001  (what it holds)
