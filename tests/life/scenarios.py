"""The five ends of life that a first attempt gets wrong, each as something a server passes or not.

Each one runs against a server in a process of its own and raises AssertionError where the server
does not keep the promise.
"""

import asyncio
import itertools
import json
import signal
import socket
from collections.abc import Callable, Coroutine
from typing import Any

from websockets.exceptions import ConnectionClosed

from tests.support import peers
from tests.support.subject import Holding, Subject

Scenario = Callable[[Subject], Coroutine[Any, Any, None]]

SETTLE_S = 1.0
STOP_S = 2.0


async def _some_messages(ws: Any, count: int) -> None:
    seen = peers.messages(ws)
    for _ in range(count):
        await asyncio.wait_for(anext(seen), 10)


async def _settled(subject: Subject, before: Holding) -> None:
    """Within a second it holds no more tasks, descriptors and sockets than `before`."""
    now = await subject.until(
        lambda h: (
            (h.tasks, h.descriptors) == (before.tasks, before.descriptors)
            and h.sockets <= before.sockets
        ),
        SETTLE_S,
    )
    assert now.tasks == before.tasks, f"tasks left: {now.task_names}"
    assert now.descriptors == before.descriptors, (
        f"{now.descriptors - before.descriptors} descriptors left"
    )
    assert now.sockets <= before.sockets, f"{now.sockets - before.sockets} socket objects left"


async def normal_disconnect(subject: Subject) -> None:
    """A viewer that says goodbye leaves nothing behind."""
    async with peers.viewer(subject.url) as ws:
        await _some_messages(ws, 3)
    before = await subject.until(lambda h: False, 0.5)
    for _ in range(5):
        async with peers.viewer(subject.url) as first, peers.viewer(subject.url) as second:
            await _some_messages(first, 3)
            await _some_messages(second, 3)
    await _settled(subject, before)
    subject.assert_log_clean()


async def abrupt_end(subject: Subject) -> None:
    """20 resets, 20 FINs without Close and 20 half-closed sockets: no log line, nothing left."""
    async with peers.viewer(subject.url) as ws:
        await _some_messages(ws, 3)
    before = await subject.until(lambda h: False, 0.5)
    async with peers.Crowd() as crowd:
        socks = await asyncio.gather(*(crowd.raw(subject.port) for _ in range(60)))
        for sock in socks[:20]:
            peers.reset(sock)
        for sock in socks[20:40]:
            sock.close()
        for sock in socks[40:]:
            sock.shutdown(socket.SHUT_WR)
        await _settled(subject, before)
    subject.assert_log_clean()


async def coming_and_going(subject: Subject) -> None:
    """200 join and leave while broadcasts go on; those that stay miss no sequence number."""
    over = asyncio.Event()

    async def stay() -> int:
        numbers: list[int] = []
        async with peers.viewer(subject.url) as ws:
            async for message in peers.messages(ws):
                if message["type"] in ("snapshot", "patch"):
                    numbers.append(message["seq"])
                if over.is_set():
                    break
        assert len(numbers) > 3, "a viewer that stayed was sent nothing"
        gaps = [(a, b) for a, b in itertools.pairwise(numbers) if b != a + 1]
        assert not gaps, f"sequence numbers missing: {gaps[:3]}"
        return len(numbers)

    async def come_and_go(number: int) -> None:
        for turn in range(4):
            if (number + turn) % 4 == 0:
                peers.reset(await peers.raw_viewer(subject.port))
            else:
                async with peers.viewer(subject.url) as ws:
                    await _some_messages(ws, 2 + (number + turn) % 3)

    async with peers.Crowd() as crowd:
        stayers = [crowd.start(stay()) for _ in range(20)]
        await asyncio.gather(*[crowd.start(come_and_go(n)) for n in range(200)])
        over.set()
        await asyncio.wait_for(asyncio.gather(*stayers), 10)
    subject.assert_log_clean()


async def _never_read(subject: Subject, crowd: peers.Crowd) -> None:
    """A viewer that asks for much and reads nothing: the server's buffers for it are full."""
    sock = await crowd.raw(subject.port, receive_buffer=2048)
    request = peers.text({"type": "snapshot", "topic": "host"})
    await asyncio.get_running_loop().sock_sendall(sock, request * 60)


async def _last_words(subject: Subject, joined: asyncio.Event) -> tuple[list[str], int, str]:
    """Read to the end: the types of the messages, and the code and reason of Close."""
    types: list[str] = []
    async with peers.viewer(subject.url) as ws:
        try:
            while True:
                types.append(json.loads(await ws.recv())["type"])
                joined.set()
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd is not None else 1006
            return types, code, closed.rcvd.reason if closed.rcvd is not None else ""


async def _knock(subject: Subject, answers: list[str]) -> None:
    """Come in again and again while the server stops; what each attempt met with."""
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", subject.port)
        except (ConnectionRefusedError, ConnectionResetError):
            return  # the door is closed: there is no request to be answered
        try:
            writer.write(peers.HANDSHAKE.format(port=subject.port).encode())
            got = b""
            async with asyncio.timeout(5):
                while chunk := await reader.read(65536):
                    got += chunk
                    if b" 503 " in got.split(b"\r\n", 1)[0]:
                        break
            if b" 503 " in got.split(b"\r\n", 1)[0]:
                answers.append("503")
            elif b"\x88\x0a\x03\xe9shutdown" in got:  # Close, 10 bytes, 1001
                answers.append("1001")
            else:
                answers.append(f"1006: {got[:60]!r}")
        except (ConnectionError, TimeoutError) as fault:
            answers.append(f"1006: {fault!r}")
        finally:
            writer.close()


