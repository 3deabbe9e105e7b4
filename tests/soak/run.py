"""The phases of a soak: minutes of one server under load, then nobody, then restarts."""

import asyncio
import contextlib
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import fmean

import psutil

from tests.soak.measure import BACK_S, Minute, Record, Restart
from tests.soak.programs import Program, coming
from tests.soak.server import Server, serving
from tests.support import peers
from tests.support.subject import Holding, Subject, free_port

# When, as shares of a minute, the still ones are stopped, go on, and are killed and started again.
STOPPED, RESUMED, KILLED = 1 / 6, 4 / 6, 5 / 6
# Those who come and go are killed all at once in every so many minutes.
ALL_KILLED = 5
SAMPLE_S = 1.0
END_S = 10.0
# Until the server is rid of those that said no farewell: half-open ones are noticed after 15 s.
SETTLE_S = 20.0
# What is used for the first time may keep a task or a descriptor from then on.
FIRST_USES = (
    '{"type":"subscribe","topic":"processes"}',
    '{"type":"subscribe","topic":"services"}',
    '{"type":"process","pid":1}',
    '{"type":"history","metrics":["cpu.usage"]}',
)
FIRST_S = 1.5
TERM, KILL = signal.SIGTERM, signal.SIGKILL


@dataclass(frozen=True)
class Plan:
    """How long, and how many. Seconds; a test's minute is shorter."""

    minutes: int
    minute: float = 60.0
    warm_up: float = 600.0
    steady: int = 105
    slow: int = 10
    still: int = 10
    a_second: int = 20
    stay: float = 4.0
    viewers: int = 200
    restarts: tuple[signal.Signals, ...] = (TERM, TERM, KILL, TERM)
    rest: float = 10.0


class Soak:
    """One of a server of this kind, "real" or "naive". `say` is told of each minute."""

    def __init__(self, kind: str, plan: Plan, say: Callable[[Minute], None]) -> None:
        self._kind = kind
        self._plan = plan
        self._say = say
        self._port = free_port()
        self._steady = self._program("steady", plan.steady)
        self._comers = self._program("comers", plan.a_second)
        self._slow = self._program("slow", plan.slow)
        self._still = self._program("still", plan.still)
        self._programs = (self._steady, self._comers, self._slow, self._still)
        self._record = Record(plan.warm_up, plan.steady, plan.viewers, plan.a_second)

    def _program(self, role: str, size: int) -> Program:
        return Program(role, self._port, size, self._plan.stay)

    async def run(self) -> Record:
        """All phases; what was seen."""
        record = self._record
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(serving(self._kind, self._port))
            held = await _used_once(server.subject)
            async with coming(self._programs):
                await self._minutes(server)
            left = await _settled(server.subject, held)
            record.held = held.tasks, held.descriptors
            record.left = left.tasks, left.descriptors
            async with coming(self._programs):
                for number in self._plan.restarts:
                    server = await self._restart(stack, server, number)
                record.complaints += server.complaints()
        return record

    async def _minutes(self, server: Server) -> None:
        clock = asyncio.get_running_loop().time
        async with asyncio.timeout(SETTLE_S):
            await self._steady.until(here=self._plan.steady, came=0)
        began = clock()
        for number in range(1, self._plan.minutes + 1):
            if number % ALL_KILLED == 0:
                await self._comers.stop()
                await self._comers.start()
            minute = await self._minute(server, began, number)
            self._record.minutes.append(minute)
            self._say(minute)
        told = self._steady.server
        self._record.server.update(ticks=told.get("ticks", 0), missed=told.get("ticks_missed", 0))
        self._record.steady = self._steady.count.copy()
        for program in (self._comers, self._slow, self._still):
            self._record.others += program.count
        self._record.others["cut"] = self._slow.count["lost"] + self._still.count["lost"]

    async def _minute(self, server: Server, began: float, number: int) -> Minute:
        clock = asyncio.get_running_loop().time
        end = began + number * self._plan.minute
        deeds = [(STOPPED, self._pause), (RESUMED, self._resume), (KILLED, self._still_anew)]
        before, cpu, started = self._so_far(server), server.cpu, clock()
        self._steady.longest = 0.0
        rss, viewers, processes = [], [], []
        while (now := clock()) < end:
            while deeds and now >= end - (1 - deeds[0][0]) * self._plan.minute:
                await deeds.pop(0)[1]()
            rss.append(server.rss)
            viewers.append(self._steady.server.get("viewers", 0))
            processes.append(len(psutil.pids()))
            await asyncio.sleep(min(SAMPLE_S, end - now))
        holding = await server.subject.glance()
        happened = self._so_far(server) - before
        assert not happened["ended"], "a program of viewers has failed"
        return Minute(
            at=number * self._plan.minute,
            rss=fmean(rss),
            tasks=holding.tasks,
            descriptors=holding.descriptors,
            viewers=round(fmean(viewers)),
            processes=round(fmean(processes)),
            cpu=(server.cpu - cpu) / (clock() - started),
            came=happened["came"],
            ticks=happened["ticks"],
            missed=happened["missed"],
            longest=self._steady.longest,
            complaints=happened["complaints"],
        )

    async def _pause(self) -> None:
        self._still.pause()

    async def _resume(self) -> None:
        self._still.resume()

    async def _still_anew(self) -> None:
        await self._still.stop()
        await self._still.start()

    def _so_far(self, server: Server) -> Counter[str]:
        steady = self._steady.count
        return Counter(
            came=sum(program.count["came"] for program in self._programs),
            ended=sum(program.count["ended"] for program in self._programs),
            ticks=steady["ticks"],
            missed=steady["missed"],
            complaints=len(server.complaints()),
        )

    async def _restart(
        self, stack: AsyncExitStack, server: Server, number: signal.Signals
    ) -> Server:
        """End the server with this signal while all are there; the one that is there then."""
        clock = asyncio.get_running_loop().time
        steady, size = self._steady, self._plan.steady
        async with asyncio.timeout(SETTLE_S):
            await steady.until(here=size, came=0)
        await asyncio.sleep(self._plan.rest)
        came, began = steady.count["came"], clock()
        code = await server.end(number, END_S)
        ended = clock()
        self._record.complaints += server.complaints()
        server = await stack.enter_async_context(serving(self._kind, self._port))
        back = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BACK_S):
                await steady.until(here=size, came=came + size)
            back = clock() - ended
        self._record.restarts.append(Restart(number.name, code, ended - began, back))
        return server


async def _used_once(subject: Subject) -> Holding:
    """What it holds when all has been used once, and nobody is there."""
    async with peers.viewer(subject.url) as ws:
        for text in FIRST_USES:
            await ws.send(text)
        reader, writer = await asyncio.open_connection(subject.setup.host, subject.port)
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        await reader.read()
        writer.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_S):
                async for _ in peers.messages(ws):
                    pass
    return await subject.until(lambda held: False, 1.0)


async def _settled(subject: Subject, held: Holding) -> Holding:
    return await subject.until(
        lambda now: now.tasks <= held.tasks and now.descriptors <= held.descriptors, SETTLE_S
    )
