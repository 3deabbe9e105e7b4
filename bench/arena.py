"""One number of processes: all contestants, window after window."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import psutil

from bench.clients import Tally, fetch_one, view
from bench.contest import Contestant
from bench.peers import Peer, running
from bench.report import RESTING, SAMPLING, UNWATCHED, VIEWED, Size, Traffic

ALONE, COMPANY = "alone", "in company"
SCRAPES, ROUNDS = 10, 5
TICKS_S = 3.5
STATES = (RESTING, SAMPLING, VIEWED)


@dataclass(frozen=True)
class Timing:
    """Seconds: of a window, until the sweep knows who is idle, and until those that were stopped
    are in step again."""

    windows: int
    window: float
    settle: float
    resume: float


@dataclass
class Runner:
    """A contestant that runs."""

    contestant: Contestant
    peer: Peer
    tally: Tally = field(default_factory=Tally)
    client: "asyncio.Task[None] | None" = None

    @property
    def trouble(self) -> str:
        """Why its figures would be none."""
        if not self.peer.alive:
            return f"it ended with {self.peer.process.returncode}"
        if self.client is not None and self.client.done():
            return f"its client: {self.client.exception()!r}"
        return ""


class Arena:
    """Measures into a `Size`. To be entered before the crowd comes."""

    def __init__(self, size: Size, timing: Timing, directory: str) -> None:
        self.size = size
        self._timing = timing
        self._directory = directory
        self._stack = AsyncExitStack()
        self._runners: list[Runner] = []

    async def __aenter__(self) -> "Arena":
        return self

    async def __aexit__(self, *_: object) -> None:
        for runner in self._runners:
            if runner.client is not None:
                runner.client.cancel()
        clients = [r.client for r in self._runners if r.client is not None]
        await asyncio.gather(*clients, return_exceptions=True)
        await self._stack.aclose()

    async def start(self, contestants: Iterable[Contestant]) -> None:
        """All at once; one that does not come up is noted and left out."""
        # A server that is stopped answers late, and that is no fault.
        timeout = aiohttp.ClientTimeout(total=None)
        self._session = await self._stack.enter_async_context(
            aiohttp.ClientSession(timeout=timeout)
        )
        subject = [sys.executable, "-m", "bench.subject", self._directory]
        self._subject = await self._stack.enter_async_context(
            running(subject, says_url=True, follows=True)
        )
        listed = list(contestants)
        await asyncio.gather(*map(self._start, listed))
        # They came in the order in which they were up.
        self._runners.sort(key=lambda runner: listed.index(runner.contestant))

    async def measure(self) -> None:
        """All windows, the two lanes in turn, and at the end what each holds."""
        timing = self._timing
        await asyncio.sleep(timing.settle)
        self._pause(self._runners)
        self._subject.pause()
        unwatched = [r for r in self._runners if r.contestant.name == UNWATCHED]
        for _ in range(timing.windows):
            self._subject.resume()
            shares, _ = await asyncio.gather(self._window(ALONE, unwatched), self._probe())
            self._subject.pause()
            self.size.alone += shares.values()
            for name, share in (await self._window(COMPANY, self._runners)).items():
                self.size.company.setdefault(name, []).append(share)
        self._weigh()
        self._subject.resume()
        await self._scrape()

    async def _window(self, lane: str, runners: list[Runner]) -> dict[str, float]:
        """The share of one core that each used, by name; the others stand still."""
        timing = self._timing
        for runner in runners:
            runner.peer.resume()
        await asyncio.sleep(timing.resume)
        clock, machine = asyncio.get_running_loop().time, psutil.cpu_times()
        before = {r.contestant.name: (clock(), r.peer.cpu()) for r in self._well(runners)}
        given = {r.contestant.name: (r.tally.answers, r.tally.bytes) for r in runners}
        await asyncio.sleep(timing.window)
        shares = {}
        for runner in self._well(runners):
            name = runner.contestant.name
            at, used = before[name]
            elapsed = clock() - at
            shares[name] = (runner.peer.cpu() - used) / elapsed
            self._note_traffic(runner, given[name], elapsed)
        self.size.busy.setdefault(lane, []).append(_busy(machine, timing.window))
        self.size.seen.append(len(psutil.pids()))
        self._pause(runners)
        return shares

    def _well(self, runners: list[Runner]) -> list[Runner]:
        """Those that have not failed; the others are noted and leave."""
        for runner in [r for r in runners if r.trouble]:
            self.size.failed[runner.contestant.name] = runner.trouble
            runners.remove(runner)
        return list(runners)

    def _note_traffic(self, runner: Runner, before: tuple[int, int], elapsed: float) -> None:
        answers, got = runner.tally.answers - before[0], runner.tally.bytes - before[1]
        name = runner.contestant.name
        if answers:
            self.size.traffic[name] = Traffic(answers / elapsed, got / answers)
        elif runner.client is not None:
            self.size.failed[name] = "a window passed in which it gave no answer"

    def _pause(self, runners: list[Runner]) -> None:
        for runner in self._well(runners):
            runner.peer.pause()

    def _weigh(self) -> None:
        for runner in self._well(self._runners):
            self.size.memory[runner.contestant.name] = runner.peer.memory()

    async def _probe(self) -> None:
        """How late the subject's loop is, in each of its states, beside a window of `alone`."""
        # What the first tick after a change costs is not what is asked here.
        pause = self._timing.resume
        seconds = max(1, int((self._timing.window - pause * len(STATES)) / len(STATES)))
        for state in STATES:
            await self._command("rest" if state == RESTING else "sample")
            async with self._viewer(state == VIEWED):
                await asyncio.sleep(pause)
                late = await self._command(f"probe {seconds}")
            self.size.lateness.setdefault(state, []).extend(late)

    @contextlib.asynccontextmanager
    async def _viewer(self, there: bool) -> AsyncIterator[None]:
        if not there:
            yield
            return
        watching = view(self._session, self._subject.url, ("processes",), Tally())
        task = asyncio.create_task(watching)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _scrape(self) -> None:
        """Processor time of a scrape, in seconds, each of a tick of its own; the sampler rests."""
        url = self._subject.url + "metrics"
        # It was paused; a few ticks, and all is fresh.
        await self._command("sample")
        await asyncio.sleep(TICKS_S)
        await self._command("rest")
        for turn in range(ROUNDS + 1):  # the first is not counted
            used = self._subject.cpu()
            for _ in range(SCRAPES):
                self.size.page_bytes = await fetch_one(self._session, url)
            if turn:
                self.size.scrapes.append((self._subject.cpu() - used) / SCRAPES)

    async def _command(self, line: str) -> list[list[float]]:
        process = self._subject.process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(line.encode() + b"\n")
        answer = await process.stdout.readline()
        if not answer:
            raise RuntimeError("the subject ended")
        made: list[list[float]] = json.loads(answer)
        return made

    async def _start(self, contestant: Contestant) -> None:
        c = contestant
        context = running(c.command, says_url=c.says_url, listens=c.url, terminal=c.terminal)
        try:
            peer = await self._stack.enter_async_context(context)
        except (OSError, RuntimeError, TimeoutError) as fault:
            self.size.failed[c.name] = str(fault)
            return
        runner = Runner(c, peer)
        if c.ask is not None:
            runner.client = asyncio.create_task(c.ask(self._session, peer.url, runner.tally))
        self._runners.append(runner)


def _busy(before: Any, seconds: float) -> float:
    """Cores of the machine that were not idle since `before`."""
    now = psutil.cpu_times()
    idle = now.idle + now.iowait - before.idle - before.iowait
    return (psutil.cpu_count() or 1) - float(idle) / seconds
