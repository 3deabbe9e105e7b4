"""The gate under a crowd: how many passwords are looked at at once, and who is told to wait."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from monitor.auth.gate import HASHING_AT_ONCE, MAX_WAITING, Gate, TooMany
from monitor.auth.password import Hash
from tests.support.clock import HandClock
from tests.support.locked import WORD, furnish

LONG_S = 20.0


class Slow:
    """Stands in for the hashing: how many are at it, until they are let go."""

    def __init__(self) -> None:
        self.at_once = self.most = 0
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()
        self._lock = threading.Lock()

    def fits(self, word: str) -> bool:
        with self._lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        self.begun.release()
        assert self.go.wait(LONG_S)
        with self._lock:
            self.at_once -= 1
        return word == WORD


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    made = Slow()
    monkeypatch.setattr(Hash, "fits", made.fits)
    return made


@pytest.fixture
def gate(tmp_path: Path) -> Any:
    furnish(tmp_path)
    made = Gate(tmp_path, None, HandClock())
    made.read()
    yield made
    made.stop()


async def test_two_passwords_are_looked_at_at_once_and_the_loop_turns(
    gate: Gate, slow: Slow
) -> None:
    tries = [
        asyncio.create_task(gate.sign_in("admin", WORD, f"192.0.2.{number}"))
        for number in range(MAX_WAITING)
    ]
    async with asyncio.timeout(LONG_S):
        for _ in range(HASHING_AT_ONCE):
            await asyncio.to_thread(slow.begun.acquire)
        # All places are taken: one more does not wait, and has not tried.
        with pytest.raises(TooMany) as refused:
            await gate.sign_in("admin", WORD, "192.0.2.250")
        slow.go.set()
        assert all(await asyncio.gather(*tries))
    assert refused.value.seconds == 1.0
    assert slow.most == HASHING_AT_ONCE == 2
    assert await gate.sign_in("admin", WORD, "192.0.2.250")


async def test_whose_password_changed_meanwhile_is_not_let_in(gate: Gate, slow: Slow) -> None:
    trying = asyncio.create_task(gate.sign_in("admin", WORD, "192.0.2.1"))
    async with asyncio.timeout(LONG_S):
        await asyncio.to_thread(slow.begun.acquire)
        gate._changed({}, {})  # noqa: SLF001  # as its thread says when the file has changed
        slow.go.set()
        assert await trying is None
