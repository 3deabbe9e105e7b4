"""Of 25 secrets in real command lines the monitor tells none: not on the stream, in an answer, in
the history or in its log. What it does tell of the same processes is found there."""

import asyncio
import base64
import contextlib
import gzip
import json
import re
import secrets
import shlex
import signal
import sqlite3
import subprocess
import sys
import tempfile
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.collectors.sources import on_linux
from tests.support import peers
from tests.support.observed import Setup
from tests.support.subject import ROOM, Subject, running

pytestmark = on_linux
SOON_S = 40.0
PAUSE_S = 0.1
STOP_S = 5.0
# Takes the place of its own arguments, for which it has room.
IMPERSONATE = """
import ctypes, sys
line = bytes.fromhex(sys.stdin.readline())
fields = open("/proc/self/stat", "rb").read().rpartition(b")")[2].split()
begin, end = int(fields[45]), int(fields[46])
assert len(line) < end - begin
ctypes.memmove(begin, line.ljust(end - begin, b"\\0"), end - begin)
ctypes.CDLL(None).prctl(15, sys.argv[1].encode(), 0, 0, 0)
print("ready", flush=True)
sys.stdin.read()
"""
NAME = "leaky-one"
TABLE = "/api/v1/processes?at=now"
SNAPSHOT = "/api/v1/snapshot?from=-1m"
# § stands for the secret.
LINES = """
mysql -uroot -p§ db
mysqldump --password=§ db
sshpass -p § ssh -p 22 host
x --password § --port 80
x --token=§
kubectl --token § get pods
x --api-key § --client-secret=§
curl -u me:§ https://h/
curl -H 'Authorization: Bearer §' https://h/
curl -H 'Authorization: Basic §' https://h/
curl 'https://h/?token=§&page=2'
curl 'https://h/?X-Amz-Signature=§'
psql postgres://me:§@h/db
psql 'host=h password=§ user=me'
app 'Server=h;User Id=sa;Password=§ §;Database=d'
env PGPASSWORD=§ AWS_SECRET_ACCESS_KEY=§ psql
docker login -u me -p § registry
redis-cli -a § ping
openssl enc -passin pass:§ -in x
7z a -p§ x.7z
smbclient //h/s -U user%§
ldapsearch -x -w §
x ghp_§ eyJhbGciOiJIUzI1NiJ9.§.§
x '-----BEGIN PRIVATE KEY-----
§
§
-----END PRIVATE KEY-----'
sh -c "sshpass -p '§' ssh h \\"mysql -p'§'\\""
"""


def lines_by_secret() -> dict[str, list[str]]:
    """The arguments by the secret in them, which nobody has had before."""
    found = {}
    for line in (
        LINES.strip().replace("\n§", "\x01§").replace("\n-----END", "\x01-----END").split("\n")
    ):
        secret = "Q" + secrets.token_hex(15)
        found[secret] = shlex.split(line.replace("\x01", "\n").replace("§", secret))
    assert len(found) == 25
    return found


