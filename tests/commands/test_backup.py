"""`monitor backup`: of one moment, whole or not at all, and the monitor goes on."""

import json
import os
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from monitor.history.file import NAME
from tests.support.manager import PATIENCE_S, Manager, bound, started

ROOT = Path(__file__).parents[2]
FAST = ("--interval", "0.25")


def run(state: Path, *argv: str | Path, **given: Any) -> subprocess.CompletedProcess[str]:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("MONITOR_")}
    return subprocess.run(
        [sys.executable, "-m", "monitor", *argv],
        cwd=ROOT,
        env={**environ, "STATE_DIRECTORY": str(state)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **given,
    )


def recorded(state: Path, metric: str = "cpu.usage") -> list[float]:
    """The moments that there is something of."""
    done = run(state, "export", "--metric", metric, "--format", "jsonl")
    assert done.returncode == 0, done.stderr
    return [json.loads(line)["time"] for line in done.stdout.splitlines()]


def until_packed(manager: Manager, state: Path) -> None:
    """Wait until something has got to the disk."""
    manager.until_named("READY")
    end = time.monotonic() + PATIENCE_S
    while len(recorded(state)) < 5:
        assert time.monotonic() < end
        time.sleep(0.2)


@pytest.fixture
def manager(tmp_path: Path) -> Any:
    made = bound(str(tmp_path / "notify"))
    with made.socket:
        yield made


def test_what_was_is_in_the_copy_and_a_monitor_goes_on_from_it(
    manager: Manager, tmp_path: Path
) -> None:
    state, target = tmp_path / "state", tmp_path / "kept.db"
    state.mkdir()
    with started(manager, state, flags=FAST) as process:
        until_packed(manager, state)
        done = run(state, "backup", target)
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"{target}: {target.stat().st_size:,} bytes\n"
        kept = recorded(state)
        end = time.monotonic() + PATIENCE_S
        while not recorded(state)[-1] > kept[-1]:
            assert time.monotonic() < end and process.poll() is None, "the monitor does not go on"
            time.sleep(0.2)
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600

    # Restored as docs/OPERATIONS.md says.
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(target, other / NAME)
    before = recorded(other)
    assert before and before == [at for at in kept if at <= before[-1]]
    with started(manager, other, flags=FAST):
        url = manager.until_named("READY")["STATUS"].split()[-1]
        with urllib.request.urlopen(f"{url}api/v1/history", timeout=10) as answer:
            assert json.load(answer)["state"] == "ok"
    assert recorded(other)[: len(before)] == before


def test_without_a_monitor_it_is_copied_too(manager: Manager, tmp_path: Path) -> None:
    state, target = tmp_path / "state", tmp_path / "kept.db"
    state.mkdir()
    with started(manager, state, flags=FAST) as process:
        until_packed(manager, state)
        process.terminate()
        process.wait(PATIENCE_S)
    before = (state / NAME).read_bytes()
    assert run(state, "backup", target).returncode == 0
    assert (state / NAME).read_bytes() == before
    with closing(sqlite3.connect(target)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def history(state: Path) -> None:
    """The least that is one."""
    from monitor.history import layout

    state.mkdir()
    with closing(sqlite3.connect(state / NAME, isolation_level=None)) as db:
        layout.upgrade(db)
        for number in range(200):
            db.execute("INSERT INTO chunk VALUES (?, ?)", (number, os.urandom(4096)))


def test_a_file_that_is_there_stays_unless_told_otherwise(tmp_path: Path) -> None:
    state, target = tmp_path / "state", tmp_path / "kept.db"
    history(state)
    target.write_text("mine", encoding="utf-8")
    refused = run(state, "backup", target)
    assert refused.returncode == 1 and "--force" in refused.stderr
    assert target.read_text(encoding="utf-8") == "mine"
    assert run(state, "backup", target, "--force").returncode == 0
    assert target.read_bytes().startswith(b"SQLite format 3")


def test_what_does_not_fit_leaves_nothing(tmp_path: Path) -> None:
    state, target = tmp_path / "state", tmp_path / "out" / "kept.db"
    history(state)
    target.parent.mkdir()
    target.write_text("the one before", encoding="utf-8")

    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, 1 << 18))

    done = run(state, "backup", target, "--force", preexec_fn=no_room)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done.stderr
    assert target.read_text(encoding="utf-8") == "the one before"
    assert [path.name for path in target.parent.iterdir()] == ["kept.db"]


@pytest.mark.parametrize("content", [None, b"", b"no database", b"SQLite format 3\0" + b"x" * 9000])
def test_what_is_no_history_is_not_copied(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / NAME).write_bytes(content)
    done = run(tmp_path, "backup", tmp_path / "kept.db")
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "kept.db").exists()


def test_a_place_that_is_none_costs_one_line(tmp_path: Path) -> None:
    history(tmp_path / "state")
    done = run(tmp_path / "state", "backup", tmp_path / "absent" / "kept.db")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
