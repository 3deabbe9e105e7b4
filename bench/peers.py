"""Whom the monitor is compared with: how each is started, what it uses, how it is ended.

Linux only: /proc is where the figures are.
"""

import asyncio
import contextlib
import ctypes
import fcntl
import os
import pty
import signal
import struct
import sys
import termios
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil

from bench.report import Memory

ROOT = Path(__file__).parents[1]
START_S = 60.0
REAPED_S = 20
# From linux/prctl.h, see prctl(2).
PR_SET_PDEATHSIG = 1
# Lines and columns of the terminal of those that need one.
TERMINAL = (50, 160)
CHUNK_BYTES = 1 << 16
KIBIBYTE = 1024
# What the subject says of its loop's lateness comes as one line.
LINE_BYTES = 1 << 22


class Peer:
    """A running program, in a process group of its own."""

    def __init__(self, process: asyncio.subprocess.Process, url: str = "") -> None:
        self.process = process
        self.pid = process.pid
        self.url = url

    def cpu(self) -> float:
        """Seconds of processor time so far, its children's too, those that have ended included."""
        return sum(_cpu(pid) for pid in self._tree())

    def memory(self) -> Memory:
        """As it is now."""
        parts = [_rollup(pid) for pid in self._tree()]
        return Memory(sum(m.rss for m in parts), sum(m.pss for m in parts))

    def pause(self) -> None:
        """Stop it where it stands; it uses nothing until `resume`."""
        os.killpg(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        os.killpg(self.pid, signal.SIGCONT)

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    def _tree(self) -> list[int]:
        if not self.alive:
            raise RuntimeError(f"it ended with {self.process.returncode}")
        return [self.pid, *(p.pid for p in psutil.Process(self.pid).children(recursive=True))]


def _cpu(pid: int) -> float:
    # clock_getcpuclockid(3), the kernel's CPUCLOCK_SCHED: nanoseconds, all threads, where
    # /proc/PID/stat has hundredths of a second.
    own = time.clock_gettime(~pid << 3 | 2)
    reaped = psutil.Process(pid).cpu_times()
    return own + float(reaped.children_user + reaped.children_system)


def _rollup(pid: int) -> Memory:
    """From /proc/PID/smaps_rollup (proc_pid_smaps(5))."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    sizes = {name: int(kib) * KIBIBYTE for name, kib, *_ in map(str.split, lines)}
    return Memory(sizes["Rss:"], sizes["Pss:"])


def die_with_parent() -> None:
    """Between fork and exec: SIGKILL comes when whoever made this process is gone."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@contextlib.asynccontextmanager
async def running(
    command: list[str],
    *,
    says_url: bool = False,
    listens: str = "",
    terminal: bool = False,
    follows: bool = False,
) -> AsyncIterator[Peer]:
    """Start a program and end it.

    It is up when its first line ends in its URL (`says_url`) or when something answers at the URL
    that it was told (`listens`). One that `follows` has lines to read.
    """
    async with contextlib.AsyncExitStack() as stack:
        device = stack.enter_context(_terminal()) if terminal else asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            env={**os.environ, "TERM": "xterm-256color", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=asyncio.subprocess.PIPE if follows else device,
            stdout=asyncio.subprocess.PIPE if says_url else device,
            stderr=asyncio.subprocess.DEVNULL,
            limit=LINE_BYTES,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        stack.push_async_callback(_end, process)
        peer = Peer(process, listens)
        async with asyncio.timeout(START_S):
            if process.stdout is not None:
                words = (await process.stdout.readline()).decode().split()
                if not words:
                    raise RuntimeError(f"{command[0]} did not start")
                peer.url = words[-1]
            elif listens:
                await _answering(peer)
        yield peer


async def _answering(peer: Peer) -> None:
    host, _, port = peer.url.split("/")[2].partition(":")
    while True:
        if not peer.alive:
            raise RuntimeError(f"it ended with {peer.process.returncode}")
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except ConnectionRefusedError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        await writer.wait_closed()
        return


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


@contextlib.contextmanager
def _terminal() -> Iterator[int]:
    """A terminal on which everything written is read and thrown away."""
    loop = asyncio.get_running_loop()
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *TERMINAL, 0, 0))
    os.set_blocking(master, False)

    def drain() -> None:
        with contextlib.suppress(OSError):
            os.read(master, CHUNK_BYTES)

    loop.add_reader(master, drain)
    try:
        yield slave
    finally:
        loop.remove_reader(master)
        os.close(master)
        os.close(slave)


@contextlib.asynccontextmanager
async def crowd(size: int) -> AsyncIterator[None]:
    """So many processes are there meanwhile; see bench/crowd.py."""
    keeper = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.crowd",
        str(size),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert keeper.stdin is not None and keeper.stdout is not None
    try:
        async with asyncio.timeout(START_S):
            if not await keeper.stdout.readline():
                raise RuntimeError("the crowd could not be made")
        yield
    finally:
        keeper.stdin.close()
        await keeper.wait()
        # Those that it made are reaped by the system, which may take a while: they still count.
        with contextlib.suppress(ProcessLookupError):
            for _ in range(REAPED_S * 10):
                os.killpg(keeper.pid, 0)
                await asyncio.sleep(0.1)
