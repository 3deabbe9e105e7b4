"""More of everything than anybody needs: what is let in, what is shown out, who is served.

While each of them lasts, a page asked for from the very address that the flood comes from is there
within a second.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from tests.chaos.frames import CONTINUATION, FIN, PING, TEXT, frame
from tests.chaos.stream import following
from tests.chaos.visitor import Visitor, get, pages_served, visiting
from tests.support.peers import HANDSHAKE, text
from tests.support.subject import Subject, running

# The program's own defaults: what a flood meets where nobody has set anything.
DEFAULTS: tuple[str, ...] = ()
MAX_VIEWERS = 256
MAX_PER_ADDRESS = 32
MAX_MESSAGES = 64
MAX_FRAMES = 1024
OF_AN_ADDRESS = b"all 32 places for viewers of one address are taken: --max-viewers-per-address\n"
OF_ALL = b"all 256 places for viewers are taken: --max-viewers\n"
# With so many descriptors there is room for so many connections that are no viewers; some more are
# on their way in or out.
LIMIT = 1024
PREFIX = ("prlimit", f"--nofile={LIMIT}:{LIMIT}", "--")
MAX_PLAIN = 150
SLACK = 16
SLOW_S = 10.0
CROWD = 1_000
SOME_S = 10.0
SHOWN_OUT_S = 3.0
BATCH = 50


@contextlib.asynccontextmanager
async def _flooded(kind: str) -> AsyncIterator[Subject]:
    """A server of which the page is asked for all the while."""
    async with (
        running(kind, flags=DEFAULTS, strict=False, prefix=PREFIX) as subject,
        pages_served(subject),
    ):
        yield subject
        subject.assert_log_clean()


def _addresses(count: int) -> Iterator[str]:
    return (f"127.0.1.{n + 1}" for n in range(count))


async def viewers(kind: str) -> str:
    """32 viewers of an address and 256 of all are let in; the others are told which limit it is."""
    async with _flooded(kind) as subject, contextlib.AsyncExitStack() as crowd:

        async def come(address: str) -> tuple[int, bytes]:
            visitor = await crowd.enter_async_context(visiting(subject, address))
            status = await visitor.upgrade(subject.port)
            return status, await visitor.reader.readline() if status != 101 else b""

        async def many(address: str, count: int) -> list[tuple[int, bytes]]:
            return await asyncio.gather(*(come(address) for _ in range(count)))

        async with asyncio.timeout(SOME_S):
            told = [answer for a in _addresses(8) for answer in await many(a, 40)]
            assert [status for status, _ in told].count(101) == MAX_VIEWERS, told[-1]
            refused = {words for status, words in told if status == 503}
            assert refused == {OF_AN_ADDRESS}
            status, words = await come("127.0.2.1")
            assert status == 503
            assert words == OF_ALL
            # Whoever leaves makes room.
            await crowd.aclose()
            while (await come("127.0.2.1"))[0] != 101:
                pass
    return f"{MAX_VIEWERS} viewers, {MAX_PER_ADDRESS} an address"


async def messages(kind: str) -> str:
    """64 messages are heard; more of them in a second are one viewer's end (1008)."""
    return await _shown_out(kind, text({"type": "snapshot", "topic": "host"}), most=MAX_MESSAGES)


async def _shown_out(kind: str, data: bytes, most: int, first: bytes = b"") -> str:
    """One viewer says `data` more than `most` times in a second: it must go, and no other."""
    async with _flooded(kind) as subject, following(subject.url) as [bystander]:
        async with asyncio.timeout(SHOWN_OUT_S), visiting(subject) as visitor:
            await visitor.upgrade(subject.port)
            visitor.say(first)
            flood = asyncio.create_task(_say(visitor, data))
            try:
                code = await visitor.close_code()
            finally:
                flood.cancel()
                await asyncio.gather(flood, return_exceptions=True)
            assert code == 1008, f"the flood is answered with {code}"
        async with asyncio.timeout(SOME_S):
            await bystander.ticks(2)
    return f"Close 1008 after {most} in a second"


async def _say(visitor: Visitor, data: bytes) -> None:
    """The same again and again, as fast as it is taken."""
    with contextlib.suppress(ConnectionError):
        while True:
            visitor.say(data * BATCH)
            await visitor.writer.drain()
            # Where the server takes all of it, nothing else here would have its turn.
            await asyncio.sleep(0)


async def pings(kind: str) -> str:
    """Pings count as messages do."""
    return await _shown_out(kind, frame(FIN | PING), most=MAX_MESSAGES)


async def fragments(kind: str) -> str:
    """A message in single bytes, and one in pieces of nothing, which never ends."""
    await _shown_out(kind, frame(CONTINUATION, b" "), MAX_FRAMES, frame(TEXT, b" "))
    return await _shown_out(kind, frame(CONTINUATION), MAX_FRAMES, frame(TEXT))


