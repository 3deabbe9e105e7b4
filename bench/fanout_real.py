"""The real tick: what 1,000 viewers of `host` cost the program, beside itself without any."""

import contextlib
import sys
import tempfile
from asyncio import sleep
from collections.abc import AsyncIterator

import aiohttp

from bench.fanout_program import join, running
from bench.fanout_report import Real
from bench.peers import Peer
from bench.peers import running as peer

VIEWERS = 1_000
READERS = 2
PATH = "/ws/metrics"
# Whole periods of the heartbeat: each viewer is asked in each window once.
WINDOW_S, WINDOWS, QUICK_WINDOWS = 10.0, 6, 2
# Until the sweep knows who is idle.
SETTLE_S = 10.0
TICKS = 20


async def measure(*, quick: bool) -> Real:
    """Two monitors at the same time, at one tick a second; one has viewers."""
    real = Real(VIEWERS)
    async with contextlib.AsyncExitStack() as stack:
        watched, alone = [await stack.enter_async_context(_monitor()) for _ in range(2)]
        readers = [
            await stack.enter_async_context(running("fanout_client")) for _ in range(READERS)
        ]
        real.document, real.patches = await _sizes(watched.url)
        await join(readers, int(watched.url.rstrip("/").rpartition(":")[2]), PATH, VIEWERS)
        await sleep(SETTLE_S)
        for _ in range(QUICK_WINDOWS if quick else WINDOWS):
            before = watched.cpu(), alone.cpu()
            await sleep(WINDOW_S)
            real.watched.append((watched.cpu() - before[0]) / WINDOW_S)
            real.alone.append((alone.cpu() - before[1]) / WINDOW_S)
    return real


@contextlib.asynccontextmanager
async def _monitor() -> AsyncIterator[Peer]:
    many = str(2 * VIEWERS)
    with tempfile.TemporaryDirectory(prefix="bench-fanout-") as directory:
        command = [sys.executable, "-m", "monitor", "--port", "0", "--data-dir", directory]
        command += ["--max-viewers", many, "--max-viewers-per-address", many]
        async with peer(command, says_url=True) as program:
            yield program


async def _sizes(url: str) -> tuple[int, list[int]]:
    """Bytes of the whole document and of the patches that follow it."""
    document, patches = 0, list[int]()
    async with aiohttp.ClientSession() as session, session.ws_connect(url + PATH[1:]) as stream:
        # The first documents are not full: rates take two ticks.
        while len(patches) < 2 * TICKS:
            text = await stream.receive_str()
            if text.startswith('{"type":"patch"'):
                patches.append(len(text.encode()))
                if len(patches) == TICKS:
                    await stream.send_str('{"type":"snapshot","topic":"host"}')
            elif text.startswith('{"type":"snapshot"'):
                document = len(text.encode())
    return document, patches[TICKS:]
