"""The crowd has the size that was asked for, and nobody of it is left behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from bench.crowd import LEAST, mix

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("size", [LEAST + 3, 20, 199, 2000])
def test_a_crowd_is_as_large_as_asked(size: int) -> None:
    assert sum(mix(size).values()) == size
    assert min(mix(size).values()) >= 0
    assert mix(size)["often"] >= 1


def test_most_of_a_large_crowd_sleep() -> None:
    assert mix(2000)["asleep"] > 0.85 * 2000


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the bench reads /proc")
@pytest.mark.parametrize("end", ["maker killed", "told to end", "terminated"])
def test_nobody_is_left_however_it_ends(end: str) -> None:
    # A maker in between, as the bench is one: what it holds of the crowd is a pipe, and the pipe
    # ends with it, also where it had no time to say anything.
    maker = (
        "import subprocess, sys\n"
        "crowd = subprocess.Popen([sys.executable, '-m', 'bench.crowd', '30'],\n"
        "    stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)\n"
        "crowd.stdout.readline()\n"
        "print(crowd.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", maker], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as made:
        assert made.stdin is not None and made.stdout is not None
        group = int(made.stdout.readline())
        members = [p for p in psutil.process_iter() if _group(p.pid) == group]
        try:
            assert len(members) >= 31
            if end == "maker killed":
                made.kill()
            elif end == "terminated":
                os.kill(group, signal.SIGTERM)
            else:
                made.stdin.close()
            # The first of them is its maker's to reap, which waits for something else.
            others = [process for process in members if process.pid != group]
            _, alive = psutil.wait_procs(others, timeout=20)
            assert not alive
        finally:
            _kill(group)


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def _kill(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
