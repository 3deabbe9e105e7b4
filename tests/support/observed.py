"""A server under observation: `python -X dev -W error -m tests.support.observed real|naive PORT`.

On SIGUSR1 it prints one JSON line on what it holds at that moment: tasks, descriptors, sockets,
resident memory. At its end it prints how many tasks its loop had left.
"""

import asyncio
import asyncio.runners
import contextlib
import gc
import json
import os
import signal
import socket
import sys
from types import FrameType
from typing import Any

# Where asyncio.run cancels what its main coroutine left behind; there is no public place to look.
CANCEL_ALL = "_cancel_all_tasks"
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def descriptors() -> int:
    """Those that are open, but for the sweep's: they come and go with the machine's processes."""
    count = 0
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # the listing's own is gone already
            count += not os.readlink(f"/proc/self/fd/{name}").startswith("/proc/")
    return count


def observe(number: int, frame: FrameType | None) -> None:
    # Twice: the first collection may free what the second one finds unreachable.
    gc.collect()
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as statm:
        rss = int(statm.read().split()[1]) * PAGE_BYTES
    try:
        tasks = asyncio.all_tasks()
    except RuntimeError:
        tasks = set()
    say(
        observed={
            "tasks": len(tasks),
            "task_names": sorted(t.get_coro().__qualname__ for t in tasks),  # type: ignore[union-attr]
            "descriptors": descriptors(),
            "sockets": sum(isinstance(o, socket.socket) for o in gc.get_objects()),
            "rss": rss,
        }
    )


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


def main(kind: str, port: str) -> int:
    signal.signal(signal.SIGUSR1, observe)
    if kind == "naive":
        from tests.support import naive

        return naive.run(int(port))
    count_leftovers()
    from monitor.cli import main as real

    return real(["--port", port, "--interval", "0.25"])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
