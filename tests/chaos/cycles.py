"""Viewers that come and go, tens of thousands of them."""

import asyncio
import contextlib
import itertools
import statistics
import sys
from collections.abc import AsyncIterator

from tests.support.observed import Setup
from tests.support.subject import ROOT, Holding, Subject, running

PROGRAMS = 3
# One block comes before anything is measured.
BLOCK = 9_999
BLOCKS = 3
# On the naive server, which holds on to each of them, it shows sooner.
NAIVE_BLOCK = 600
SETTLE_S = 2.0
SLOPE = 256 * 1024
# As people run it.
SETUP = Setup(interval=1.0)


async def coming_and_going(kind: str) -> str:
    """30,000 connections after 10,000 leave tasks and descriptors as they were, and the memory."""
    block = BLOCK if kind == "real" else NAIVE_BLOCK
    async with running(kind, SETUP, strict=False) as subject:
        first = await subject.until(lambda held: False, 1.0)
        clock = asyncio.get_running_loop().time
        began = clock()
        held = []
        async with _programs(subject, block // PROGRAMS) as programs:
            for _ in range(1 + BLOCKS):
                await asyncio.gather(*(_once(program) for program in programs))
                held.append(await _settled(subject, first))
        seconds = clock() - began
    # The median: an allocator takes a mebibyte now and then, and a leak is in every block.
    steps = [after.rss - before.rss for before, after in itertools.pairwise(held)]
    slope = statistics.median(steps) * 10_000 / block
    figures = " ".join(f"{now.rss >> 10}" for now in held)
    assert slope <= SLOPE, f"RSS grows by {slope / 1024:.0f} KiB per 10,000: {figures} KiB"
    subject.assert_log_clean()
    return (
        f"{len(held) * block} cycles in {seconds:.0f} s, tasks and descriptors unchanged, "
        f"RSS {slope / 1024:+.0f} KiB per 10,000 ({figures} KiB)"
    )


@contextlib.asynccontextmanager
async def _programs(
    subject: Subject, count: int
) -> AsyncIterator[list[asyncio.subprocess.Process]]:
    """Several at once: one alone takes longer than the server."""
    started: list[asyncio.subprocess.Process] = []
    try:
        for number in range(PROGRAMS):
            module = ("-m", "tests.chaos.comers", f"127.0.0.{number + 2}", str(subject.port))
            pipe = asyncio.subprocess.PIPE
            started.append(
                await asyncio.create_subprocess_exec(
                    sys.executable, *module, str(count), cwd=ROOT, stdin=pipe, stdout=pipe
                )
            )
        yield started
    finally:
        for program in started:
            with contextlib.suppress(ProcessLookupError):
                program.kill()
            await program.communicate()


async def _once(program: asyncio.subprocess.Process) -> None:
    assert program.stdin is not None and program.stdout is not None
    program.stdin.write(b"go\n")
    async with asyncio.timeout(90):
        assert await program.stdout.readline() == b"done\n", "a viewer was not let in"


async def _settled(subject: Subject, first: Holding) -> Holding:
    """Soon it holds no more tasks and descriptors than `first`."""
    now = await subject.until(
        lambda held: held.tasks <= first.tasks and held.descriptors <= first.descriptors, SETTLE_S
    )
    assert now.tasks <= first.tasks, f"{now.tasks - first.tasks} tasks are left"
    assert now.descriptors <= first.descriptors, (
        f"{now.descriptors - first.descriptors} descriptors are left"
    )
    return now
