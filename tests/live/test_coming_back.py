"""Who comes back gets exactly what it missed, or is told of the gap. Over real WebSockets."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient

from monitor import app as program
from monitor.cli import load
from monitor.web.keys import HUB, SAMPLER
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


def connect(client: TestClient[Any, Any], query: str = "") -> Any:
    return client.ws_connect(f"/ws/metrics{query}", timeout=CLOSE, max_msg_size=0)


class Memory:
    """What a viewer knows: the documents that it follows, each with its seq and time."""

    def __init__(self) -> None:
        self.session = ""
        self.seqs: dict[str, int] = {}
        self.times: dict[str, float] = {}
        self.documents: dict[str, Any] = {}
        self.kinds: list[str] = []
        self.gaps: list[Any] = []

    async def follow(self, stream: Stream, done: Callable[["Memory"], bool]) -> None:
        async with asyncio.timeout(LONG_S):
            while not done(self):
                self.take(await stream.receive_json())

    def take(self, message: Any) -> None:
        kind = message["type"]
        self.kinds.append(kind)
        if kind == "welcome":
            self.session = message["session"]
        elif kind == "gap":
            self.gaps.append(message)
        elif kind in {"snapshot", "patch"}:
            topic = message["topic"]
            before = self.documents.get(topic)
            if kind == "patch":
                assert message["base"] == self.seqs[topic]
            self.documents[topic] = apply(before if kind == "patch" else {}, message["data"])
            self.seqs[topic], self.times[topic] = message["seq"], message["time"]

    def query(self, **others: Any) -> str:
        told = {"session": self.session, "since": self.seqs["host"], **others}
        return "?" + "&".join(f"{name}={value}" for name, value in told.items())


def ticks(client: TestClient[Any, Any]) -> int:
    last = client.app[SAMPLER].last
    return last.seq if last is not None else 0


async def pass_by(client: TestClient[Any, Any], count: int) -> None:
    """So many ticks, seen by somebody else."""
    other, until = Memory(), ticks(client) + count
    async with connect(client) as stream:
        await other.follow(stream, lambda m: m.seqs.get("host", 0) >= until)


async def test_who_comes_back_gets_each_tick_that_it_missed(client: TestClient[Any, Any]) -> None:
    mine, steady = Memory(), Memory()
    async with connect(client) as witness:
        async with connect(client) as stream:
            await mine.follow(stream, lambda m: m.kinds.count("patch") == 2)
        left_at = mine.seqs["host"]
        await pass_by(client, 6)
        mine.kinds.clear()
        async with connect(client, mine.query()) as stream:
            await mine.follow(stream, lambda m: m.seqs["host"] >= left_at + 9)
        assert mine.kinds[0] == "welcome"
        assert set(mine.kinds[1:]) == {"patch"}
        assert len(mine.kinds) - 1 == mine.seqs["host"] - left_at
        await steady.follow(witness, lambda m: m.seqs.get("host") == mine.seqs["host"])
    assert mine.documents["host"] == steady.documents["host"]


async def test_nobody_was_there_meanwhile_and_nothing_is_missed(
    client: TestClient[Any, Any],
) -> None:
    mine = Memory()
    async with connect(client) as stream:
        await mine.follow(stream, lambda m: "patch" in m.kinds)
    left_at = mine.seqs["host"]
    async with asyncio.timeout(LONG_S):
        while ticks(client) < left_at + 4:
            await (await client.get("/healthz")).read()
    mine.kinds.clear()
    async with connect(client, mine.query()) as stream:
        await mine.follow(stream, lambda m: m.seqs["host"] >= left_at + 4)
    assert mine.kinds[0] == "welcome"
    assert mine.kinds[1:] == ["patch"] * (mine.seqs["host"] - left_at)


async def test_other_topics_are_resumed_by_a_message(client: TestClient[Any, Any]) -> None:
    mine = Memory()
    async with connect(client) as stream:
        await stream.send_json({"type": "subscribe", "topic": "processes"})
        await mine.follow(stream, lambda m: "processes" in m.seqs and m.kinds.count("patch") > 2)
    left_at = mine.seqs["processes"]
    await pass_by(client, 4)
    mine.kinds.clear()
    async with connect(client, mine.query()) as stream:
        resume = {"type": "resume", "topic": "processes", "session": mine.session}
        await stream.send_json({**resume, "since": left_at})
        await mine.follow(stream, lambda m: m.seqs["processes"] >= left_at + 5)
        assert "snapshot" not in mine.kinds
        before = mine.documents["processes"], mine.seqs["processes"]
        await stream.send_json({"type": "snapshot", "topic": "processes"})
        while "snapshot" not in mine.kinds:
            before = mine.documents["processes"], mine.seqs["processes"]
            mine.take(await stream.receive_json(timeout=LONG_S))
    assert (mine.documents["processes"], mine.seqs["processes"]) == before


@pytest.mark.parametrize(
    ("query", "reason", "seconds"),
    [
        ("?session=another&since=7", "restart", None),
        ("?session=another&since=7&time={ago}", "restart", 100.0),
        ("?session={session}&since=0", "expired", 0.25),
        ("?session={session}&since=0&time={ago}", "expired", 100.0),
        ("?session={session}&since=999999", "expired", None),
    ],
)
async def test_a_gap_is_told_with_its_length(
    client: TestClient[Any, Any], query: str, reason: str, seconds: float | None
) -> None:
    mine = Memory()
    async with connect(client) as stream:
        await mine.follow(stream, lambda m: "host" in m.seqs)
    clock = client.app[HUB].clock
    asked = query.format(session=mine.session, ago=clock.wall() - 100.0)
    async with connect(client, asked) as stream:
        back = Memory()
        await back.follow(stream, lambda m: "patch" in m.kinds)
    assert back.kinds[:3] == ["welcome", "gap", "snapshot"]
    (gap,) = back.gaps
    assert (gap["topic"], gap["reason"]) == ("host", reason)
    if seconds is None:
        assert gap["seconds"] is None
    else:
        assert seconds <= gap["seconds"] <= seconds + LONG_S


@pytest.mark.parametrize(
    "query",
    [
        "?since=1",
        "?session=s",
        "?session=s&since=",
        "?session=s&since=x",
        "?session=s&since=-1",
        "?session=s&since=1.5",
        "?session=s&since=%D9%A3",
        "?session=s&since=1" + "0" * 5000,
        "?session=s&since=1&time=soon",
        "?session=s&since=1&time=inf",
        "?session=s&since=1&time=nan",
    ],
)
async def test_an_address_that_cannot_be_read_is_400(
    client: TestClient[Any, Any], query: str
) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await connect(client, query)
    assert refused.value.status == 400
    async with client.get(f"/ws/metrics{query}") as answer:
        text = await answer.text()
    assert any(name in text for name in ("session", "since", "time")), text
    assert len(text) < 100
