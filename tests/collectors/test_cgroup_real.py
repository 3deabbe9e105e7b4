"""The same in a real control group of version 1, made for the test and removed after it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.collectors.cgroup_tree import parse_trees
from tests.collectors.sources import LONG_S, on_linux

pytestmark = [
    on_linux,
    pytest.mark.skipif(
        not hasattr(os, "geteuid") or os.geteuid() != 0, reason="root makes control groups"
    ),
]

LIMIT_BYTES = 512 << 20
NAME = f"monitor-test-{os.getpid()}"

# Joins the groups, works until it was held back, and reads twice.
INSIDE = """
import json, os, sys, time
from pathlib import Path
from monitor.collectors.cgroup import CgroupCollector
for directory in sys.argv[1:]:
    Path(directory, "cgroup.procs").write_text(str(os.getpid()))
held = bytearray(64 << 20)
collector = CgroupCollector()
(first,) = collector.collect()
deadline = time.monotonic() + 20
while True:
    (last,) = collector.collect()
    if last.cpu_throttled > first.cpu_throttled + 2 or time.monotonic() > deadline:
        break
fields = type(last).__dataclass_fields__
print(json.dumps([{name: getattr(r, name) for name in fields} for r in (first, last)]))
"""


def version_1() -> dict[str, Path]:
    """Where the tree of each controller of version 1 is mounted."""
    trees = parse_trees(Path("/proc/self/mountinfo").read_text(encoding="utf-8"))
    return {
        name: tree.place
        for tree in trees
        for name in tree.controllers
        if tree.version == 1 and tree.root == "/"
    }


@pytest.fixture
def group() -> Iterator[dict[str, Path]]:
    """A group of half a processor and 512 MiB, within one of a whole processor."""
    places = version_1()
    wanted = ("memory", "cpu", "cpuacct")
    if missing := [name for name in wanted if name not in places]:
        pytest.skip(f"version 1 has no {missing[0]} here")
    parents = {name: places[name] / NAME for name in wanted}
    made: list[Path] = []
    try:
        for parent in dict.fromkeys(parents.values()):
            for directory in (parent, parent / "inner"):
                directory.mkdir()
                made.append(directory)
        (parents["cpu"] / "cpu.cfs_quota_us").write_text("100000")
        (parents["cpu"] / "inner" / "cpu.cfs_quota_us").write_text("50000")
        (parents["memory"] / "memory.limit_in_bytes").write_text(str(LIMIT_BYTES))
    except OSError as fault:
        remove(made)
        pytest.skip(f"no group can be made here: {fault}")
    yield {name: parent / "inner" for name, parent in parents.items()}
    remove(made)


def remove(made: list[Path]) -> None:
    for directory in reversed(made):
        directory.rmdir()


def test_a_real_group_s_limits_and_use_are_read(group: dict[str, Path]) -> None:
    directories = list(dict.fromkeys(map(str, group.values())))
    done = subprocess.run(
        [sys.executable, "-c", INSIDE, *directories],
        capture_output=True,
        text=True,
        timeout=LONG_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, last = json.loads(done.stdout)
    check_limits(last)
    assert last["cpu_throttled"] > first["cpu_throttled"]
    assert last["cpu_periods"] > first["cpu_periods"]
    used = last["cpu_usage"] - first["cpu_usage"]
    allowed = last["cpu_allowed"] - first["cpu_allowed"]
    assert 0 < used < 2 * allowed + 0.2


def check_limits(last: dict[str, Any]) -> None:
    assert last["path"] == f"/{NAME}/inner"
    assert last["memory_limit"] == LIMIT_BYTES
    assert 64 << 20 < last["memory_used"] < LIMIT_BYTES
    assert last["memory_used_share"] == pytest.approx(last["memory_used"] / LIMIT_BYTES)
    assert last["cpu_limit"] == 0.5
