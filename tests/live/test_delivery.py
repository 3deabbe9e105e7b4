"""A tick is one write to each viewer that keeps up, whoever comes, goes or changes meanwhile."""

import asyncio
import contextlib
import json
import os
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from monitor.live import delivery, line
from monitor.live.connection import Connection
from monitor.live.delivery import Delivery
from monitor.live.line import A_FEW, Line
from monitor.live.topics import Topics
from monitor.model.metric import COUNT, HOST, PROCESSES, TEXT, Record, gauge, info, record
from monitor.model.sample import Snapshot
from monitor.model.schema import Schema
from monitor.model.vitals import Vitals
from tests.support.clock import HandClock
from tests.wire.test_frame import decoded


@record
class Wheel(Record):
    """Of the host."""

    FAMILY = "wheel"
    air: float | None = gauge(COUNT, "Now")
    name: str | None = info(TEXT, "As long as a test wants it")


@record
class Bell(Record):
    """Of another topic."""

    FAMILY = "bell"
    TOPIC = PROCESSES
    rings: float | None = gauge(COUNT, "Now")


SCHEMA = Schema([Wheel, Bell])
LONG_S = 10.0
MEBIBYTE = 1 << 20
Meanwhile = Callable[[], None]


class StepClock(HandClock):
    """So much time passes between two looks at it."""

    step = 0.0

    def monotonic(self) -> float:
        self.advance(self.step)
        return super().monotonic()


class Peer:
    """A viewer's far end."""

    def __init__(self, line: Line, reader: asyncio.StreamReader) -> None:
        self.line = line
        self.reader = reader

    async def messages(self, count: int) -> list[Any]:
        """So many, the next ones."""
        return [await self._message() for _ in range(count)]

    async def nothing(self) -> bool:
        """Whether all that was written was read, and nothing is on the way."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.reader.readexactly(1), 0.05)
            return False
        return True

    async def _message(self) -> Any:
        async with asyncio.timeout(LONG_S):
            head = await self.reader.readexactly(2)
            if head[1] == 126:
                head += await self.reader.readexactly(2)
            elif head[1] == 127:
                head += await self.reader.readexactly(8)
            size = head[1] if len(head) == 2 else int.from_bytes(head[2:], "big")
            return json.loads(bytes(decoded(head + await self.reader.readexactly(size)).data))


class House:
    """The delivery, and viewers over real sockets."""

    def __init__(self) -> None:
        self.clock = StepClock()
        self.vitals = Vitals()
        self.topics = Topics(SCHEMA, 1.0, self.clock)
        self.delivery = Delivery(self.topics, self.vitals)
        self.seq = 0
        self._stack = contextlib.AsyncExitStack()

    async def viewer(self, *topics: str) -> Peer:
        """One more, that is told by and by what there is of these."""
        loop = asyncio.get_running_loop()
        ours, theirs = await _pair()
        transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
        reader, writer = await asyncio.open_connection(sock=theirs)
        self._stack.callback(writer.close)
        self._stack.callback(transport.abort)
        line = Line(Connection(ours.fileno(), "a test", self.clock.monotonic()), transport)
        self.delivery.add(line)
        for topic in topics:
            self.topics.came(topic)
            line.now_has(topic, None)
        self.delivery.deliver(line, self.clock.monotonic())
        return Peer(line, reader)

    async def viewers(self, count: int) -> list[Peer]:
        """So many of the host, that have the first document and nothing else to come."""
        if not self.seq:
            await self.tick()
        peers = [await self.viewer(HOST) for _ in range(count)]
        for peer in peers:
            assert [m["type"] for m in await peer.messages(1)] == ["snapshot"]
        return peers

    async def tick(self, name: str = "") -> None:
        self.seq += 1
        figures: Any = {"wheel": {"air": self.seq, "name": name}, "bell": {"rings": self.seq}}
        self.topics.advance(Snapshot(self.seq, 0.0, self.clock.monotonic(), {}, figures))
        await self.delivery.broadcast(self.clock)

    async def close(self) -> None:
        await self._stack.aclose()


async def _pair() -> tuple[socket.socket, socket.socket]:
    """Both ends of a connection over loopback; they hold little, so that one is soon full."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        theirs = socket.socket()
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        theirs.setblocking(False)
        door.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(theirs, door.getsockname())
        ours, _ = await loop.sock_accept(door)
        return ours, theirs


