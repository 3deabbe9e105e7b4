"""`make bench-fanout`: one message to many, by this hub and by others, tick by tick in turn."""

import argparse
import asyncio
import contextlib
import datetime as dt
import math
import os
import platform
import resource
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from bench import fanout_real, fanout_report
from bench.fanout_drawing import drawing
from bench.fanout_program import Program, join, running
from bench.fanout_report import READ, TIMED, WATCHED, Case, Round
from bench.fanout_server import METHODS

PATHS = {"hub": "/ws/metrics"}
VIEWERS = (100, 1_000, 5_000, 10_000)
SIZES = (1_536, 6_144, 30_720)
# Clients are read by so many processes; with the server that is three of four processors. More
# where these do not have the descriptors.
READERS = 2
ROUNDS, QUICK_ROUNDS = 45, 9
# What is looked at in a round: the processor time, the way to the viewers, the loop. Each of these
# would bend the others.
KINDS = (TIMED, READ, WATCHED)
# A round waits so long for all of it to be read: by the number of viewers and their bytes.
SETTLE_S, SETTLE_A_BYTE_S = 0.05, 1.2e-9
# Of the viewers, so many come before memory is looked at first: with them come the pages that a
# program needs but once.
FIRST_SHARE = 0.1
SPARE_DESCRIPTORS = 200
RESULTS = Path(__file__).parent / "results"


async def measure(viewers: int, size: int, rounds: int, descriptors: int) -> Case:
    """All methods, one after another in each round, in another order each time."""
    case = Case(viewers, size)
    settle = SETTLE_S + SETTLE_A_BYTE_S * viewers * size
    async with contextlib.AsyncExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-fanout-"))
        servers = {
            name: await stack.enter_async_context(running("fanout_server", name, size, directory))
            for name in METHODS
        }
        # Of every method's viewers a reader has its share.
        readers = [
            await stack.enter_async_context(running("fanout_client"))
            for _ in range(max(READERS, math.ceil(viewers * len(METHODS) / descriptors)))
        ]
        for name, server in servers.items():
            case.memory[name] = await _fill(case, PATHS.get(name, "/"), server, readers, settle)
        names = list(METHODS)
        for number in range(rounds):
            kind = KINDS[number % len(KINDS)]
            for name in names[number % len(names) :] + names[: number % len(names)]:
                case.add(name, await _round(kind, servers[name], readers, settle))
    return case


async def _fill(
    case: Case, path: str, server: Program, readers: list[Program], settle: float
) -> float:
    """All viewers come; bytes of memory that each one takes."""
    port = await server.line()
    there, held = 0, []
    for until in (max(1, round(case.viewers * FIRST_SHARE)), case.viewers):
        await join(readers, port, path, until - there)
        there = until
        while await server.ask("count") < there:  # noqa: ASYNC110  (another process)
            await asyncio.sleep(0.05)
        # Two messages, so that what a connection needs to be written to is there.
        for _ in range(2):
            await _round(READ, server, readers, settle)
        held.append((there, await server.ask("memory")))
    (few, before), (all_, after) = held
    return float(after - before) / (all_ - few)


async def _round(kind: str, server: Program, readers: list[Program], settle: float) -> Round:
    if kind == TIMED:
        for reader in readers:
            await reader.ask("rest", 3 * settle)
    told = await server.ask("tick", settle, kind)
    if kind == TIMED:
        for reader in readers:
            await reader.line()
    late = [time for reader in readers for time in await reader.ask("latencies")]
    return Round(kind, **told, latencies=late)


def descriptors() -> int:
    """How many a process may have for connections; the limit is raised as far as it goes."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard - SPARE_DESCRIPTORS


def main(options: argparse.Namespace) -> bool:
    """Measure, print, and keep the results unless --quick; whether all targets were met."""
    most = descriptors()
    cases = []
    for viewers in (n for n in VIEWERS if n <= most):
        for size in SIZES:
            print(f"bench: {viewers} viewers, {size} bytes ...", file=sys.stderr)
            rounds = QUICK_ROUNDS if options.quick else ROUNDS
            cases.append(asyncio.run(measure(viewers, size, rounds, most)))
    print("bench: the real tick ...", file=sys.stderr)
    real = asyncio.run(fanout_real.measure(quick=options.quick))
    page = fanout_report.page(_title(most), cases, real)
    print(page)
    if not options.quick:
        RESULTS.joinpath("fanout.md").write_text(page, encoding="utf-8")
        RESULTS.joinpath("fanout.svg").write_text(drawing(cases), encoding="utf-8")
    return all(target.met for target in fanout_report.targets(cases, real))


def _title(most: int) -> list[str]:
    now = dt.datetime.now(dt.UTC)
    load = ", ".join(f"{figure:.2f}" for figure in os.getloadavg())
    where = f"Linux {platform.release()}, {os.cpu_count()} processors"
    packages = ", ".join(f"{name} {version(name)}" for name in ("aiohttp", "websockets"))
    return [
        f"- {now:%Y-%m-%d %H:%M} UTC, {where}, load {load} at the end of the run",
        f"- Python {platform.python_version()}, {packages}",
        f"- over loopback, clients in {READERS} processes or more; {most:,} descriptors for each",
    ]
