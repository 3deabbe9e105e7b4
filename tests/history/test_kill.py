"""Killed while it writes, again and again: nothing breaks, and what was acknowledged is there.

The everyday run kills it 20 times; MONITOR_TEST_KILLS=200 is the whole promise.
"""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from monitor.history.file import NAME
from monitor.history.sought import Wanted
from tests.history.figures import BEGAN, one, reading, writing

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("MONITOR_TEST_KILLS", "20"))
MAX_LOST_S = 5
MAX_REOPEN_S = 1.0
# As long as a run lasts: within it are a pack every 5 ticks, a minute, a block, an hour.
LEAST_S, MOST_S = 0.05, 1.0


def killed(directory: Path, second: int, seconds: float) -> tuple[int, int]:
    """Let it record for that long; the last second that was added, and acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.history.victim", str(directory), str(second)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as victim:
        assert victim.stdout is not None
        lines = [victim.stdout.readline()]  # it is at work
        time.sleep(seconds)  # the kill has to come at any moment, and not at an event
        victim.kill()
        lines += victim.stdout.read().splitlines()
    said = [line.split() for line in lines if line.count(" ") == 1]
    assert said, "it has never begun"
    added = [int(number) for kind, number in said if kind == "a"]
    saved = [int(number) for kind, number in said if kind == "s"]
    return max(added, default=second), max(saved, default=-1)


def test_a_kill_loses_five_seconds_at_most_and_breaks_nothing(tmp_path: Path) -> None:
    dice = random.Random(9)
    second, recorded = 0, set[int]()
    worst_lost, worst_reopen = 0, 0.0
    for _ in range(KILLS):
        added, saved = killed(tmp_path, second, dice.uniform(LEAST_S, MOST_S))
        began = time.monotonic()
        with writing(tmp_path) as writer:
            writer.save()
            worst_reopen = max(worst_reopen, time.monotonic() - began)
            assert writer.file.db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            with reading(writer) as reader:
                answer = reader.query([Wanted("load.one")], BEGAN + second, BEGAN + added, 11_000)
                column = answer.columns.get(("load", "one", ""))
                there = dict(zip(answer.times, column.average, strict=True)) if column else {}
                for moment, value in there.items():
                    assert value == one(moment)
                tables = reader.processes(BEGAN + second, BEGAN + added)
                assert {table.time for table in tables} == set(there)
        last = int(max(there, default=BEGAN + second - 1) - BEGAN)
        assert last >= saved, "what was acknowledged is gone"
        assert set(range(second, last + 1)) == {int(t - BEGAN) for t in there}, "there are holes"
        # The tick that is being added when it is killed is not yet recorded by anybody.
        worst_lost = max(worst_lost, added - 1 - last)
        recorded |= {int(t - BEGAN) for t in there}
        second = added + 1
    print(
        f"{KILLS} kills, {second} seconds: at most {worst_lost} s lost,"
        f" reopened in {worst_reopen * 1000:.0f} ms at most"
    )
    assert worst_lost <= MAX_LOST_S
    assert worst_reopen < MAX_REOPEN_S
    assert len(recorded) >= second - (MAX_LOST_S + 1) * KILLS
    assert not list(tmp_path.glob(f"{NAME}.2*")), "nothing was set aside"
