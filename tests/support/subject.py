"""Starts a server under observation in a process of its own, asks what it holds, reads its log."""

import asyncio
import contextlib
import json
import os
import random
import re
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from monitor.config import OPTIONS
from tests.support.observed import BLOCK, Setup

ROOT = Path(__file__).parents[2]
START_S = 30.0
LOG_LIMIT = 1 << 26
PAUSE_S = 0.05
# What must never be in a log: each is the mark of an end that went wrong.
FORBIDDEN = (
    "never retrieved",
    "was destroyed",
    "Cannot write to closing transport",
    "ResourceWarning",
    "Traceback",
    "was never awaited",
    "RuntimeError",
)
# All of a test's viewers come from one address, and there are more of them than people would send.
ROOM = tuple(
    word
    for option in OPTIONS
    if option.name in ("max_viewers", "max_viewers_per_address")
    for word in (option.flag, "20000")
)
# asyncio's debug mode complains of slow callbacks at WARNING, and the sampler of collectors that
# have not answered in time: a matter of the machine's load.
ABOVE_INFO = re.compile(r"^(?!.*\b(Executing <|in time\"$)).*\b(WARNING|ERROR|CRITICAL)\b")


@dataclass(frozen=True)
class Holding:
    """What the server holds at one moment."""

    tasks: int
    task_names: list[str]
    descriptors: int
    sockets: int
    rss: int  # bytes


@dataclass
class Subject:
    """A running server."""

    kind: str
    setup: Setup
    process: asyncio.subprocess.Process
    log_file: BinaryIO
    said: list[dict[str, Any]] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _whole_log: bytes | None = None

    @property
    def log(self) -> list[str]:
        """The lines that it has written to stderr so far."""
        text = self._whole_log
        return (self._read_log() if text is None else text).decode(errors="replace").split("\n")

    @property
    def port(self) -> int:
        return self.setup.port

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def url(self) -> str:
        return f"ws://{self.setup.host}:{self.setup.port}/ws/metrics"

    async def observe(self) -> Holding:
        """Ask it what it holds now."""
        return await self._ask(signal.SIGUSR1)

    async def glance(self) -> Holding:
        """As `observe`, in a few milliseconds: it collects no garbage and counts no sockets."""
        return await self._ask(signal.SIGUSR2)

    def block(self) -> None:
        """Let its loop be blocked for BLOCK_S."""
        self.process.send_signal(BLOCK)

    async def _ask(self, number: signal.Signals) -> Holding:
        before = len(self._observations())
        self.process.send_signal(number)
        async with asyncio.timeout(20):
            while len(self._observations()) == before:
                await self.news()
        return Holding(**self._observations()[-1])

    async def news(self) -> None:
        """Wait until it says something more."""
        self._news.clear()
        await self._news.wait()

    async def until(self, held: Callable[[Holding], bool], seconds: float) -> Holding:
        """Ask again and again until `held` is true; the last answer after `seconds` if never."""
        end = asyncio.get_running_loop().time() + seconds
        while True:
            now = await self.observe()
            if held(now) or asyncio.get_running_loop().time() > end:
                return now
            # Its signal handler goes before its loop: asked without pause it would do nothing else.
            await asyncio.sleep(PAUSE_S)

    async def stop(self, number: signal.Signals, seconds: float) -> int | None:
        """Send a signal; the exit code, or None if it is still there after `seconds`."""
        self.process.send_signal(number)
        return await self.ended(seconds)

    async def ended(self, seconds: float) -> int | None:
        """The exit code, or None if it is still there after `seconds`."""
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(self.process.wait(), seconds)
        return None

    def assert_log_clean(self) -> None:
        """No line at WARNING or above, and none of the marks of a wrong end."""
        log = self.log
        bad = [
            number
            for number, line in enumerate(log)
            if ABOVE_INFO.search(line) or any(mark in line for mark in FORBIDDEN)
        ]
        if bad:
            around = "\n".join(log[max(0, bad[0] - 3) : bad[0] + 30])
            raise AssertionError(f"{len(bad)} bad log lines, the first of them here:\n{around}")

    def _observations(self) -> list[dict[str, Any]]:
        return [s["observed"] for s in self.said if "observed" in s]

    async def read_stdout(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            with contextlib.suppress(ValueError):
                self.said.append(json.loads(line))
            self._news.set()

    def keep_log(self) -> None:
        """The file is going to be closed: what stands in it stays."""
        self._whole_log = self._read_log()

    def _read_log(self) -> bytes:
        # The place in the file is the server's too: it must stay where that writes next.
        return os.pread(self.log_file.fileno(), LOG_LIMIT, 0)


# Below those that the kernel gives to whoever connects (ip_local_port_range): a crowd that comes to
# one server must not take the port of another that is about to start.
PORTS = range(20_000, 32_000)


def free_port() -> int:
    while True:
        port = random.choice(PORTS)
        with socket.socket() as sock, contextlib.suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port


# Python tells of everything that goes wrong, and asyncio of what is left behind.
STRICT = ("-X", "dev", "-W", "error")


@contextlib.asynccontextmanager
async def running(
    kind: str,
    setup: Setup | None = None,
    *,
    flags: Sequence[str] = ROOM,
    strict: bool = True,
    environment: Mapping[str, str] | None = None,
    prefix: Sequence[str] = (),
) -> AsyncIterator[Subject]:
    """Start it, wait until it answers, and leave nothing of it behind.

    `strict` costs it twice the time and memory; not so where these are measured. `prefix` is a
    command that becomes it, such as prlimit(1).
    """
    setup = replace(setup or Setup(), port=free_port())
    module = ("-m", "tests.support.observed", kind, json.dumps(asdict(setup)), *flags)
    debug = {"PYTHONASYNCIODEBUG": "1"} if strict else {}
    # The log is a file and no pipe: the server must never wait for the test to read it.
    with tempfile.TemporaryFile() as log, tempfile.TemporaryDirectory() as state:
        process = await asyncio.create_subprocess_exec(
            *(*prefix, sys.executable, *(STRICT if strict else ()), *module),
            cwd=ROOT,
            env={**os.environ, "STATE_DIRECTORY": state, **debug, **(environment or {})},
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            limit=1 << 20,
        )
        subject = Subject(kind, setup, process, log)
        reader = asyncio.create_task(subject.read_stdout())
        try:
            await _answering(subject)
            yield subject
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            await reader
            subject.keep_log()


async def _answering(subject: Subject) -> None:
    async with asyncio.timeout(START_S):
        while True:
            assert subject.process.returncode is None, "\n".join(subject.log)
            try:
                _, writer = await asyncio.open_connection(subject.setup.host, subject.port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.02)  # between two attempts; the timeout above bounds them
                continue
            writer.close()
            await writer.wait_closed()
            return
