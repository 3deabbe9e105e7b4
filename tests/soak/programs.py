"""The programs of viewers, and what they have told."""

import asyncio
import contextlib
import json
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack
from typing import Any

from tests.support.subject import ROOT


class Program:
    """One of them. What it has counted is kept when it is killed and started again."""

    def __init__(self, role: str, port: int, size: int, stay: float) -> None:
        given = (role, str(port), str(size), str(stay))
        self._command = (sys.executable, "-m", "tests.soak.visitors", *given)
        self.count: Counter[str] = Counter()
        self.here = 0
        self.longest = 0.0
        self.server: dict[str, Any] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    async def start(self) -> None:
        """Its viewers begin to come."""
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *self._command, cwd=ROOT, stdin=pipe, stdout=pipe
        )
        self._reader = asyncio.create_task(self._read(self._process))

    def pause(self) -> None:
        """Its kernel goes on to acknowledge what comes, and nobody reads it."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """It finds out what has become of its connections."""
        self._signal(signal.SIGCONT)

    async def stop(self) -> None:
        """At once, and without a word."""
        if self._process is None or self._reader is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._reader
        self.here = 0

    async def until(self, *, here: int, came: int) -> None:
        """So many of its viewers are here, and so many have come since its beginning."""
        while self.here < here or self.count["came"] < came:
            self._news.clear()
            await self._news.wait()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, "it was not started"
        # Its end, which was not asked for, is seen by `_read`.
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            with contextlib.suppress(ValueError):  # its last line may be half a line
                self._take(json.loads(line))
            self._news.set()
        if await process.wait() != -signal.SIGKILL:
            self.count["ended"] += 1

    def _take(self, told: Mapping[str, Any]) -> None:
        self.count.update(told["count"])
        self.here = told["here"]
        self.longest = max(self.longest, told["longest"])
        self.server.update(told["server"])


@contextlib.asynccontextmanager
async def coming(programs: Iterable[Program]) -> AsyncIterator[None]:
    """All of them started; killed at the end."""
    async with AsyncExitStack() as stack:
        for program in programs:
            stack.push_async_callback(program.stop)
            await program.start()
        yield