@pytest.fixture
async def house() -> AsyncIterator[House]:
    made = House()
    yield made
    await made.close()


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """How often each descriptor was written to by a broadcast."""
    counted: Counter[int] = Counter()

    def write(descriptor: int, frames: bytes) -> int:
        counted[descriptor] += 1
        return os.write(descriptor, frames)

    monkeypatch.setattr(line, "os", _Os(write))
    return counted


class _Os:
    def __init__(self, write: Callable[[int, bytes], int]) -> None:
        self.write = write
        self.name = os.name


def in_the_middle(monkeypatch: pytest.MonkeyPatch, house: House, act: Meanwhile) -> None:
    """Do this when the loop first has its turn in the next broadcast, a few viewers having been
    written to."""
    house.clock.step = delivery.SLICE_S
    real = asyncio.sleep
    due = [act]

    async def sleep(seconds: float) -> None:
        while due:
            due.pop()()
        await real(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)


def seqs(messages: list[Any]) -> list[tuple[str, int]]:
    return [(m["type"], m["seq"]) for m in messages]


def unwritten(house: House, peers: list[Peer]) -> list[Peer]:
    """Who has not had the tick that is under way."""
    return [p for p in peers if p.line.seqs[HOST] != house.seq]


async def test_a_tick_of_several_topics_is_one_write(house: House, writes: Counter[int]) -> None:
    await house.tick()
    both = await house.viewer(HOST, PROCESSES)
    await both.messages(2)
    writes.clear()
    await house.tick()
    await house.tick()
    told = await both.messages(4)
    assert [(m["type"], m["topic"], m["seq"]) for m in told] == [
        ("patch", "host", 2),
        ("patch", "processes", 2),
        ("patch", "host", 3),
        ("patch", "processes", 3),
    ]
    assert writes == {both.line.descriptor: 2}


