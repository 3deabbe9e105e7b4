"""A monitor that asks who somebody is, on a real socket of this process."""

import contextlib
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, ClientSession, CookieJar, web

from monitor import app as program
from monitor.auth import accounts, password, tokens
from monitor.auth.accounts import Account
from monitor.auth.gate import Gate
from monitor.auth.role import Role
from monitor.auth.tokens import Token
from monitor.cli import load
from monitor.clock import SystemClock
from monitor.live.hub import Hub
from monitor.web import listen
from monitor.web.acceptor import Acceptor
from monitor.web.http import speaker
from monitor.web.keys import GATE, HISTORY, HUB

WORD = "correct horse"
HASH = password.of(WORD)
ACCOUNTS = {
    name: Account(name, role, HASH) for name, role in (("admin", Role.ADMIN), ("eve", Role.VIEWER))
}
# By role, and each as it is sent.
TOKENS = {Role.VIEWER: tokens.make(), Role.ADMIN: tokens.make()}


def furnish(directory: Path) -> None:
    """Give it two users and two tokens."""
    accounts.write(directory / accounts.NAME, ACCOUNTS)
    tokens.write(
        directory / tokens.NAME,
        {role.word: Token(role.word, role, tokens.digest(text)) for role, text in TOKENS.items()},
    )


class Locked:
    """Where it is, and what it is made of."""

    def __init__(self, app: web.Application, port: int, base_path: str) -> None:
        self.app = app
        self.port = port
        self.base = f"http://127.0.0.1:{port}{base_path}"

    @property
    def gate(self) -> Gate:
        return self.app[GATE]

    @property
    def hub(self) -> Hub:
        return self.app[HUB]

    @contextlib.asynccontextmanager
    async def browser(
        self, user: str | None = None, **options: Any
    ) -> AsyncIterator[ClientSession]:
        """One that keeps cookies and follows no redirection by itself; signed in, where named."""
        jar = CookieJar(unsafe=True)  # of an address, and no name
        async with ClientSession(cookie_jar=jar, **options) as browser:
            if user is not None:
                assert (await self.sign_in(browser, user)).status == 303
            yield browser

    async def sign_in(
        self, browser: ClientSession, user: str = "admin", word: str = WORD, **options: Any
    ) -> ClientResponse:
        form = {"user": user, "password": word}
        return await self.ask(browser, "/login", "POST", data=form, **options)

    async def ask(
        self, browser: ClientSession, path: str, method: str = "GET", **options: Any
    ) -> ClientResponse:
        """The answer, all of it, wherever it leads."""
        options.setdefault("allow_redirects", False)
        async with browser.request(method, self.base + path, **options) as answer:
            await answer.read()
            return answer


@contextlib.asynccontextmanager
async def locked(
    directory: Path,
    *flags: str,
    base_path: str = "",
    app: web.Application | None = None,
    requests: int = 1000,
) -> AsyncIterator[Locked]:
    """Running, with what `furnish` has put there, if it has; or `app`, which was built there.

    It has places for so many connections.
    """
    if app is None:
        settings = ["--base-path", base_path, *flags]
        app = program.build(load(settings, {"STATE_DIRECTORY": str(directory)}))
    app[HISTORY].open()
    sockets = listen.bind("127.0.0.1", 0)
    runner = web.AppRunner(app, shutdown_timeout=0.25)
    acceptor = Acceptor(SystemClock(), requests)
    await runner.setup()
    try:
        assert runner.server is not None
        await acceptor.listen(sockets, partial(speaker, runner.server))
        yield Locked(app, sockets[0].getsockname()[1], base_path)
    finally:
        await program.stop(app)
        await acceptor.close()
        await runner.cleanup()
