"""Those who ask: a viewer of the stream, and whoever fetches a page in steady rhythm."""

import asyncio
import contextlib
import json
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp

# What Prometheus 2 asks for.
PROMETHEUS = {
    "Accept": "application/openmetrics-text;version=1.0.0,"
    "application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "Accept-Encoding": "gzip",
}


@dataclass
class Tally:
    """What a client was given so far. A paused server gives nothing and is waited for."""

    answers: int = 0
    bytes: int = 0

    def add(self, size: int) -> None:
        self.answers += 1
        self.bytes += size


async def fetch_one(session: aiohttp.ClientSession, url: str) -> int:
    """Bytes of the answer, decompressed. Raises ClientError."""
    async with session.get(url, headers=PROMETHEUS) as answer:
        answer.raise_for_status()
        return len(await answer.read())


async def fetch(
    session: aiohttp.ClientSession, url: str, paths: tuple[str, ...], period: float, tally: Tally
) -> None:
    """GET all paths every `period` seconds, for ever; a fetch that took longer is not made up for.

    503 is for those that have nothing yet. Raises ClientError.
    """
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        for path in paths:
            try:
                tally.add(await fetch_one(session, url + path))
            except aiohttp.ClientResponseError as refusal:
                if refusal.status != HTTPStatus.SERVICE_UNAVAILABLE:
                    raise
        due = max(due + period, loop.time())
        await asyncio.sleep(due - loop.time())


async def view(
    session: aiohttp.ClientSession, url: str, topics: tuple[str, ...], tally: Tally
) -> None:
    """Watch topics beside the host, for ever; comes back where it was turned away."""
    while True:
        with contextlib.suppress(aiohttp.ClientError):
            # The topic `processes` of a large machine comes as one message of a megabyte.
            async with session.ws_connect(url + "ws/metrics", max_msg_size=0) as stream:
                for topic in topics:
                    await stream.send_str(json.dumps({"type": "subscribe", "topic": topic}))
                async for message in stream:
                    if any(f'"topic":"{topic}"' in message.data[:200] for topic in topics):
                        tally.add(len(message.data))
        await asyncio.sleep(0.5)  # turned away: it may be ending
