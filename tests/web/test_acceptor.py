"""Connections that are no viewers: who keeps a place, who has to go, and when."""

import asyncio
import contextlib
import errno
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import web

from monitor.web import acceptor, listen
from monitor.web.accepted import (
    MAX_HEAD_BYTES,
    UNDISTURBED_S,
    Accepted,
    NoteAnswer,
    Stage,
    note_request,
)
from monitor.web.acceptor import Acceptor
from tests.support.clock import HandClock

PLACES = 4
HEAD = b"GET /%s HTTP/1.1\r\nHost: a\r\n"
BIG_BYTES = 64 << 20


class Counting(Acceptor):
    """Knows how many have come."""

    came = 0

    def enter(self, one: Accepted) -> bool:
        self.came += 1
        return super().enter(one)


class Door:
    """A server with few places, whose time is wound by hand."""

    def __init__(self, directory: Path) -> None:
        self.clock = HandClock()
        self.acceptor = Counting(self.clock, PLACES)
        self.port = 0
        self.finish = asyncio.Event()
        self._big = directory / "big"
        self._big.touch()
        os.truncate(self._big, BIG_BYTES)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/big":
            return web.FileResponse(self._big)
        if request.path == "/slow":
            await self.finish.wait()
        return web.Response(text="here")

    def sends_a_file(self) -> bool:
        """Whether the big one is open."""
        return any(
            os.path.realpath(f"/proc/self/fd/{name}") == str(self._big)
            for name in os.listdir("/proc/self/fd")
        )


