"""The programs of this folder that answer each line by a line of JSON."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

LINE_BYTES = 1 << 26


class Program:
    """One that runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def line(self) -> Any:
        """What it says next. Raises RuntimeError where it has ended."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("a program of the benchmark has ended")
        return json.loads(line)

    async def ask(self, *words: object) -> Any:
        """Its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write((" ".join(map(str, words)) + "\n").encode())
        return await self.line()


@contextlib.asynccontextmanager
async def running(module: str, *arguments: object) -> AsyncIterator[Program]:
    """One of this folder, until the end of the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"bench.{module}", *map(str, arguments)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LINE_BYTES,
    )
    try:
        yield Program(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def join(readers: list[Program], port: int, path: str, count: int) -> None:
    """Connect so many viewers, shared out to these clients."""
    share, more = divmod(count, len(readers))
    shares = [share + (number < more) for number in range(len(readers))]
    await asyncio.gather(
        *(reader.ask("join", port, path, n) for reader, n in zip(readers, shares, strict=True))
    )
