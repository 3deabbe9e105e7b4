"""A crowd of real processes of which nobody is left behind.

`python -m bench.crowd 100` makes a hundred, writes a line when they are there, and ends them all
when its standard input ends: so they end with whoever made them, however that one ended.

Most sleep, as on any machine: `sleep`, light enough that there may be thousands. One in twenty
wakes ten times a second and one in twenty once a second. Four are busy for a twentieth of a core
each. One begins fifty short-lived processes every five seconds.
"""

import os
import signal
import sys
import time
from collections.abc import Callable

ONE_IN = 20
BUSY = 4
BUSY_S, BUSY_PERIOD_S = 0.005, 0.1
STORM, STORM_PERIOD_S = 50, 5.0
# A crowd of fewer cannot hold the busy ones and the storm.
LEAST = BUSY + 1


def mix(size: int) -> dict[str, int]:
    """How many of each kind a crowd of `size` has; at least one of each that is not asleep."""
    size = max(size, LEAST + 3)
    made = {
        "storm": 1,
        "busy": BUSY,
        "often": max(1, size // ONE_IN),
        "seldom": max(1, size // ONE_IN),
    }
    return {**made, "asleep": size - sum(made.values())}


def wake(period: float) -> None:
    """Wake up every `period` seconds, for ever."""
    while True:
        time.sleep(period)


def toil() -> None:
    """Be busy for a twentieth of the time."""
    while True:
        until = time.thread_time() + BUSY_S
        while time.thread_time() < until:
            pass
        time.sleep(BUSY_PERIOD_S - BUSY_S)


def storm() -> None:
    """Begin processes that end at once, many at a time."""
    while True:
        began = [spawn(["true"]) for _ in range(STORM)]
        for pid in began:
            os.waitpid(pid, 0)
        time.sleep(STORM_PERIOD_S)


def spawn(command: list[str]) -> int:
    """Begin a program that neither reads nor writes."""
    quiet = [(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_RDWR, 0) for n in range(3)]
    return os.posix_spawnp(command[0], command, dict(os.environ), file_actions=quiet)


def child(work: Callable[[], None]) -> None:
    """Fork, which shares this small interpreter's memory; the child never comes back."""
    if os.fork() == 0:
        try:
            work()
        finally:
            os._exit(1)


def keep(size: int) -> None:
    """Make them, say so, and wait for the end of standard input."""
    kinds = mix(size)
    for _ in range(kinds["often"]):
        child(lambda: wake(0.1))
    for _ in range(kinds["seldom"]):
        child(lambda: wake(1.0))
    for _ in range(kinds["busy"]):
        child(toil)
    child(storm)
    for _ in range(kinds["asleep"]):
        spawn(["sleep", "infinity"])
    print("ready", flush=True)
    sys.stdin.read()


def main() -> None:
    """Its own process group, so that one signal ends all and nobody else."""
    if os.getpgid(0) != os.getpid():
        os.setpgid(0, 0)
    # Whom a terminal's Ctrl-C reaches is the one that made this one; that one ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Without a handler nothing after this would be done, and the crowd would stay.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        keep(int(sys.argv[1]))
    finally:
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
