"""A server under observation: `python -m tests.support.observed real|naive SETUP FLAG...`.

On SIGUSR1 it prints one JSON line on what it holds at that moment: tasks, descriptors, sockets,
resident memory. On SIGUSR2 the same without a collection before, and without the sockets: that is
done in a few milliseconds. On SIGRTMIN its loop is blocked for a while. At its end it prints how
many tasks its loop had left. Flags are the real server's.
"""

import asyncio
import asyncio.runners
import contextlib
import dataclasses
import gc
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from tests.support import faults

# Where asyncio.run cancels what its main coroutine left behind; there is no public place to look.
CANCEL_ALL = "_cancel_all_tasks"
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
BLOCK_S = 2.0
BLOCK = signal.SIGRTMIN


@dataclasses.dataclass(frozen=True, kw_only=True)
class Setup:
    """What is put before the server: where it listens, how often it ticks, what more it reads.

    `bulk` is bytes that change at each tick; `probe` is the file that tells the probe what to do;
    without `redacts` command lines are shown as they are; with `unlocked` others may come in
    without a password, where the network is the test's own.
    """

    host: str = "127.0.0.1"
    port: int = 0
    interval: float = 0.25
    bulk: int = 0
    probe: str | None = None
    redacts: bool = True
    unlocked: bool = False


def descriptors() -> int:
    """Those that are open, but for the sweep's: they come and go with the machine's processes."""
    count = 0
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # the listing's own is gone already
            count += not os.readlink(f"/proc/self/fd/{name}").startswith("/proc/")
    return count


def rss() -> int:
    """Resident memory, bytes."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * PAGE_BYTES


def tasks() -> set[asyncio.Task[Any]]:
    """Of the loop that is interrupted; none while it starts or ends."""
    try:
        return asyncio.all_tasks()
    except RuntimeError:
        return set()


def observe(number: int, frame: FrameType | None) -> None:
    thorough = number == signal.SIGUSR1
    # Twice: the first collection may free what the second one finds unreachable.
    for _ in range(2 * thorough):
        gc.collect()
    held = rss()
    left = tasks()
    say(
        observed={
            "tasks": len(left),
            "task_names": sorted(t.get_coro().__qualname__ for t in left),  # type: ignore[union-attr]
            "descriptors": descriptors(),
            "sockets": thorough and sum(isinstance(o, socket.socket) for o in gc.get_objects()),
            "rss": held,
        }
    )


def block(number: int, frame: FrameType | None) -> None:
    """By a callback that does not return, as a blocking call in a handler would."""
    asyncio.get_running_loop().call_soon_threadsafe(time.sleep, BLOCK_S)


def say(**message: Any) -> None:
    # One write: the harness reads lines, and this may interrupt anything.
    os.write(1, json.dumps(message).encode() + b"\n")


def count_leftovers() -> None:
    """asyncio.run cancels what is left when its main coroutine ends: say how much that is."""
    cancel_all = getattr(asyncio.runners, CANCEL_ALL)

    def counting(loop: asyncio.AbstractEventLoop) -> None:
        left = asyncio.all_tasks(loop)
        say(left=len(left), left_names=[str(t.get_coro()) for t in left])
        cancel_all(loop)

    setattr(asyncio.runners, CANCEL_ALL, counting)


def real(setup: Setup, flags: list[str]) -> int:
    """The program as it is, and the sources that only a test has."""
    from monitor import cli, collectors
    from monitor.collectors import command_line
    from monitor.web import entry

    if setup.bulk:
        collectors.ALL += (faults.bulk_collector(setup.bulk),)
    if setup.probe is not None:
        # First, so that all others come after the one that fails.
        told = faults.Told(Path(setup.probe), say)
        collectors.ALL = (faults.probe_collector(told), *collectors.ALL)
    if setup.unlocked:
        vars(entry)["require_password"] = lambda *_: None
    if not setup.redacts:
        vars(command_line)["redact"] = lambda arguments, *, cut=False: [*arguments]
    load = cli.load
    # The flag's own bound keeps people from asking for five ticks a second; a test may.
    cli.load = lambda *given: dataclasses.replace(load(*given), interval=setup.interval)
    count_leftovers()
    return cli.main(["--host", setup.host, "--port", str(setup.port), *flags])


def main(kind: str, given: str, *flags: str) -> int:
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, observe)
    signal.signal(BLOCK, block)
    setup = Setup(**json.loads(given))
    if kind == "naive":
        from tests.support import naive

        told = faults.Told(Path(setup.probe), say) if setup.probe is not None else None
        return naive.run(setup.host, setup.port, setup.interval, setup.bulk, told)
    return real(setup, list(flags))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