class Caller:
    """One connection to it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def ask(self, path: bytes, end: bytes = b"\r\n") -> None:
        """Say so much of a request."""
        self.writer.write(HEAD % path + end)

    async def answer(self) -> int:
        """The status of the next answer, which is read to its end."""
        async with asyncio.timeout(10):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            await self.reader.readexactly(length)
        return int(head.split()[1])

    async def ended(self) -> bytes:
        """What still comes until it is ended, however it is."""
        got = b""
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(10):
                while chunk := await self.reader.read(1 << 16):
                    got += chunk
        return got

    async def stays(self) -> bool:
        """Whether it is answered as any other."""
        self.ask(b"")
        return await self.answer() == 200


@pytest.fixture
async def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    monkeypatch.setattr(acceptor, "SWEEP_S", 0.01)
    made = Door(tmp_path)
    app = web.Application(middlewares=[note_request])
    app.router.add_get("/{path:.*}", made.handle)
    runner = web.AppRunner(app, access_log_class=NoteAnswer, shutdown_timeout=0.1)
    await runner.setup()
    sockets = listen.bind("127.0.0.1", 0)
    made.port = sockets[0].getsockname()[1]
    assert runner.server is not None
    await made.acceptor.listen(sockets, runner.server)
    yield made
    made.finish.set()
    await made.acceptor.close()
    await runner.cleanup()
    asyncio.get_running_loop().set_exception_handler(None)


@contextlib.asynccontextmanager
async def calling(
    door: Door, count: int, address: str = "127.0.0.1", buffer: int | None = None
) -> AsyncIterator[list[Caller]]:
    """Connections, one after the other, each a moment after the last."""
    callers = []
    for number in range(door.acceptor.came + 1, door.acceptor.came + 1 + count):
        sock = socket.socket()
        sock.setblocking(False)
        if buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        sock.bind((address, 0))
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", door.port))
        callers.append(Caller(*await asyncio.open_connection(sock=sock, limit=1 << 12)))
        await until(lambda: door.acceptor.came == number)  # noqa: B023  (asked at once)
        door.clock.advance(0.01)
    try:
        yield callers
    finally:
        for caller in callers:
            caller.writer.transport.abort()


async def until(true: Callable[[], bool]) -> None:
    """Give the loop its turns until it is."""
    async with asyncio.timeout(10):
        while True:
            if true():
                return
            await asyncio.sleep(0)


def stages(door: Door) -> list[Stage]:
    return [one.stage for one in door.acceptor.here]


async def test_who_has_waited_longest_goes_of_the_host_that_has_most(door: Door) -> None:
    async with calling(door, 1) as [lonely], calling(door, 3, "127.0.0.2") as [first, *others]:
        lonely.ask(b"")
        assert await lonely.answer() == 200
        async with calling(door, 1, "127.0.0.3") as [new]:
            assert await first.ended() == b""
            assert await new.stays()
            assert await lonely.stays()
            assert all([await other.stays() for other in others])


async def test_half_a_request_is_no_reason_to_stay(door: Door) -> None:
    async with calling(door, PLACES) as callers:
        for number, caller in enumerate(callers, 1):
            caller.ask(b"", b"X: ")
            await until(lambda: stages(door).count(Stage.ASKING) == number)  # noqa: B023
            door.clock.advance(0.01)
        async with calling(door, 1) as [new]:
            assert b" 408 " in await callers[0].ended()
            assert await new.stays()


async def test_who_is_being_answered_is_not_disturbed(door: Door) -> None:
    async with calling(door, PLACES) as callers:
        for number, caller in enumerate(callers, 1):
            caller.ask(b"slow")
            await until(lambda: stages(door).count(Stage.ANSWERING) == number)  # noqa: B023
            door.clock.advance(0.01)
        async with calling(door, 1) as [new]:
            refused = await new.ended()
            assert refused.startswith(b"HTTP/1.1 503 ") and b"\r\nRetry-After: 1\r\n" in refused
        door.clock.advance(UNDISTURBED_S)
        async with calling(door, 1) as [new]:
            assert await new.stays()
        door.finish.set()
        assert [await caller.answer() for caller in callers[1:]] == [200] * (PLACES - 1)


@pytest.mark.parametrize(
    ("path", "end", "stage", "last"),
    [
        (None, b"", Stage.IDLE, b""),
        (b"", b"X: ", Stage.ASKING, b"HTTP/1.1 408 Request Timeout"),
        (b"slow", b"\r\n", Stage.ANSWERING, b""),
    ],
)
async def test_each_stage_has_its_time(
    door: Door, path: bytes | None, end: bytes, stage: Stage, last: bytes
) -> None:
    async with calling(door, 1) as [caller]:
        if path is not None:
            caller.ask(path, end)
        await until(lambda: stages(door) == [stage])
        (one,) = door.acceptor.here
        door.clock.advance_to(one.since + stage.value - 0.001)
        # Looked at, and left alone.
        await asyncio.sleep(3 * acceptor.SWEEP_S)
        assert door.acceptor.here == {one}
        door.clock.advance(0.001)
        assert (await caller.ended()).startswith(last)


async def test_a_file_that_is_not_taken_is_not_held_open(door: Door) -> None:
    async with calling(door, 1, buffer=2048) as [caller]:
        caller.ask(b"big")
        await until(door.sends_a_file)
        door.clock.advance(Stage.ANSWERING.value)
        await until(lambda: not door.sends_a_file() and not door.acceptor.here)


async def test_a_connection_has_as_many_requests_as_it_likes(door: Door) -> None:
    async with calling(door, 1) as [caller]:
        for _ in range(3):
            assert await caller.stays()
            door.clock.advance(Stage.IDLE.value - 0.1)
        (one,) = door.acceptor.here
        assert one.stage is Stage.IDLE


async def test_a_head_without_end_is_not_kept(door: Door) -> None:
    async with calling(door, 1) as [caller]:
        line = b"X: " + b"x" * 1_000 + b"\r\n"
        caller.ask(b"", line * (MAX_HEAD_BYTES // len(line) - 1))
        await until(lambda: stages(door) == [Stage.ASKING])
        caller.writer.write(line * 3)
        assert (await caller.ended()).startswith(b"HTTP/1.1 431 ")


async def test_out_of_descriptors_is_told_once_and_places_are_cleared(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    async with calling(door, 2) as callers:
        fault = {
            "message": "socket.accept() out of system resource",
            "exception": OSError(errno.EMFILE, "Too many open files"),
            "socket": None,
        }
        for _ in range(3):
            asyncio.get_running_loop().call_exception_handler(fault)
        assert [await caller.ended() for caller in callers] == [b"", b""]
    (record,) = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert record.getMessage() == "accept.failed"


async def test_other_faults_of_the_loop_are_told_as_ever(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    asyncio.get_running_loop().call_exception_handler({"message": "x", "exception": OSError("y")})
    assert [r.name for r in caplog.records if r.levelno >= logging.ERROR] == ["asyncio"]
