"""Answers that nobody reads do not fill the memory."""

import asyncio
import contextlib
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import aiohttp

from monitor.web.flight import EACH, MOST, PIECE, RETRY_S
from tests.history.figures import BEGAN
from tests.life.test_history import HOUR, STOP_S, kept_in, recorded
from tests.support.subject import Subject

LARGEST = f"/api/v1/query?metric=core.usage&from={BEGAN}&to={BEGAN + HOUR}&points=1499"
SMALL = f"/api/v1/query?metric=core.usage&key=1&from={BEGAN}&to={BEGAN + 60}"
CALLERS, FEW = 100, 12
# Of one host: a quarter of them each.
HOSTS = [f"127.0.0.{n}" for n in range(2, 6)]
BUFFER, HEAD = 4096, 1024
PAUSE_S, PATIENCE_S = 0.05, 120.0
# Of memory in all: that of one answer that is being made, of connections, and what the allocator
# does not give back are in it.
ALL = 64 << 20


async def call(port: int, host: str, sock: socket.socket) -> str:
    """Ask for the largest answer, and read no more than its head."""
    loop = asyncio.get_running_loop()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    sock.setblocking(False)
    sock.bind((host, 0))
    await loop.sock_connect(sock, ("127.0.0.1", port))
    await loop.sock_sendall(sock, f"GET {LARGEST} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return (await loop.sock_recv(sock, HEAD)).decode()


async def called(port: int, host: str, stack: contextlib.ExitStack) -> tuple[int, str]:
    """The status and the head of the first answer that is not for all the questions that wait."""
    while True:
        sock = stack.enter_context(socket.socket())
        head = await call(port, host, sock)
        if "questions wait" not in head:
            return int(head.split()[1]), head
        sock.close()
        await asyncio.sleep(PAUSE_S)


async def status(subject: Subject, path: str) -> tuple[int, int]:
    """And how many bytes it has."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{subject.port}{path}") as answer,
    ):
        return answer.status, len(await answer.read())


async def largest(subject: Subject) -> int:
    """The bytes of the largest answer, as soon as there is one."""
    while (answer := await status(subject, LARGEST))[0] == 503:  # noqa: ASYNC110  (another process)
        await asyncio.sleep(PAUSE_S)
    assert answer[0] == 200
    return answer[1]


def refusals(answers: list[tuple[int, str]]) -> Iterator[str]:
    """Heads of those that were refused."""
    return (head for code, head in answers if code == 503)


async def test_answers_that_nobody_reads_take_no_more_than_so_many_bytes(tmp_path: Path) -> None:
    await recorded(tmp_path)
    async with kept_in(tmp_path) as subject, asyncio.timeout(PATIENCE_S):
        size = [await largest(subject) for _ in range(3)][-1]
        assert size * CALLERS > 4 * ALL
        _, small = await status(subject, SMALL)
        assert small < PIECE
        before = (await subject.glance()).rss
        with contextlib.ExitStack() as stack:
            answers = await asyncio.gather(
                *(called(subject.port, HOSTS[n % len(HOSTS)], stack) for n in range(CALLERS))
            )
            grown = (await subject.glance()).rss - before
            counts = Counter(code for code, _ in answers)
            print(f"{counts} of {size >> 10} KiB each take {grown / (1 << 20):.1f} MiB")
            assert grown < ALL
            assert set(counts) == {200, 503}
            assert counts[200] >= (MOST - size) // size, "what there is room for is sent"
            for head in refusals(answers):
                assert f"Retry-After: {RETRY_S}\r\n" in head and "problem+json" in head
            assert await status(subject, SMALL) == (200, small)
        await largest(subject)
        assert (await subject.glance()).rss - before < ALL
        assert await subject.stop(signal.SIGTERM, STOP_S) == 0
        subject.assert_log_clean()


async def test_one_address_leaves_room_for_the_answers_of_others(tmp_path: Path) -> None:
    await recorded(tmp_path)
    async with kept_in(tmp_path) as subject, asyncio.timeout(PATIENCE_S):
        size = await largest(subject)
        with contextlib.ExitStack() as stack:
            answers = await asyncio.gather(
                *(called(subject.port, HOSTS[0], stack) for _ in range(FEW))
            )
            taken = sum(code == 200 for code, _ in answers)
            assert EACH - size < taken * size <= EACH
            # It ends as fast as ever, though they have not got it all.
            assert await subject.stop(signal.SIGTERM, STOP_S) == 0
        subject.assert_log_clean()
