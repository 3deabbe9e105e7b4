"""The program beside its history: whatever becomes of the disk, the stream goes on."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.chaos.stream import following
from tests.history.figures import BEGAN, snapshot, ticked
from tests.history.figures import running as keeping
from tests.life.hostile import Load
from tests.support.observed import Setup
from tests.support.peers import Crowd
from tests.support.subject import Subject, running

SETUP = Setup(interval=0.25)
SOON_S = 20.0
ROOM_S = 30.0
STOP_S = 3.0
PAUSE_S = 0.1
MAX_GAP = 2.0


@contextlib.contextmanager
def mounted(directory: Path, options: str) -> Iterator[Path]:
    """A file system of its own."""
    if os.geteuid() != 0:
        pytest.skip("mounts a file system")
    directory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", directory], check=True)
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)


@contextlib.asynccontextmanager
async def kept_in(directory: Path) -> AsyncIterator[Subject]:
    """A monitor whose history is there."""
    state = {"STATE_DIRECTORY": str(directory)}
    async with running("real", SETUP, strict=False, environment=state) as subject:
        yield subject


async def health(subject: Subject) -> str:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{subject.port}/healthz") as answer,
    ):
        assert answer.status == 200
        return await answer.text()


async def healthy(subject: Subject, beginning: str, seconds: float) -> float:
    """How long it takes until it says that."""
    clock = asyncio.get_running_loop().time
    began = clock()
    while not (said := await health(subject)).startswith(beginning):
        assert clock() - began < seconds, f"it says {said!r}"
        await asyncio.sleep(PAUSE_S)
    return clock() - began


async def test_a_full_disk_costs_the_stream_no_tick_and_is_told(tmp_path: Path) -> None:
    with mounted(tmp_path / "small", "size=3m") as small:
        async with kept_in(small) as subject:
            async with following(subject.url) as [viewer]:
                await healthy(subject, "ok", SOON_S)
                ballast = small / "ballast"
                with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
                    while True:
                        file.write(bytes(4096))
                await healthy(subject, "degraded: the history is degraded: ", SOON_S)
                async with asyncio.timeout(SOON_S):
                    await viewer.until(lambda _: "full" in (viewer.figure("monitor.history") or ""))
                    await viewer.ticks(8)
                ballast.unlink()
                took = await healthy(subject, "ok", ROOM_S)
                assert viewer.figure("monitor.history_lost") == 0
                assert max(viewer.gaps()) <= MAX_GAP * SETUP.interval
            assert await subject.stop(signal.SIGTERM, STOP_S) == 0
    print(f"it writes again {took:.1f} s after there is room")


async def test_where_nothing_can_be_written_it_runs_without_a_history(tmp_path: Path) -> None:
    with mounted(tmp_path / "fixed", "ro") as fixed:
        async with kept_in(fixed) as subject:
            async with following(subject.url) as [viewer]:
                said = await health(subject)
                assert said.startswith("degraded: the history is off: ") and "Read-only" in said
                async with asyncio.timeout(SOON_S):
                    await viewer.until(lambda _: "off" in (viewer.figure("monitor.history") or ""))
            assert await subject.stop(signal.SIGTERM, STOP_S) == 0
        assert any("history.state" in line and "WARNING" in line for line in subject.log)


async def test_two_monitors_do_not_share_a_history(tmp_path: Path) -> None:
    async with kept_in(tmp_path) as first:
        await healthy(first, "ok", SOON_S)
        command = [*(sys.executable, "-m", "monitor"), "--port", "0", "--data-dir", str(tmp_path)]
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(SOON_S):
            _, said = await process.communicate()
        assert process.returncode == 1
        assert said.decode() == f"monitor: {tmp_path} is in use by process {first.pid}\n"


async def test_a_broken_file_is_set_aside_loudly_and_a_new_one_begun(tmp_path: Path) -> None:
    tmp_path.joinpath("history.db").write_bytes(b"not a history at all\n" * 1000)
    async with kept_in(tmp_path) as subject:
        await healthy(subject, "ok", SOON_S)
        assert await subject.stop(signal.SIGTERM, STOP_S) == 0
        assert any("WARNING" in line and "history." in line for line in subject.log)
    assert any(text.startswith(b"not a history") for text in texts(tmp_path))


def texts(directory: Path) -> list[bytes]:
    """What was set aside there."""
    return [path.read_bytes() for path in directory.glob("history.db.*")]


async def test_a_stop_leaves_nothing_unwritten(tmp_path: Path) -> None:
    """What was shown in the last second before the end is in the file."""
    async with kept_in(tmp_path) as subject:
        async with following(subject.url) as [viewer], asyncio.timeout(SOON_S):
            await viewer.ticks(4)
        assert await subject.stop(signal.SIGTERM, STOP_S) == 0
        [line] = [line for line in subject.log if "stop.history" in line]
        assert float(line.rpartition("saved=")[2]) >= viewer.times[-1] - 1e-3


CORES, HOUR = 200, 3600
ASKING, ASKED_S = 16, 6.0


async def recorded(directory: Path) -> None:
    """An hour of many cores is there, as an earlier life has left it."""
    with keeping(directory) as store:
        for second in range(HOUR):
            cores = {str(n): {"usage": (second + n) % 100 / 100} for n in range(CORES)}
            store.add(snapshot(BEGAN + second, ticked(core=cores)))
            if second % 100 == 99:
                await asyncio.wrap_future(store.flush())


async def test_questions_as_large_as_may_be_delay_no_tick(tmp_path: Path) -> None:
    await recorded(tmp_path)
    query = f"metric=core.usage&from={BEGAN}&to={BEGAN + HOUR}&points=1499"
    statuses: Counter[int] = Counter()

    async def ask(session: aiohttp.ClientSession, port: int) -> None:
        while True:
            address = f"http://127.0.0.1:{port}/api/v1/query?{query}"
            async with session.get(address) as answer:
                statuses[answer.status] += len(await answer.read()) > 1 << 20

    async with (
        kept_in(tmp_path) as subject,
        following(subject.url) as [viewer],
        aiohttp.ClientSession() as session,
    ):
        async with asyncio.timeout(SOON_S):
            await viewer.ticks(4)
        began = asyncio.get_running_loop().time()
        asking = [asyncio.create_task(ask(session, subject.port)) for _ in range(ASKING)]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ASKED_S):
                await asyncio.gather(*asking)
        longest = max(viewer.gaps(since=began)) / SETUP.interval
    print(f"{statuses[200]} answers of a megabyte or more, a gap of {longest:.2f} intervals")
    # Of one address no more than a few wait; the others are told to come again.
    assert set(statuses) <= {200, 503} and statuses[200] >= 3
    assert longest <= MAX_GAP


LARGEST = f"metric=core.usage&from={BEGAN}&to={BEGAN + HOUR}&points=1499&format=csv"
SMALLEST = f"metric=core.usage&key=1&from={BEGAN}&to={BEGAN + 10}"
GREEDY, CONNECTIONS, A_SECOND = 32, 20, 1000


async def test_neither_large_questions_nor_many_delay_a_tick(tmp_path: Path) -> None:
    await recorded(tmp_path)
    async with kept_in(tmp_path) as subject, following(subject.url) as [viewer]:
        async with asyncio.timeout(SOON_S):
            await viewer.ticks(4)
        load = Load(subject.port)
        began = asyncio.get_running_loop().time()
        async with Crowd() as crowd:
            asking = [
                crowd.start(load.greedily(f"/api/v1/query?{LARGEST}", f"127.0.0.{2 + n % 8}"))
                for n in range(GREEDY)
            ] + [
                crowd.start(load.often(f"/api/v1/query?{SMALLEST}", A_SECOND / CONNECTIONS))
                for _ in range(CONNECTIONS)
            ]
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ASKED_S):
                    await asyncio.gather(*asking)
        gaps = sorted(viewer.gaps(since=began))
    print(f"large {dict(load.large)}, small {dict(load.small)}, gaps {gaps[-5:]}")
    assert load.large[200] >= 3 and load.small.total() > A_SECOND * ASKED_S / 2
    assert len(gaps) > ASKED_S / SETUP.interval / MAX_GAP
    assert gaps[-1] <= MAX_GAP * SETUP.interval