@contextlib.contextmanager
def processes(lines: dict[str, list[str]]) -> Iterator[list[int]]:
    """One for each command line; their numbers."""
    with contextlib.ExitStack() as alive:
        started = []
        for line in lines.values():
            one = alive.enter_context(
                subprocess.Popen(
                    [sys.executable, "-S", "-c", IMPERSONATE, NAME, "x" * 1000],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            alive.callback(one.kill)
            assert one.stdin is not None
            one.stdin.write("\0".join([*line, ""]).encode().hex() + "\n")
            one.stdin.flush()
            started.append(one)
        for one, line in zip(started, lines.values(), strict=True):
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
            told = Path(f"/proc/{one.pid}/cmdline").read_bytes().rstrip(b"\0")
            assert told.decode().split("\0") == line
        yield [one.pid for one in started]


@dataclass
class Told:
    """All that was told, by where."""

    lines: dict[str, list[str]]
    where: dict[str, bytes] = field(default_factory=dict)

    def leaks(self) -> dict[str, int]:
        """How many of the secrets are told, where any is; half of one is one."""
        halves = [(s[:12].encode(), s[-12:].encode()) for s in self.lines]
        found = {
            place: sum(any(half in text for half in pair) for pair in halves)
            for place, text in self.where.items()
        }
        return {place: count for place, count in found.items() if count}


async def stream(subject: Subject, pids: list[int]) -> tuple[bytes, bytes]:
    """The stream of all topics until each has come, and then the details of each process."""
    async with peers.viewer(subject.url) as ws:
        followed: list[str] = [str(await ws.recv())]
        topics = set(json.loads(followed[0])["topics"])
        for topic in topics:
            await ws.send(json.dumps({"type": "subscribe", "topic": topic}))

        async def until(came: Callable[[dict[str, Any]], bool], kept: list[str]) -> None:
            async with asyncio.timeout(SOON_S):
                while True:
                    kept.append(str(await ws.recv()))
                    if came(json.loads(kept[-1])):
                        return

        waited = set(topics)

        def last(message: dict[str, Any]) -> bool:
            text = json.dumps(message)
            if message.get("topic") != "commands" or all(f'"{pid}"' in text for pid in pids):
                waited.discard(message.get("topic"))
            return not waited

        await until(last, followed)
        details: list[str] = []
        for pid in pids:
            await ws.send(json.dumps({"type": "process", "pid": pid}))
            await until(lambda message: message["type"] == "process", details)
        await ws.send(json.dumps({"type": "snapshot", "topic": "commands"}))
        await until(lambda message: message.get("topic") == "commands", followed)
    return "\n".join(followed).encode(), "\n".join(details).encode()


async def answers(subject: Subject) -> dict[str, bytes]:
    """What is answered to everybody, and what the history knows of the processes."""
    found: dict[str, bytes] = {}
    base = f"http://127.0.0.1:{subject.port}"
    async with aiohttp.ClientSession() as session, asyncio.timeout(SOON_S):

        async def get(path: str) -> bytes:
            async with session.get(base + path) as answer:
                return await answer.read()

        while NAME.encode() not in found.get(TABLE, b""):
            await asyncio.sleep(PAUSE_S)
            found[TABLE] = await get(TABLE)
        api = ("processes?at=now&format=csv", "metrics", "history", "openapi.json")
        asked = (
            *("explain?metric=cpu", "explain?metric=memory", "query?metric=load.used"),
            *("moment?at=now", "marks"),
        )
        pages = ("/", "/metrics", "/healthz", "/readyz", "/nothing-there")
        for path in (*pages, *(f"/api/v1/{name}" for name in (*api, *asked))):
            found[path] = await get(path)
        page = await get(SNAPSHOT)
        packed = re.search(rb'id="record">([^<]+)<', page)
        assert packed is not None
        found[SNAPSHOT] = page + gzip.decompress(base64.b64decode(packed[1]))
    return found


def kept(directory: Path) -> bytes:
    """All bytes of the history's files, and what is packed in them."""
    parts = [path.read_bytes() for path in directory.rglob("*") if path.is_file()]
    file = sqlite3.connect(f"file:{directory / 'history.db'}?mode=ro", uri=True)
    with contextlib.closing(file) as db:
        tables = [
            name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type='table'")
        ]
        for table in tables:
            for row in db.execute(f"SELECT * FROM {table}"):
                parts += [unpacked(cell) for cell in row if isinstance(cell, bytes)]
    return b"\n".join(parts)


def unpacked(data: bytes) -> bytes:
    """What a blob holds, wherever in it there is something packed (RFC 1950)."""
    found = []
    for at in range(len(data)):
        if data[at] == 0x78 and int.from_bytes(data[at : at + 2], "big") % 31 == 0:
            with contextlib.suppress(zlib.error):
                found.append(zlib.decompressobj().decompress(data[at:]))
    return b"\n".join(found)


async def exported(directory: Path) -> bytes:
    """All that `python -m monitor export` writes."""
    command = [sys.executable, "-m", "monitor", "export", "--data-dir", str(directory)]
    process = await asyncio.create_subprocess_exec(
        *command, "--format", "jsonl", stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    async with asyncio.timeout(SOON_S):
        text, _ = await process.communicate()
    assert process.returncode == 0, text
    return text


@contextlib.asynccontextmanager
async def watched(*, redacts: bool) -> AsyncIterator[Told]:
    """A monitor that has told all it can of 25 processes, and has ended."""
    told = Told(lines_by_secret())
    flags = (*ROOM, "--log-level", "debug")
    with tempfile.TemporaryDirectory() as state, processes(told.lines) as pids:
        directory = {"STATE_DIRECTORY": state}
        setup = Setup(redacts=redacts)
        async with running("real", setup, strict=False, flags=flags, environment=directory) as one:
            told.where["stream"], told.where["details"] = await stream(one, pids)
            told.where |= await answers(one)
            assert await one.stop(signal.SIGTERM, STOP_S) == 0
        told.where["log"] = "\n".join(one.log).encode()
        told.where["history"] = kept(Path(state))
        told.where["export"] = await exported(Path(state))
        yield told


async def test_no_secret_of_a_command_line_is_told_anywhere() -> None:
    async with watched(redacts=True) as told:
        assert told.leaks() == {}
        # That is no wonder where nothing is told: each place knows of these processes.
        for place in ("stream", "details", TABLE, SNAPSHOT, "history"):
            assert told.where[place].count(NAME.encode()) >= len(told.lines), place
        for place in ("stream", "details"):
            assert told.where[place].count(b"***") >= len(told.lines), place
        for place, text in told.where.items():
            assert text, place
        print({place: len(text) for place, text in told.where.items()})


async def test_without_redaction_the_same_search_finds_all_of_them() -> None:
    async with watched(redacts=False) as told:
        assert told.leaks() == {"stream": len(told.lines), "details": len(told.lines)}
