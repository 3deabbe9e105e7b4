"""Starts a server under observation in a process of its own, asks what it holds, reads its log."""

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
START_S = 30.0
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
# asyncio's debug mode complains of slow callbacks at WARNING: a matter of the machine's load.
ABOVE_INFO = re.compile(r"^(?!.*\bExecuting <).*\b(WARNING|ERROR|CRITICAL)\b")


@dataclass(frozen=True)
class Holding:
    """What the server holds at one moment."""

    tasks: int
    task_names: list[str]
    descriptors: int
    sockets: int
    rss: int


@dataclass
class Subject:
    """A running server."""

    kind: str
    port: int
    process: asyncio.subprocess.Process
    log: list[str] = field(default_factory=list)
    said: list[dict[str, Any]] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/metrics"

    async def observe(self) -> Holding:
        """Ask it what it holds now."""
        before = len(self._observations())
        self.process.send_signal(signal.SIGUSR1)
        async with asyncio.timeout(20):
            while len(self._observations()) == before:
                self._news.clear()
                await self._news.wait()
        return Holding(**self._observations()[-1])

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
        bad = [
            number
            for number, line in enumerate(self.log)
            if ABOVE_INFO.search(line) or any(mark in line for mark in FORBIDDEN)
        ]
        if bad:
            around = "\n".join(self.log[max(0, bad[0] - 3) : bad[0] + 30])
            raise AssertionError(f"{len(bad)} bad log lines, the first of them here:\n{around}")

    def _observations(self) -> list[dict[str, Any]]:
        return [s["observed"] for s in self.said if "observed" in s]

    async def read_stdout(self, stream: asyncio.StreamReader) -> None:
        async for line in stream:
            with contextlib.suppress(ValueError):
                self.said.append(json.loads(line))
            self._news.set()

    async def read_stderr(self, stream: asyncio.StreamReader) -> None:
        async for line in stream:
            self.log.append(line.decode(errors="replace").rstrip("\n"))


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@contextlib.asynccontextmanager
async def running(kind: str) -> AsyncIterator[Subject]:
    """Start it, wait until it answers, and leave nothing of it behind."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-X",
        "dev",
        "-W",
        "error",
        "-m",
        "tests.support.observed",
        kind,
        str(port),
        cwd=ROOT,
        env={**os.environ, "PYTHONASYNCIODEBUG": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    subject = Subject(kind, port, process)
    assert process.stdout is not None and process.stderr is not None
    readers = [
        asyncio.create_task(subject.read_stdout(process.stdout)),
        asyncio.create_task(subject.read_stderr(process.stderr)),
    ]
    try:
        await _answering(subject)
        yield subject
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await asyncio.gather(*readers)


async def _answering(subject: Subject) -> None:
    async with asyncio.timeout(START_S):
        while True:
            assert subject.process.returncode is None, "\n".join(subject.log)
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", subject.port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.02)  # between two attempts; the timeout above bounds them
                continue
            writer.close()
            await writer.wait_closed()
            return
