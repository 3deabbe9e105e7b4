"""A file that is broken, foreign, locked or cannot be written: what happens is said, and life goes
on."""

import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from monitor.history import layout
from monitor.history.file import NAME
from monitor.history.hold import Locked
from monitor.history.layout import APPLICATION_ID, STEPS, VERSION, Foreign
from monitor.history.store import State, Store
from tests.history.figures import (
    BEGAN,
    SCHEMA,
    SIZE,
    figures,
    record_,
    running,
    settled,
    snapshot,
    wait_for,
    writing,
)
from tests.support.clock import HandClock

ROOT = Path(__file__).parents[2]


def aside(directory: Path) -> list[Path]:
    return sorted(p for p in directory.glob(f"{NAME}.*") if not p.name.endswith(("-wal", "-shm")))


def broken_by(directory: Path, how: str) -> bytes:
    """Make the file one that cannot be used; what it was before."""
    path = directory / NAME
    with writing(directory) as writer:
        record_(writer, BEGAN, 400)
    if how == "another program's":
        path.unlink()
        with sqlite3.connect(path) as db:
            db.execute("CREATE TABLE bookmarks (url TEXT)")
        db.close()
    elif how == "of a later version":
        with sqlite3.connect(path) as db:
            db.execute(f"PRAGMA user_version = {VERSION + 1}")
        db.close()
    elif how == "no database":
        path.write_bytes(b"\x7fELF" + os.urandom(9000))
    elif how == "overwritten":
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(os.urandom(path.stat().st_size - 4096))
    elif how == "cut":
        os.truncate(path, path.stat().st_size // 2)
    return path.read_bytes()


@pytest.mark.parametrize(
    "how", ["another program's", "of a later version", "no database", "overwritten", "cut"]
)
def test_what_cannot_be_used_is_set_aside_and_a_new_one_begun(
    tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    was = broken_by(tmp_path, how)
    with caplog.at_level(logging.WARNING), running(tmp_path) as store:
        for n in range(10):
            store.add(snapshot(BEGAN + n))
        settled(store)
        wait_for(lambda: store.state is State.OK, "it is not well again")
        assert store.saved_until == BEGAN + 9
    (kept,) = aside(tmp_path)
    # All but the head of one that was known for ours at first.
    assert kept.read_bytes()[100:] == was[100:], "it is kept as it was"
    (said,) = [r for r in caplog.records if r.getMessage() == "history.aside"]
    assert said.levelno == logging.WARNING
    assert str(kept) in str(vars(said)["event_fields"])


def test_a_file_that_breaks_while_it_is_open_is_set_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with writing(tmp_path) as writer:
        record_(writer, BEGAN, 4000)
    with caplog.at_level(logging.WARNING), running(tmp_path) as store:
        store.add(snapshot(BEGAN + 5000))
        settled(store)
        with (tmp_path / NAME).open("r+b") as file:
            file.seek(4096)
            file.write(os.urandom((tmp_path / NAME).stat().st_size - 4096))
        for n in range(5001, 5700):
            store.add(snapshot(BEGAN + n))
            settled(store)
        assert (store.state, store.lost) == (State.OK, 0)
    assert aside(tmp_path)
    with writing(tmp_path) as writer:
        seconds = writer.shelf.stock[0].seconds
        assert seconds > 290, "what was in memory went into the new file"


def test_an_empty_file_is_begun(tmp_path: Path) -> None:
    (tmp_path / NAME).touch()
    with writing(tmp_path) as writer:
        record_(writer, BEGAN, 10)
    assert not aside(tmp_path)


# The tables of a version that never was, before the first: what an upgrade has to cope with.
_EARLIER = """
CREATE TABLE series (id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO series VALUES (1, 'load.one');
"""
_UPGRADE = """
ALTER TABLE series ADD COLUMN key TEXT NOT NULL DEFAULT '';
CREATE TABLE more (id INTEGER PRIMARY KEY);
"""


def earlier(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript(_EARLIER)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute("PRAGMA user_version = 1")
    return db


def test_a_file_of_an_earlier_version_is_brought_up_with_what_is_in_it(tmp_path: Path) -> None:
    db = earlier(tmp_path / NAME)
    layout.upgrade(db, (_EARLIER, _UPGRADE))
    assert db.execute("SELECT * FROM series").fetchall() == [(1, "load.one", "")]
    assert db.execute("PRAGMA user_version").fetchone() == (2,)
    layout.upgrade(db, (_EARLIER, _UPGRADE))  # once is enough
    db.close()


def test_an_upgrade_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    db = earlier(tmp_path / NAME)
    with pytest.raises(sqlite3.OperationalError):
        layout.upgrade(db, (_EARLIER, _UPGRADE + "CREATE TABLE more (id INTEGER);\n"))
    assert db.execute("PRAGMA user_version").fetchone() == (1,)
    assert db.execute("SELECT * FROM series").fetchall() == [(1, "load.one")]
    with pytest.raises(Foreign, match="version 1"):
        layout.upgrade(db, ())
    db.close()


FIXTURES = Path(__file__).parents[1] / "fixtures" / "history"


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_files_of_every_version_are_read(tmp_path: Path, version: int) -> None:
    shutil.copy(FIXTURES / f"version-{version}.db", tmp_path / NAME)
    with writing(tmp_path) as writer:
        assert writer.shelf.stock[0].seconds > 600
        record_(writer, BEGAN + 10_000, 10)
    assert not aside(tmp_path)
    assert len(STEPS) == VERSION


HOLD = """
import sys
from pathlib import Path
from monitor.history.hold import Hold
hold = Hold(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_who_holds_it_is_named(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "history.lock")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None and other.stdin is not None
        assert other.stdout.readline() == b"held\n"
        store = Store(tmp_path, SIZE, SCHEMA, HandClock())
        with pytest.raises(Locked, match=f"process {other.pid}$") as refused:
            store.open()
        assert refused.value.pid == other.pid
        assert not (tmp_path / NAME).exists(), "the file is the other's"
        other.kill()
        other.wait()
    with running(tmp_path) as again:
        assert again.state is State.OK, "the lock has ended with its holder"


# Root, whom permissions do not stop, becomes nobody.
READ_ONLY = """
import os, sys
from pathlib import Path
from tests.history.figures import BEGAN, running, settled, snapshot
if os.geteuid() == 0:
    os.setuid(65534)
with running(Path(sys.argv[1])) as store:
    store.add(snapshot(BEGAN))
    settled(store)
    print(store.state.value, store.reason)
"""


def test_in_a_directory_that_cannot_be_written_it_is_off_and_says_so() -> None:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name, "data")
        directory.mkdir()
        directory.chmod(0o555)
        Path(name).chmod(0o755)
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, str(directory)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.stdout == f"off {directory}: Permission denied\n", done.stderr


def test_a_directory_that_cannot_be_made_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with running(tmp_path / "file" / "data") as store:
        store.add(snapshot(BEGAN, figures(BEGAN)))
        settled(store)
        assert store.state is State.OFF
        assert store.reason.endswith("Not a directory")
