"""The same in real control groups, made for the test and removed after it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.collectors.cgroup_tree import Tree, parse_trees
from monitor.collectors.containers import Container, ContainersCollector
from tests.collectors.sources import LONG_S, by, on_linux

pytestmark = [
    on_linux,
    pytest.mark.skipif(
        not hasattr(os, "geteuid") or os.geteuid() != 0, reason="root makes control groups"
    ),
]

NAME = f"monitor-test-{os.getpid()}"
ID = f"{os.getpid():064x}"
SHORT = ID[:12]
HELD_BYTES = 64 << 20

# Joins the groups, holds memory, works for a tenth of a second, says so, and stays.
INSIDE = f"""
import os, sys, time
for directory in sys.argv[1:]:
    with open(directory + "/cgroup.procs", "w") as procs:
        procs.write(str(os.getpid()))
held = bytearray({HELD_BYTES})
until = time.process_time() + 0.1
while time.process_time() < until:
    pass
print(flush=True)
sys.stdin.read()
"""


def trees() -> list[Tree]:
    text = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    return [tree for tree in parse_trees(text) if tree.root == "/"]


def directories(path: str) -> list[Path]:
    """Where a group of this path is to be made, one in each tree."""
    wanted = {"memory", "cpuacct", "cpu", "pids"}
    return list(
        dict.fromkeys(t.place / path for t in trees() if t.version == 2 or t.controllers & wanted)
    )


@pytest.fixture
def groups() -> Iterator[list[Path]]:
    """Empty groups in which the container is to be."""
    made: list[Path] = []
    try:
        for directory in directories(NAME):
            directory.mkdir()
            made.append(directory)
    except OSError as fault:
        remove(made)
        pytest.skip(f"no group can be made here: {fault}")
    if not made:
        pytest.skip("no tree of control groups is mounted here")
    yield made
    remove(made)


def remove(made: list[Path]) -> None:
    for directory in reversed(made):
        for below in directory.glob("*/"):
            below.rmdir()
        directory.rmdir()


def read(collector: ContainersCollector) -> Container | None:
    found: Container | None = by("container", collector.collect()).get(SHORT)
    return found


def test_a_real_container_is_found_read_and_gone(groups: list[Path], tmp_path: Path) -> None:
    collector = ContainersCollector(run=tmp_path)
    # One that is there keeps the collector from saying that there is none.
    for group in groups:
        (group / f"docker-{'f' * 64}.scope").mkdir()
    assert read(collector) is None
    scopes = [group / f"docker-{ID}.scope" for group in groups]
    for scope in scopes:
        scope.mkdir()
    # Found at once: kernfs counts directories, if it does not date them.
    first = read(collector)
    assert first is not None and first.cpu is not None
    with subprocess.Popen(
        [sys.executable, "-c", INSIDE, *map(str, scopes)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        second = read(collector)
        process.communicate(b"", LONG_S)
    assert second is not None and second.cpu is not None
    assert 0.1 <= second.cpu - first.cpu < LONG_S
    if second.memory is not None:
        assert HELD_BYTES <= second.memory < 4 * HELD_BYTES
    if second.tasks is not None:
        assert second.tasks == 1
    for scope in scopes:
        scope.rmdir()
    assert read(collector) is None


def test_the_kernel_accepts_no_newline_in_a_group_s_name(groups: list[Path]) -> None:
    with pytest.raises(OSError, match="Invalid argument"):
        (groups[0] / "a\n0::docker").mkdir()
