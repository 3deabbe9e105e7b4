"""A thousand tries to guess a password delay no tick."""

import asyncio
import json
import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path

from aiohttp import ClientSession, TCPConnector
from websockets.asyncio.client import ClientConnection, connect

from tests.support.locked import WORD, furnish
from tests.support.observed import Setup
from tests.support.subject import Subject, running

TRIES, HOSTS, AT_ONCE = 1000, 250, 64
INTERVAL_S = 0.25
# What a tick may come late on a machine that also makes the tries.
LATE_S = 0.1
CALM = 8  # ticks before the storm
LONG_S = 120.0


async def cookie(subject: Subject) -> str:
    form = {"user": "admin", "password": WORD}
    base = f"http://127.0.0.1:{subject.port}"
    async with (
        ClientSession() as browser,
        browser.post(f"{base}/login", data=form, allow_redirects=False) as answer,
    ):
        assert answer.status == 303
        (found,) = answer.cookies.values()
        return f"{found.key}={found.value}"


async def tries(subject: Subject) -> Counter[int]:
    """What was answered, from as many addresses as there are hosts."""
    statuses: Counter[int] = Counter()
    left = iter(range(TRIES))

    async def intrude() -> None:
        for number in left:
            local = TCPConnector(local_addr=(f"127.0.7.{number % HOSTS + 1}", 0))
            form = {"user": "admin", "password": f"wrong horse {number}"}
            url = f"http://127.0.0.1:{subject.port}/login"
            async with ClientSession(connector=local) as one, one.post(url, data=form) as answer:
                statuses[answer.status] += 1

    await asyncio.gather(*(intrude() for _ in range(AT_ONCE)))
    return statuses


async def ticked(stream: ClientConnection, times: list[tuple[int, float]]) -> None:
    """The number and the time of each tick."""
    async for text in stream:
        message = json.loads(text)
        if message.get("topic") == "host" and "seq" in message:
            times.append((message["seq"], message["time"]))


async def test_a_thousand_tries_delay_no_tick() -> None:
    with tempfile.TemporaryDirectory() as state:
        furnish(Path(state))
        setup = Setup(interval=INTERVAL_S)
        environment = {"STATE_DIRECTORY": state}
        async with running("real", setup, environment=environment, strict=False) as subject:
            headers = {"Cookie": await cookie(subject)}
            times: list[tuple[int, float]] = []
            async with (
                asyncio.timeout(LONG_S),
                connect(subject.url, additional_headers=headers) as stream,
            ):
                watching = asyncio.create_task(ticked(stream, times))
                while len(times) < CALM:  # noqa: ASYNC110  # it says nothing between two ticks
                    await asyncio.sleep(INTERVAL_S / 4)
                before = len(times)
                statuses = await tries(subject)
                during = times[before - 1 :]
                watching.cancel()
    assert set(statuses) == {401, 429} and statuses.total() == TRIES
    seqs, moments = zip(*during, strict=True)
    gaps = [late - early for early, late in pairwise(moments)]
    print(f"{dict(statuses)}; {len(gaps)} ticks meanwhile, the longest gap {max(gaps):.3f} s")
    assert len(gaps) >= 4, "the storm was too short to tell"
    assert list(seqs) == list(range(seqs[0], seqs[0] + len(seqs))), "a tick was left out"
    assert max(gaps) < INTERVAL_S + LATE_S
