"""`make bench-fanout`: one message to many, by this hub and by others, tick by tick in turn."""

import argparse
import asyncio
import contextlib
import datetime as dt
import json
import os
import platform
import resource
import sys
from collections.abc import AsyncIterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench import fanout_report
from bench.fanout_report import READ, TIMED, WATCHED, Case, Round
from bench.fanout_server import METHODS

PATHS = {"hub": "/ws/metrics"}
VIEWERS = (100, 1_000, 5_000, 10_000)
SIZES = (1_536, 6_144, 30_720)
# Clients are read by so many processes; with the server that is three of four processors.
READERS = 2
ROUNDS, QUICK_ROUNDS = 45, 9
# What is looked at in a round: the processor time, the way to the viewers, the loop. Each of these
# would bend the others.
KINDS = (TIMED, READ, WATCHED)
# A round waits so long for all of it to be read: by the number of viewers and their bytes.
SETTLE_S, SETTLE_A_BYTE_S = 0.05, 1.2e-9
SPARE_DESCRIPTORS = 200
RESULTS = Path(__file__).parent / "results"


class Program:
    """A program of this folder that answers each line by a line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def line(self) -> Any:
        """What it says next. Raises RuntimeError where it has ended."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("a program of the benchmark has ended")
        return json.loads(line)

    async def ask(self, *words: object) -> Any:
        """Its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write((" ".join(map(str, words)) + "\n").encode())
        return await self.line()

    async def stop(self) -> None:
        """Its input ends, and so does it."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        await self._process.wait()


@contextlib.asynccontextmanager
async def running(module: str, *arguments: object) -> AsyncIterator[Program]:
    """A program, until the end of the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"bench.{module}", *map(str, arguments)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 26,
    )
    program = Program(process)
    try:
        yield program
    finally:
        await program.stop()


async def measure(viewers: int, size: int, rounds: int) -> Case:
    """All methods, one after another in each round, in another order each time."""
    case = Case(viewers, size)
    async with contextlib.AsyncExitStack() as stack:
        readers = [
            await stack.enter_async_context(running("fanout_client")) for _ in range(READERS)
        ]
        servers: dict[str, Program] = {}
        for name in METHODS:
            servers[name] = await stack.enter_async_context(running("fanout_server", name, size))
            await _join(case, name, servers[name], readers)
        settle = SETTLE_S + SETTLE_A_BYTE_S * viewers * size
        names = list(METHODS)
        for number in range(rounds):
            kind = KINDS[number % len(KINDS)]
            for name in names[number % len(names) :] + names[: number % len(names)]:
                case.add(name, await _round(kind, servers[name], readers, settle))
    return case


async def _round(kind: str, server: Program, readers: Sequence[Program], settle: float) -> Round:
    if kind == TIMED:
        for reader in readers:
            await reader.ask("rest", 2 * settle)
    told = await server.ask("tick", settle, kind)
    if kind == TIMED:
        for reader in readers:
            await reader.line()
    late = [time for reader in readers for time in await reader.ask("latencies")]
    return Round(kind, **told, latencies=late)


async def _join(case: Case, name: str, server: Program, readers: Sequence[Program]) -> None:
    port = await server.line()
    before = await server.ask("memory")
    share = case.viewers // len(readers)
    await asyncio.gather(*(r.ask("join", port, PATHS.get(name, "/"), share) for r in readers))
    while await server.ask("count") < share * len(readers):  # noqa: ASYNC110  (another process)
        await asyncio.sleep(0.05)
    # Two messages, so that what a connection needs to be written to is there.
    for _ in range(2):
        await server.ask("tick", SETTLE_S + SETTLE_A_BYTE_S * case.viewers * case.size, READ)
    for reader in readers:
        await reader.ask("latencies")
    case.memory[name] = (await server.ask("memory") - before) / case.viewers


def most_viewers() -> int:
    """As many as there are descriptors for, in the server and in each reader."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # A reader holds its share of the viewers of every method.
    return min(hard - SPARE_DESCRIPTORS, (hard - SPARE_DESCRIPTORS) * READERS // len(METHODS))


def main(options: argparse.Namespace) -> bool:
    """Measure, print, and keep the results unless --quick; whether all targets were met."""
    most = most_viewers()
    cases = []
    for viewers in (n for n in VIEWERS if n <= most):
        for size in SIZES:
            print(f"bench: {viewers} viewers, {size} bytes ...", file=sys.stderr)
            rounds = QUICK_ROUNDS if options.quick else ROUNDS
            cases.append(asyncio.run(measure(viewers, size, rounds)))
    page = fanout_report.page(_title(most), cases)
    print(page)
    if not options.quick:
        RESULTS.joinpath("fanout.md").write_text(page, encoding="utf-8")
        RESULTS.joinpath("fanout.svg").write_text(fanout_report.drawing(cases), encoding="utf-8")
    return all(target.met for target in fanout_report.targets(cases))


def _title(most: int) -> list[str]:
    now = dt.datetime.now(dt.UTC)
    load = ", ".join(f"{figure:.2f}" for figure in os.getloadavg())
    where = f"Linux {platform.release()}, {os.cpu_count()} processors"
    packages = ", ".join(f"{name} {version(name)}" for name in ("aiohttp", "websockets"))
    return [
        f"- {now:%Y-%m-%d %H:%M} UTC, {where}, load {load} at the end of the run",
        f"- Python {platform.python_version()}, {packages}",
        f"- descriptors allow for {most:,} viewers; clients in {READERS} processes, over loopback",
    ]