async def connections(kind: str) -> str:
    """Connections that say nothing, and half requests, cost a bounded number of descriptors."""
    async with _flooded(kind) as subject, contextlib.AsyncExitStack() as crowd:
        before = _sockets(subject)
        most = 0
        async with asyncio.timeout(SOME_S):
            for _ in range(0, CROWD, BATCH):
                come = [crowd.enter_async_context(visiting(subject)) for _ in range(BATCH)]
                for visitor in (await asyncio.gather(*come))[::2]:
                    visitor.say(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-")
                most = max(most, _sockets(subject) - before)
            # From an address that is none of the flood's.
            status, seconds = await get(subject, "/healthz", "127.0.3.1")
        assert most <= MAX_PLAIN + SLACK, f"{most} descriptors for connections that are no viewers"
        assert status in (200, 404)
    return f"{CROWD} connections, {most} descriptors, answered in {seconds * 1000:.0f} ms"


def _sockets(subject: Subject) -> int:
    """How many the server has open."""
    count = 0
    for link in Path(f"/proc/{subject.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            count += str(link.readlink()).startswith("socket:")
    return count


HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
SLOW = {
    "half a request": (HEAD, b""),
    "a header a byte at a time": (HEAD + b"X: ", b"x"),
    "headers without end": (HEAD, b"X: x\r\n"),
    "half a request behind a whole one": (HEAD + b"\r\n" + HEAD, b""),
    "a body a byte at a time": (b"POST" + HEAD[3:] + b"Content-Length: 99999\r\n\r\n", b"x"),
    "a chunk a byte at a time": (
        b"POST" + HEAD[3:] + b"Transfer-Encoding: chunked\r\n\r\nfffff\r\n",
        b"x",
    ),
}
EACH = 5
DRIP_S = 0.5


async def _dripping(subject: Subject, begin: bytes, more: bytes) -> float:
    """Seconds from the first byte until the server has ended it."""
    clock = asyncio.get_running_loop().time
    async with visiting(subject) as visitor:

        async def drip() -> None:
            while more:
                await asyncio.sleep(DRIP_S)  # this is how it drips
                visitor.say(more)

        began = clock()
        visitor.say(begin)
        dripping = asyncio.create_task(drip())
        try:
            async with asyncio.timeout(2 * SLOW_S):
                await visitor.rest()
        except TimeoutError:
            pass
        finally:
            dripping.cancel()
            await asyncio.gather(dripping, return_exceptions=True)
        return clock() - began


async def slow_requests(kind: str) -> str:
    """A request that does not come to its end is ended, 10 s after its first byte at the latest."""
    async with _flooded(kind) as subject:
        names = [name for name in SLOW for _ in range(EACH)]
        async with asyncio.timeout(SLOW_S + 3):
            ends = await asyncio.gather(*(_dripping(subject, *SLOW[name]) for name in names))
        for name, seconds in zip(names, ends, strict=True):
            assert seconds <= SLOW_S, f"{name}: ended after {seconds:.1f} s"
    return f"{len(ends)} ended, the last after {max(ends):.1f} s"


# What aiohttp's parser refuses, and what makes aiohttp's handlers raise, with the answer to each.
MALFORMED = (
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    (b"GET\r\n\r\n", 400),
    (b"GET / HTTP/9.9\r\n\r\n", 400),
    (HEAD + b"no colon\r\n\r\n", 400),
    (HEAD + b"Host: evil.example\r\n\r\n", 400),
    (HEAD + b"X: " + b"x" * 70_000 + b"\r\n\r\n", 400),
    (HEAD + b"X: x\r\n" * 200 + b"\r\n", 400),
    (b"POST" + HEAD[3:] + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    (b"GET /ws/metrics" + HEAD[5:] + b"\r\n", 400),
    (HANDSHAKE.replace("dGhl", "\u00e9").format(port=0).encode(), 400),
    (HANDSHAKE.replace("Version: 13", "Version: 1").format(port=0).encode(), 400),
)


async def malformed(kind: str) -> str:
    """Requests that are none are answered, and take one line of the log each, at INFO."""
    async with _flooded(kind) as subject:
        before = len(subject.log)
        for request, answer in MALFORMED:
            async with asyncio.timeout(SOME_S), visiting(subject) as visitor:
                visitor.say(request)
                line = await visitor.reader.readline()
            assert line.split()[1:2] == [b"%d" % answer], f"{request[:60]!r}: {line!r}"
        lines = len(subject.log) - before
        assert lines <= len(MALFORMED), f"{lines} log lines for {len(MALFORMED)} requests"
    return f"{lines} log lines for {len(MALFORMED)} requests"


# The others want all of the test's own time.
FAST = (viewers, messages, pings, fragments, connections, malformed)
