"""The server of a soak: on a port that stays the same, with a log that is read as it grows."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import asdict

import psutil

from tests.support.observed import Setup
from tests.support.subject import ABOVE_INFO, FORBIDDEN, ROOM, ROOT, START_S, Subject

CHUNK = 1 << 20
MAX_COMPLAINTS = 1000
RETRY_S = 0.02
# As people run it.
INTERVAL_S = 1.0


class Complaints:
    """The lines of a log that should not be there."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._at = 0
        self._begun = b""

    def read(self, descriptor: int) -> None:
        """On from where it was read to before. The place in the file stays: it is the server's."""
        while chunk := os.pread(descriptor, CHUNK, self._at):
            self._at += len(chunk)
            *lines, self._begun = (self._begun + chunk).split(b"\n")
            for line in lines:
                self._look_at(line.decode(errors="replace"))

    def _look_at(self, line: str) -> None:
        bad = ABOVE_INFO.search(line) or any(mark in line for mark in FORBIDDEN)
        if bad and len(self.lines) < MAX_COMPLAINTS:
            self.lines.append(line)


class Server:
    """One run of it, looked at from outside where that will do."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self._process = psutil.Process(subject.pid)
        self._complaints = Complaints()

    @property
    def rss(self) -> int:
        """Resident memory, bytes."""
        return self._process.memory_info().rss

    @property
    def cpu(self) -> float:
        """Processor time so far, seconds."""
        times = self._process.cpu_times()
        return times.user + times.system

    def complaints(self) -> list[str]:
        """All that was wrong in its log so far."""
        self._complaints.read(self.subject.log_file.fileno())
        return self._complaints.lines

    async def end(self, number: signal.Signals, seconds: float) -> int | None:
        """Send a signal; the exit code. Where it is not gone in time it is killed, and None."""
        code = await self.subject.stop(number, seconds)
        if code is None:
            await self.subject.stop(signal.SIGKILL, seconds)
        return code


@contextlib.asynccontextmanager
async def serving(kind: str, port: int) -> AsyncIterator[Server]:
    """Started, and answering."""
    setup = Setup(port=port, interval=INTERVAL_S)
    module = ("-m", "tests.support.observed", kind, json.dumps(asdict(setup)), *ROOM)
    with tempfile.TemporaryFile() as log, tempfile.TemporaryDirectory() as state:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *module),
            cwd=ROOT,
            env={**os.environ, "STATE_DIRECTORY": state},
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        subject = Subject(kind, setup, process, log)
        reader = asyncio.create_task(subject.read_stdout())
        try:
            await _answering(subject)
            yield Server(subject)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            await reader


async def _answering(subject: Subject) -> None:
    async with asyncio.timeout(START_S):
        while True:
            assert subject.process.returncode is None, "\n".join(subject.log)
            try:
                _, writer = await asyncio.open_connection(subject.setup.host, subject.port)
            except ConnectionRefusedError:
                await asyncio.sleep(RETRY_S)  # between two attempts; the timeout bounds them
                continue
            writer.close()
            await writer.wait_closed()
            return