async def _stopped_by(subject: Subject, number: signal.Signals) -> None:
    async with peers.Crowd() as crowd:
        await asyncio.gather(*(_never_read(subject, crowd) for _ in range(20)))
        joined = [asyncio.Event() for _ in range(180)]
        polite = [crowd.start(_last_words(subject, event)) for event in joined]
        async with asyncio.timeout(30):
            await asyncio.gather(*(event.wait() for event in joined))
        answers: list[str] = []
        knocking = crowd.start(_knock(subject, answers))
        subject.process.send_signal(number)
        subject.process.send_signal(number)
        code = await subject.ended(STOP_S)
        assert code == 0, f"{number.name}: exit code {code} after {STOP_S} s"
        await asyncio.wait_for(knocking, 10)
        last_words = await asyncio.wait_for(asyncio.gather(*polite), 10)
    for types, close_code, reason in last_words:
        assert types[-1] == "bye", f"the last message was {types[-1]!r}"
        assert types.count("bye") == 1
        assert (close_code, reason) == (1001, "shutdown"), (close_code, reason)
    # The last knock may meet the door as it closes: a reset then is what "refused" is a moment
    # later. Everyone who came before was answered.
    unanswered = [a for a in answers[:-1] if a.startswith("1006")]
    assert not unanswered, f"{len(unanswered)} of {len(answers)}, such as {unanswered[0]}"
    assert "503" in answers, "nobody knocked while it stopped: this proved nothing"
    left = [s for s in subject.said if "left" in s]
    assert left and left[-1]["left"] == 0, left
    steps = [line for line in subject.log if " stop." in line]
    order = ["stop.refuse", "stop.sampler", "stop.viewers", "stop.done"]
    assert [s for line in steps for s in order if s in line] == order, steps
    subject.assert_log_clean()


async def sigterm(subject: Subject) -> None:
    """SIGTERM, twice, with 200 viewers of which 20 never read: all told, and gone in 2 s."""
    await _stopped_by(subject, signal.SIGTERM)


async def sigint(subject: Subject) -> None:
    """The same on SIGINT."""
    await _stopped_by(subject, signal.SIGINT)


async def _flood(sock: socket.socket) -> None:
    """Pings without a pause, their answers read, until the server has had enough."""
    loop = asyncio.get_running_loop()
    pings = peers.masked(9, b"") * 2_000

    async def read() -> None:
        while await loop.sock_recv(sock, 1 << 16):
            pass

    reading = asyncio.create_task(read())
    try:
        while not reading.done():
            await loop.sock_sendall(sock, pings)
    except ConnectionError:
        pass
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def ping_floods(subject: Subject) -> None:
    """Pings sent as fast as they go hold up no other viewer and no stop."""
    async with peers.Crowd() as crowd, peers.viewer(subject.url) as bystander:
        socks = [await crowd.raw(subject.port) for _ in range(5)]
        floods = [crowd.start(_flood(sock)) for sock in socks]
        # At four ticks a second these take two; a loop that is not given back takes for ever.
        async with asyncio.timeout(6):
            await _some_messages(bystander, 10)
        assert all(flood.done() for flood in floods), "a flood is still let in"
        code = await subject.stop(signal.SIGTERM, STOP_S)
        assert code == 0, f"exit code {code} after {STOP_S} s"
    subject.assert_log_clean()


CYCLES_WARM_UP = 2_000
CYCLES = 10_000
CYCLING_AT_ONCE = 40
RSS_GROWTH = 2 * 1024 * 1024


async def _cycle(subject: Subject, count: int) -> None:
    """Connect, read a little, and leave: by Close, by FIN, by RST."""
    loop = asyncio.get_running_loop()
    left = iter(range(count))

    async def worker() -> None:
        for number in left:
            with await peers.raw_viewer(subject.port) as sock:
                await loop.sock_recv(sock, 4096)
                if number % 3 == 0:
                    await loop.sock_sendall(sock, peers.masked(8, b"\x03\xe8"))
                elif number % 3 == 1:
                    peers.reset(sock)

    async with asyncio.timeout(240), peers.Crowd() as crowd:
        await asyncio.gather(*[crowd.start(worker()) for _ in range(CYCLING_AT_ONCE)])


async def cycling(subject: Subject) -> None:
    """10,000 connections after a warm-up of 2,000 leave tasks, descriptors and memory as before."""
    await _cycle(subject, 200)
    first = await subject.until(lambda h: False, SETTLE_S)
    await _cycle(subject, CYCLES_WARM_UP)
    warm = await subject.until(lambda h: h.tasks == first.tasks, SETTLE_S)
    await _cycle(subject, CYCLES)
    await _settled(subject, warm)
    after = await subject.observe()
    grown = after.rss - warm.rss
    print(f"{subject.kind}: RSS {warm.rss} -> {after.rss}: {grown / 1024:+.0f} KiB")
    assert grown <= RSS_GROWTH, f"RSS grew by {grown / 1024:.0f} KiB"
    subject.assert_log_clean()


ALL: tuple[Scenario, ...] = (
    normal_disconnect,
    abrupt_end,
    coming_and_going,
    sigterm,
    sigint,
    ping_floods,
    cycling,
)
