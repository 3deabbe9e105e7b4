"""Real processes that do what a test tells them to, and looks at how the sweep sees them."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from monitor.collectors.process import LinuxProcesses
from monitor.collectors.process_records import Command, Process, Processes
from monitor.model.derive import Deriver
from monitor.model.sample import Sample
from monitor.model.schema import Schema

LONG_S = 30.0
# Reads one line, does what it says, and says that it has. What it may call stands before.
OBEY = """
import ctypes, os, sys, threading, time
def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end: pass
def burn_in_children(count, seconds):
    for _ in range(count):
        pid = os.fork()
        if pid == 0:
            burn(seconds); os._exit(0)
        os.waitpid(pid, 0)
def name(raw): ctypes.CDLL(None).prctl(15, raw, 0, 0, 0)
def zombie():
    pid = os.fork()
    if pid == 0: os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return pid
def fork_as(number):
    for _ in range(50):
        open("/proc/sys/kernel/ns_last_pid", "w").write(str(number - 1))
        pid = os.fork()
        if pid == 0:
            time.sleep(60); os._exit(0)
        if pid == number:
            break
        os.kill(pid, 9); os.waitpid(pid, 0)
    return pid
def start_threads(count):
    for _ in range(count):
        threading.Thread(target=time.sleep, args=[60], daemon=True).start()
print("ready", flush=True)
for line in sys.stdin:
    print(eval(line), flush=True)
"""


class Servant:
    """A Python process that evaluates what it is told, with the functions above."""

    def __init__(self, *arguments: str | bytes) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", OBEY, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.pid = self.process.pid
        self._hear()

    def do(self, what: str) -> str:
        """Have it done; the value as text."""
        assert self.process.stdin is not None
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        return self._hear()

    def _hear(self) -> str:
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said, "it ended"
        return said.strip()

    def end(self) -> None:
        """Kill it with all that it began, and reap it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


@contextlib.contextmanager
def servant(*arguments: str | bytes) -> Iterator[Servant]:
    """One that is gone afterwards."""
    made = Servant(*arguments)
    try:
        yield made
    finally:
        made.end()


@dataclass
class Look:
    """What one sweep showed: records and figures."""

    processes: dict[str, Process]
    commands: dict[str, Command]
    summary: Processes
    figures: dict[str, Any]


@dataclass
class Watcher:
    """Sweeps when it is told to, and derives as the sampler does."""

    source: LinuxProcesses = field(default_factory=LinuxProcesses)
    deriver: Deriver = field(default_factory=lambda: Deriver(Schema([Process, Command, Processes])))

    def look(self) -> Look:
        """One sweep."""
        now = time.monotonic()
        records = tuple(self.source.read(now))
        figures: Any = self.deriver.figures(Sample("process", now, 0.0, records))
        return Look(
            {r.pid: r for r in records if isinstance(r, Process)},
            {r.pid: r for r in self.source.commands()},
            next(r for r in records if isinstance(r, Processes)),
            figures,
        )

    def until(self, seen: Callable[[Look], object]) -> Look:
        """Sweep again and again until that is so."""
        end = time.monotonic() + LONG_S
        while not seen(look := self.look()):
            assert time.monotonic() < end, "it never came to be so"
        return look


@contextlib.contextmanager
def watching(**options: Any) -> Iterator[Watcher]:
    """A watcher that has swept once; its descriptors are given back."""
    watcher = Watcher(LinuxProcesses(**options))
    try:
        watcher.look()
        yield watcher
    finally:
        watcher.source.close()
