"""Whoever speaks bare HTTP or bare frames to the server, from any address of the loopback."""

import asyncio
import contextlib
import json
import struct
from collections.abc import AsyncIterator
from typing import Any

from tests.support.peers import HANDSHAKE
from tests.support.subject import Subject

# RFC 6455, 7.4.1: there was no Close.
NO_CLOSE = 1006
PAGE_S = 1.0
PAUSE_S = 0.05


class Visitor:
    """One connection, and what came by it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def say(self, data: bytes) -> None:
        """Write without waiting for the server to take it."""
        if not self.writer.is_closing():
            self.writer.write(data)

    async def upgrade(self, port: int, *, early: bytes = b"") -> int:
        """Ask for the stream, and say `early` in the same breath; the status of the answer."""
        self.say(HANDSHAKE.format(port=port).encode() + early)
        head = await self.reader.readuntil(b"\r\n\r\n")
        return int(head.split()[1])

    async def rest(self) -> bytes:
        """All that still comes, until the other side ends it, however it does."""
        got = b""
        with contextlib.suppress(ConnectionError):
            while chunk := await self.reader.read(1 << 16):
                got += chunk
        return got

    async def frame(self) -> tuple[int, bytes]:
        """The opcode and payload of the next frame of the server's."""
        first, length = await self.reader.readexactly(2)
        if length == 126:
            (length,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
        return first & 0xF, await self.reader.readexactly(length)

    async def message(self, kind: str) -> dict[str, Any]:
        """The next message of this type; those before it are passed over."""
        while True:
            opcode, payload = await self.frame()
            assert opcode != 8, f"closed with {payload!r} before a message {kind!r}"
            if opcode == 1 and (found := json.loads(payload))["type"] == kind:
                return dict(found)

    async def close_code(self) -> int:
        """The code of the server's Close; NO_CLOSE where the connection ends without."""
        try:
            while True:
                opcode, payload = await self.frame()
                if opcode == 8:
                    return int.from_bytes(payload[:2], "big")
        except (ConnectionError, asyncio.IncompleteReadError):
            return NO_CLOSE


@contextlib.asynccontextmanager
async def visiting(subject: Subject, address: str = "127.0.0.1") -> AsyncIterator[Visitor]:
    """A connection from this address of the loopback."""
    reader, writer = await asyncio.open_connection(
        subject.setup.host, subject.port, local_addr=(address, 0)
    )
    try:
        yield Visitor(reader, writer)
    finally:
        writer.transport.abort()


async def get(subject: Subject, path: str = "/", address: str = "127.0.0.1") -> tuple[int, float]:
    """The status of an answer, and how many seconds it took to have it whole."""
    clock = asyncio.get_running_loop().time
    began = clock()
    async with visiting(subject, address) as visitor:
        visitor.say(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = await visitor.rest()
    assert answer.startswith(b"HTTP/1.1 "), f"no answer: {answer[:60]!r}"
    return int(answer.split()[1]), clock() - began


@contextlib.asynccontextmanager
async def pages_served(subject: Subject, address: str = "127.0.0.1") -> AsyncIterator[list[float]]:
    """Asks for the page all the while: each time it is there within PAGE_S. Seconds of each."""
    took: list[float] = []
    over = asyncio.Event()

    async def ask() -> None:
        while not over.is_set():
            async with asyncio.timeout(PAGE_S):
                status, seconds = await get(subject, "/", address)
            # The naive server has no page; that is not what is asked here.
            assert status in (200, 404), f"the page was answered {status}"
            took.append(seconds)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), PAUSE_S)

    asking = asyncio.create_task(ask())
    try:
        yield took
        over.set()
        await asking
        assert took, "nobody asked for the page"
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
