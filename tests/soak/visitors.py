"""Viewers in a process of their own: `python -m tests.soak.visitors ROLE PORT COUNT STAY`.

Those that come and go stay for STAY seconds, and those that come back are away for as long. Twice a
second it prints one JSON line on what has happened since. It ends with its input.
"""

import asyncio
import contextlib
import socket
import struct
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

from tests.soak.thread import Tally, Thread
from tests.support import peers

AGAIN_S = 0.5
TELL_S = 0.5
# What the slow ones have the kernel keep for them, and what they read of it a second.
RECEIVE_BUFFER = 4096
SLOW_BYTES = 16 * 1024
PAGE_EVERY_S, SCRAPE_EVERY = 1.0, 15
GONE = (OSError, WebSocketException, TimeoutError)


async def stay(port: int, tally: Tally) -> None:
    """Follow the stream for ever; thrown out, come back with what it had."""
    thread = Thread(tally)
    while True:
        with contextlib.suppress(*GONE):
            async with peers.viewer(url(port) + thread.query) as ws:
                with tally.present():
                    async for message in peers.messages(ws):
                        thread.take(message)
        thread.lost()
        tally.count["lost"] += 1
        await asyncio.sleep(AGAIN_S)


@dataclass(frozen=True)
class Manner:
    """What one that comes and goes says, and how it leaves."""

    leave: Callable[[ClientConnection], None] = lambda ws: None
    says: tuple[str, ...] = ()
    returns: bool = False


def hang_up(ws: ClientConnection) -> None:
    """FIN, and no Close before it."""
    ws.transport.close()


def reset(ws: ClientConnection) -> None:
    """RST."""
    sock = ws.transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    ws.transport.abort()


MANNERS = (
    Manner(),
    Manner(hang_up),
    Manner(reset),
    Manner(says=('{"type":"subscribe","topic":"processes"}',)),
    Manner(returns=True),
    Manner(),
    Manner(hang_up, says=('{"type":"history","metrics":["cpu.usage"]}',)),
    Manner(reset, says=('{"type":"subscribe","topic":"services"}', '{"type":"process","pid":1}')),
    Manner(says=("nonsense", "[]", '{"type":"snapshot","topic":"host"}')),
    Manner(reset, returns=True),
)
# Some come twice.
COMINGS = 1 + sum(manner.returns for manner in MANNERS) / len(MANNERS)


async def visit(port: int, tally: Tally, manner: Manner, stay_s: float) -> None:
    """Come, look on for a while, go; some come back."""
    thread = Thread(tally)
    try:
        await look_on(port, tally, thread, manner, stay_s)
        if manner.returns:
            await asyncio.sleep(stay_s)
            await look_on(port, tally, thread, manner, stay_s)
            # By patches alone.
            tally.count["back"] += thread.snapshots == 1
    except GONE as fault:
        tally.count["failed"] += 1
        tally.count[f"failed: {fault!r:.200}"] += 1


async def look_on(port: int, tally: Tally, thread: Thread, manner: Manner, stay_s: float) -> None:
    async with peers.viewer(url(port) + thread.query) as ws:
        with tally.present(), contextlib.suppress(TimeoutError):
            for text in manner.says:
                await ws.send(text)
            async with asyncio.timeout(stay_s):
                async for message in peers.messages(ws):
                    thread.take(message)
            # It was not its turn to go.
            tally.count["failed"] += 1
        manner.leave(ws)


async def come_and_go(port: int, tally: Tally, a_second: int, stay_s: float) -> None:
    """So many a second, whatever becomes of those before them; and whoever asks for a page."""
    clock = asyncio.get_running_loop().time
    began = clock()
    async with asyncio.TaskGroup() as group:
        group.create_task(ask(port, tally))
        number = 0
        while True:
            group.create_task(visit(port, tally, MANNERS[number % len(MANNERS)], stay_s))
            number += 1
            await asyncio.sleep(began + number * COMINGS / a_second - clock())


async def ask(port: int, tally: Tally) -> None:
    """For the page, and now and then for the metrics."""
    number = 0
    while True:
        path = b"/metrics" if number % SCRAPE_EVERY == 0 else b"/"
        number += 1
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % path)
            answer = await reader.read()
            writer.close()
            tally.count["pages"] += 1
            tally.count["unanswered"] += not answer.startswith(b"HTTP/1.1 200 ")
        except OSError:
            tally.count["unanswered"] += 1
        await asyncio.sleep(PAGE_EVERY_S)


async def dawdle(port: int, tally: Tally, a_second: int) -> None:
    """Want more than is read, until thrown out; then come again."""
    while True:
        with (
            contextlib.suppress(OSError, AssertionError),
            await peers.raw_viewer(port, RECEIVE_BUFFER) as sock,
            tally.present(),
        ):
            try:
                await starve(sock, a_second)
            finally:
                tally.count["lost"] += 1
        await asyncio.sleep(AGAIN_S)


async def starve(sock: socket.socket, a_second: int) -> None:
    """Ask for much and read so many bytes a second, until the other side has had enough."""
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(sock, peers.text({"type": "subscribe", "topic": "processes"}))
    while not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        if a_second and not await loop.sock_recv(sock, a_second):
            return
        await asyncio.sleep(1.0)


def url(port: int) -> str:
    return f"ws://127.0.0.1:{port}/ws/metrics"


def company(
    role: str, port: int, count: int, stay_s: float, tally: Tally
) -> list[Coroutine[Any, Any, None]]:
    """Those of one role. Of the slow ones half read nothing at all."""
    match role:
        case "steady" | "still":
            return [stay(port, tally) for _ in range(count)]
        case "comers":
            return [come_and_go(port, tally, count, stay_s)]
        case "slow":
            return [dawdle(port, tally, SLOW_BYTES * (n % 2)) for n in range(count)]
    raise ValueError(role)


async def main(role: str, port: int, count: int, stay_s: float) -> None:
    tally = Tally()
    given = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(given), sys.stdin
    )
    over = asyncio.create_task(given.read())
    tasks = [asyncio.create_task(each) for each in company(role, port, count, stay_s, tally)]
    while not over.done():
        await asyncio.wait([over, *tasks], timeout=TELL_S, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()
        tally.tell()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


if __name__ == "__main__":
    role, port, count, stay_s = sys.argv[1:]
    asyncio.run(main(role, int(port), int(count), float(stay_s)))
