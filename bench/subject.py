"""The monitor's own program in a process that says how late its loop is: `bench.host` starts it.

Says its URL, then follows the lines that it is sent: `rest` and `sample` stop and start the
sampler, `probe SECONDS` answers how late the loop was meanwhile. While it rests, each scrape of
/metrics is one of a new tick, so that none is answered from what was made before.
"""

import asyncio
import gc
import json
import random
import sys
from dataclasses import replace

from aiohttp import web

from monitor import app as program
from monitor.cli import load
from monitor.web.keys import SAMPLER

# The probe sleeps for anything between these, so that it does not march in step with the tick.
LEAST_S, MOST_S = 0.001, 0.005


async def lateness(seconds: float) -> list[list[float]]:
    """How late each wake-up was, in seconds: a list for each whole second."""
    loop = asyncio.get_running_loop()
    began = due = loop.time()
    late: list[list[float]] = [[] for _ in range(max(1, int(seconds)))]
    while (second := int(due - began)) < len(late):
        due = max(due, loop.time()) + random.uniform(LEAST_S, MOST_S)
        await asyncio.sleep(due - loop.time())
        late[second].append(loop.time() - due)
    return late


class Subject:
    """The application and what it is told to do."""

    def __init__(self, directory: str) -> None:
        settings = ["--port", "0", "--cpu-budget", "100", "--data-dir", directory]
        self.app = program.build(load(settings, {}))
        self.app.on_response_prepare.append(self._renew)
        self._resting = False

    async def serve(self) -> None:
        """Until standard input ends."""
        runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        gc.freeze()  # as the program itself does
        print(f"http://{host}:{port}/", flush=True)
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
        )
        async for line in lines:
            print(json.dumps(await self._follow(*line.decode().split())), flush=True)
        await runner.cleanup()

    async def _follow(self, word: str, *arguments: str) -> list[list[float]]:
        if word == "probe":
            return await lateness(float(arguments[0]))
        if word == "rest" and not self._resting:
            await self._rest()
        if word == "sample" and self._resting:
            self.app[SAMPLER].start()
        self._resting = word == "rest"
        return []

    async def _rest(self) -> None:
        # Between two ticks: what a tick that is cancelled had asked for would be waited for ever.
        sampler = self.app[SAMPLER]
        last = sampler.last
        while sampler.last is last:  # noqa: ASYNC110  (a tick sets no event)
            await asyncio.sleep(MOST_S)
        await sampler.stop()

    async def _renew(self, request: web.Request, response: web.StreamResponse) -> None:
        sampler = self.app[SAMPLER]
        if self._resting and sampler.last is not None:
            sampler.last = replace(sampler.last, seq=sampler.last.seq + 1)


if __name__ == "__main__":
    asyncio.run(Subject(sys.argv[1]).serve())
