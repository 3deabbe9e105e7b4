"""The gate: whether anybody has to sign in, who has, and who may."""

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from monitor.auth import accounts, password, tokens
from monitor.auth.accounts import Account
from monitor.auth.role import Role
from monitor.auth.sessions import Session, Sessions
from monitor.auth.throttle import Throttle
from monitor.auth.tokens import Token
from monitor.auth.watched import Watched
from monitor.clock import Clock
from monitor.log import event

logger = logging.getLogger(__name__)

# Hashing takes 16 MiB and 0.13 s of a core each.
HASHING_AT_ONCE = 2
# That may wait for it, 2 s at the most.
MAX_WAITING = 32
# The threads that hash give way to those that sample, as nice(1) has it.
NICENESS = 10
# How often the files are looked at, and sessions that are over are ended: their viewers are to go
# within two seconds.
PERIOD_S = 1.0


class TooMany(Exception):
    """No password is looked at now. `seconds` is when one will be."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Gate:
    """Who may come in, by password and by token.

    Until `open` it is locked. It is unlocked where nobody has a password, and locks itself within
    PERIOD_S when somebody gets one; it never unlocks itself again.
    """

    def __init__(self, directory: Path, handed: Path | None, clock: Clock) -> None:
        self.locked = True
        self.sessions = Sessions(clock)
        self._throttle = Throttle(clock)
        self._directory = directory
        self._handed = handed
        self._accounts: Mapping[str, Account] = {}
        self._tokens: Mapping[str, Token] = {}
        self._nobody = Account("", Role.ANYBODY, password.of_nobody())
        self._hashing = ThreadPoolExecutor(HASHING_AT_ONCE, "password", _give_way)
        self._waiting = 0
        self._files: _Files | None = None
        self._stop = threading.Event()
        self._sweeping: asyncio.TimerHandle | None = None

    def read(self) -> None:
        """Read who may come in. Raises Refused."""
        self._files = _Files(self._directory, self._handed)
        self._accounts, self._tokens = self._files.accounts, self._files.tokens
        self.locked = bool(self._accounts)

    def start(self) -> None:
        """Follow what is changed from now on. Raises Refused where it was not read yet."""
        if self._files is None:
            self.read()
        loop = asyncio.get_running_loop()
        # The files may be on a disk that stands.
        threading.Thread(target=self._watch, args=(loop,), name="gate", daemon=True).start()
        self._sweep()

    def stop(self) -> None:
        """No more."""
        self._stop.set()
        if self._sweeping is not None:
            self._sweeping.cancel()
        self._hashing.shutdown(wait=False, cancel_futures=True)

    async def sign_in(self, name: str, word: str, host: str) -> str | None:
        """The secret of a new session; None where name and password do not fit. Raises TooMany."""
        wait = self._throttle.begin(host)
        if wait:
            raise TooMany(wait)
        if self._waiting >= MAX_WAITING:
            self._throttle.forgive(host)
            raise TooMany(1.0)
        account = self._accounts.get(name, self._nobody)
        self._waiting += 1
        try:
            # Of nobody too, so that the time does not tell who there is.
            fits = len(word) <= password.LONGEST and await self._fits(account, word)
        finally:
            self._waiting -= 1
        if not fits or self._accounts.get(name) != account:  # it may have been changed meanwhile
            # What is no user's name may be somebody's password.
            known = name if name in self._accounts else None
            event(logger, logging.WARNING, "login.failed", host=host, user=known)
            return None
        self._throttle.forgive(host)
        event(logger, logging.INFO, "login", host=host, user=name)
        return self.sessions.begin(account)

    def token(self, text: str) -> Token | None:
        """What this is the text of."""
        return self._tokens.get(tokens.digest(text))

    def session(self, secret: str) -> Session | None:
        """The session that has it."""
        return self.sessions.find(secret)

    async def _fits(self, account: Account, word: str) -> bool:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._hashing, account.hash.fits, word)

    def _end_what_is_over(self) -> None:
        self.sessions.sweep(lambda account: self._accounts.get(account.name) == account)

    def _sweep(self) -> None:
        self._end_what_is_over()
        self._sweeping = asyncio.get_running_loop().call_later(PERIOD_S, self._sweep)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        assert self._files is not None  # they were read
        while not self._stop.wait(PERIOD_S):
            if self._files.refresh():
                with suppress(RuntimeError):  # the loop has ended
                    loop.call_soon_threadsafe(
                        self._changed, self._files.accounts, self._files.tokens
                    )

    def _changed(self, found: Mapping[str, Account], by_digest: Mapping[str, Token]) -> None:
        self._accounts, self._tokens = found, by_digest
        self._end_what_is_over()
        if found and not self.locked:
            event(logger, logging.INFO, "gate.locked", reason="there is a password now")
            self.locked = True


class _Files:
    """What the gate is made of. Raises Refused."""

    def __init__(self, directory: Path, handed: Path | None) -> None:
        self._own = Watched(directory / accounts.NAME, accounts.read)
        self._handed = Watched(handed, accounts.handed_over) if handed is not None else None
        self._tokens = Watched(directory / tokens.NAME, tokens.read)

    def refresh(self) -> bool:
        """Whether anything has changed."""
        watched = (self._own, self._handed, self._tokens)
        changed = [one.refresh() for one in watched if one is not None]
        return any(changed)

    @property
    def accounts(self) -> dict[str, Account]:
        """By name; a password that was handed over is the one that counts."""
        found = dict(self._own.value)
        if self._handed is not None:
            found[self._handed.value.name] = self._handed.value
        return found

    @property
    def tokens(self) -> dict[str, Token]:
        """By what they are known by."""
        return {one.digest: one for one in self._tokens.value.values()}


def _give_way() -> None:
    if sys.platform == "linux":  # a thread is a process to it
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