async def test_the_loop_has_its_turn_after_each_slice(house: House) -> None:
    few = 6
    peers = await house.viewers(few * A_FEW)
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counter = asyncio.create_task(count())
    await asyncio.sleep(0)
    for step, expected in ((delivery.SLICE_S, few), (delivery.SLICE_S / 2, few // 2)):
        house.clock.step, turns = step, 0
        await house.tick()
        assert expected - 1 <= turns <= expected + 1
    house.clock.step, turns = 0.0, 0
    await house.tick()
    assert turns == 0
    counter.cancel()
    for peer in peers:
        assert seqs(await peer.messages(3)) == [("patch", 2), ("patch", 3), ("patch", 4)]


async def test_who_leaves_in_the_middle_is_not_written_to_and_nor_is_who_gets_its_descriptor(
    house: House, monkeypatch: pytest.MonkeyPatch, writes: Counter[int]
) -> None:
    peers = await house.viewers(3 * A_FEW)
    gone: list[Peer] = []

    def leave() -> None:
        writes.clear()
        gone.extend(unwritten(house, peers))
        for peer in gone:
            house.delivery.remove(peer.line)

    in_the_middle(monkeypatch, house, leave)
    await house.tick()
    assert len(gone) == 2 * A_FEW
    assert not writes
    assert {peer.line.messages for peer in gone} == {1}
    for peer in peers:
        assert (await peer.nothing()) is (peer in gone)


async def test_who_comes_in_the_middle_gets_the_tick_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.viewers(2 * A_FEW)
    coming: list[asyncio.Task[Peer]] = []
    made = house.viewer(HOST)
    in_the_middle(monkeypatch, house, lambda: coming.append(asyncio.create_task(_late(made))))
    await house.tick()
    late = await coming[0]
    await house.tick()
    assert seqs(await late.messages(2)) == [("snapshot", 2), ("patch", 3)]


async def _late(made: Awaitable[Peer]) -> Peer:
    return await made


async def test_who_takes_a_topic_in_the_middle_loses_no_thread(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    peers = await house.viewers(2 * A_FEW)
    changed: list[Peer] = []

    def subscribe() -> None:
        for peer in peers:
            house.topics.came(PROCESSES)
            peer.line.now_has(PROCESSES, None)
            house.delivery.deliver(peer.line, 0.0)
        changed.extend(peers)

    in_the_middle(monkeypatch, house, subscribe)
    await house.tick()
    await house.tick()
    assert changed
    for peer in peers:
        told = await peer.messages(4)
        assert seqs([m for m in told if m["topic"] == HOST]) == [("patch", 2), ("patch", 3)]
        others = [m for m in told if m["topic"] == PROCESSES]
        assert seqs(others) == [("snapshot", 2), ("patch", 3)]


async def test_who_is_behind_is_passed_over_until_it_has_read_and_then_has_the_latest(
    house: House, writes: Counter[int]
) -> None:
    slow, well = await house.viewers(2)
    house.delivery.send(slow.line, bytes(8 * MEBIBYTE))
    assert slow.line.backlog()
    assert slow.line.cohort is None
    writes.clear()
    for _ in range(3):
        await house.tick()
    assert writes == {well.line.descriptor: 3}
    reading = asyncio.create_task(slow.reader.readexactly(8 * MEBIBYTE))
    async with asyncio.timeout(LONG_S):
        await reading
    await house.tick()
    await house.tick()
    assert seqs(await slow.messages(2)) == [("snapshot", 5), ("patch", 6)]
    assert seqs(await well.messages(5)) == [("patch", n) for n in range(2, 7)]
    assert slow.line.cohort is well.line.cohort


async def test_a_frame_that_does_not_fit_is_finished_and_nothing_is_queued_behind_it(
    house: House,
) -> None:
    (slow,) = await house.viewers(1)
    await house.tick("x" * (8 * MEBIBYTE))
    held = slow.line.backlog()
    assert held
    for _ in range(3):
        await house.tick()
    assert slow.line.backlog() <= held
    assert seqs(await slow.messages(1)) == [("patch", 2)]
    await house.tick()
    assert seqs(await slow.messages(1)) == [("snapshot", 6)]


async def test_nothing_is_sent_once_the_end_has_begun(house: House, writes: Counter[int]) -> None:
    ending, ended, lost, well = await house.viewers(4)
    ending.line.disconnect("a test", 0.0)
    ended.line.ended("a test", 0.0)
    lost.line.transport.abort()
    await asyncio.sleep(0)
    writes.clear()
    await house.tick()
    assert writes == {well.line.descriptor: 1}
    assert await ending.nothing()
    assert not house.delivery.send(ending.line, b"more")


async def test_what_a_broken_off_broadcast_did_not_bring_comes_as_a_snapshot(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    peers = await house.viewers(3 * A_FEW)
    missed: list[Peer] = []

    def stop() -> None:
        missed.extend(unwritten(house, peers))
        raise asyncio.CancelledError

    in_the_middle(monkeypatch, house, stop)
    with pytest.raises(asyncio.CancelledError):
        await house.tick()
    assert len(missed) == 2 * A_FEW
    await house.tick()
    for peer in peers:
        expected = [("snapshot", 3)] if peer in missed else [("patch", 2), ("patch", 3)]
        assert seqs(await peer.messages(len(expected))) == expected


async def test_a_tick_that_failed_half_way_leaves_nobody_with_a_patch_of_another_document(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    (peer,) = await house.viewers(1)

    async def fail(clock: object) -> None:
        raise RuntimeError("in between")

    with monkeypatch.context() as patched:
        patched.setattr(house.delivery, "broadcast", fail)
        with pytest.raises(RuntimeError, match="in between"):
            await house.tick()
    late = await house.viewer(HOST)
    await house.tick()
    assert seqs(await peer.messages(1)) == [("snapshot", 3)]
    assert seqs(await late.messages(2)) == [("snapshot", 2), ("patch", 3)]


async def test_what_each_was_sent_is_counted_wherever_it_was(house: House) -> None:
    early, both = await house.viewers(2)
    await house.tick()
    both.line.now_has(PROCESSES, None)
    house.topics.came(PROCESSES)
    await house.tick()
    late = await house.viewer(HOST)
    await house.tick()
    counts = {early: 4, both: 6, late: 2}
    for peer, count in counts.items():
        peer.line.step_out()
        assert peer.line.messages == count
        unread = count if peer is late else count - 1
        assert len(await peer.messages(unread)) == unread
    assert house.vitals.sent_messages == sum(counts.values())
    assert house.vitals.sent_bytes == sum(peer.line.bytes for peer in counts)
