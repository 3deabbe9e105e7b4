"""A real Chromium, told by its own protocol (CDP) and nothing between.

Playwright makes every page believe that it is seen; here another tab in front hides it.
"""

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp

START_S = 30.0
END_S = 10.0
LOOK_S = 0.02
WIDTH, HEIGHT = 1440, 900
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    # Nothing is looked for outside this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    f"--window-size={WIDTH},{HEIGHT}",
    "--remote-debugging-port=0",
)

Message = dict[str, Any]
Hear = Callable[[Message], None]


class Fault(Exception):
    """The browser refused, or what was waited for did not come."""


class Chromium:
    """The browser; `call` is to it, or to the session of one of its tabs."""

    def __init__(self, line: aiohttp.ClientWebSocketResponse) -> None:
        self._line = line
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Message]] = {}
        self._hearers: dict[tuple[str, str], Hear] = {}
        self._listener = asyncio.create_task(self._listen())

    async def call(self, method: str, session: str = "", **params: Any) -> Message:
        """What it answers. Raises Fault."""
        number = next(self._numbers)
        answer = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        said: Message = {"id": number, "method": method, "params": params}
        await self._line.send_json({**said, "sessionId": session} if session else said)
        told = await answer
        if "error" in told:
            raise Fault(f"{method}: {told['error']['message']}")
        result: Message = told["result"]
        return result

    def hear(self, session: str, method: str, hear: Hear) -> None:
        """Be told of each such event, with its parameters."""
        self._hearers[session, method] = hear

    async def context(self) -> str:
        """A profile of its own: no cache, no cookies, and renderers that no other has."""
        made = await self.call("Target.createBrowserContext", disposeOnDetach=True)
        return str(made["browserContextId"])

    async def leave(self, context: str) -> None:
        """Close all tabs of it, and forget it."""
        await self.call("Target.disposeBrowserContext", browserContextId=context)

    async def tab(self, context: str) -> "Tab":
        """An empty one, in front of the others of its context."""
        made = await self.call("Target.createTarget", url="about:blank", browserContextId=context)
        target = made["targetId"]
        attached = await self.call("Target.attachToTarget", targetId=target, flatten=True)
        return Tab(self, target, attached["sessionId"])

    async def version(self) -> str:
        """As it says it: `Chrome/156.0.1.2`."""
        return str((await self.call("Browser.getVersion"))["product"])

    async def close(self) -> None:
        self._listener.cancel()
        await asyncio.gather(self._listener, return_exceptions=True)

    async def _listen(self) -> None:
        async for message in self._line:
            told = json.loads(message.data)
            if "id" in told:
                answer = self._asked.pop(told["id"])
                if not answer.done():
                    answer.set_result(told)
            elif hear := self._hearers.get((told.get("sessionId", ""), told["method"])):
                hear(told["params"])
        for answer in self._asked.values():
            answer.cancel()


class Tab:
    """One page."""

    def __init__(self, browser: Chromium, target: str, session: str) -> None:
        self._browser = browser
        self._target = target
        self._session = session

    async def call(self, method: str, **params: Any) -> Message:
        """What it answers. Raises Fault."""
        return await self._browser.call(method, self._session, **params)

    def hear(self, method: str, hear: Hear) -> None:
        """Be told of each such event, with its parameters."""
        self._browser.hear(self._session, method, hear)

    async def go(self, url: str) -> None:
        """Begin to load it. Raises Fault."""
        begun = await self.call("Page.navigate", url=url)
        if "errorText" in begun:
            raise Fault(f"{url}: {begun['errorText']}")
        await self.until("document.documentElement !== null")

    async def ask(self, expression: str) -> Any:
        """Its value, or that of its promise. Raises Fault."""
        told = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in told:
            raise Fault(f"{expression}: {told['exceptionDetails']}")
        return told["result"].get("value")

    async def until(self, condition: str, seconds: float = START_S) -> None:
        """Raises Fault where it does not come true in that time."""
        try:
            async with asyncio.timeout(seconds):
                while not await self.ask(condition):  # noqa: ASYNC110  (no event tells)
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            raise Fault(f"not within {seconds:g} s: {condition}") from None

    async def front(self) -> None:
        """Bring it before the others of its window, which are hidden from then on."""
        await self._browser.call("Target.activateTarget", targetId=self._target)


@contextlib.asynccontextmanager
async def chromium(*flags: str) -> AsyncIterator[Chromium]:
    """One that runs, with a profile that is thrown away."""
    program = shutil.which("chromium")
    if program is None:
        raise Fault("there is no chromium")
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            program,
            *FLAGS,
            *flags,
            f"--user-data-dir={profile}",
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            address = await _address(process)
            async with (
                aiohttp.ClientSession() as session,
                session.ws_connect(address, max_msg_size=0) as line,
            ):
                browser = Chromium(line)
                try:
                    yield browser
                finally:
                    await browser.close()
        finally:
            await _end(process)


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async with asyncio.timeout(START_S):
        async for line in process.stderr:
            if b"DevTools listening on " in line:
                return line.decode().split()[-1]
    raise Fault("chromium did not start")


async def _end(process: asyncio.subprocess.Process) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), END_S)
            return
