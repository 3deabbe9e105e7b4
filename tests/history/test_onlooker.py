"""Another process reads the history while one writes it, and when none does; it writes nothing."""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from monitor.history import layout
from monitor.history.answer import Part
from monitor.history.file import NAME
from monitor.history.hold import LOCK
from monitor.history.onlooker import Onlooker, Unreadable, opened
from monitor.history.reader import Reader
from monitor.history.sought import Wanted
from tests.history.figures import (
    BEGAN,
    figures,
    one,
    reading,
    record_,
    running,
    settled,
    snapshot,
    writing,
)

ONE = ("load", "one", "")
NOBODY = 65_534


@contextlib.contextmanager
def looking(directory: Path) -> Iterator[Onlooker]:
    onlooker = Onlooker(directory)
    try:
        yield onlooker
    finally:
        onlooker.close()


def told(onlooker: Onlooker, seconds: int) -> dict[float, float]:
    answer = onlooker.query([Wanted("load.one")], BEGAN, BEGAN + seconds, 11_000)
    assert len(set(answer.times)) == len(answer.times)
    return dict(zip(answer.times, answer.columns[ONE].average, strict=True))


def expected(seconds: int) -> dict[float, float]:
    return {BEGAN + n: one(BEGAN + n) for n in range(seconds)}


@pytest.mark.parametrize("seconds", [5, 295, 300, 305, 1000, 2500])
def test_it_sees_all_that_is_saved(tmp_path: Path, seconds: int) -> None:
    with writing(tmp_path) as writer, reading(writer) as reader:
        record_(writer, BEGAN, seconds)
        with looking(tmp_path) as onlooker:
            assert told(onlooker, seconds) == expected(seconds)
            assert onlooker.names() == reader.names()


def test_what_is_not_saved_yet_is_all_that_it_does_not_see(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        record_(writer, BEGAN, 13)
        with looking(tmp_path) as onlooker:
            assert told(onlooker, 100) == expected(10)


def test_it_goes_on_seeing_what_is_written_while_it_looks(tmp_path: Path) -> None:
    """Packs become blocks, and blocks are summed up: nothing is there twice, nothing is missing."""
    with writing(tmp_path) as writer, looking(tmp_path) as onlooker:
        for n in range(0, 1500, 5):
            record_(writer, BEGAN + n, 5)
            if n % 50 == 0:
                assert told(onlooker, 1500) == expected(n + 5)


def test_a_pack_that_becomes_a_block_in_the_middle_of_a_question_counts_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered = Reader._remembered  # noqa: SLF001  (between it and the look into the file)
    with writing(tmp_path) as writer, looking(tmp_path) as onlooker:
        record_(writer, BEGAN, 295)

        def meanwhile(self: Reader, series: Sequence[int]) -> tuple[list[Part], set[int]]:
            found = remembered(self, series)
            record_(writer, BEGAN + 295, 10)
            return found

        monkeypatch.setattr(Reader, "_remembered", meanwhile)
        assert told(onlooker, 400) == expected(295)
        monkeypatch.undo()
        assert told(onlooker, 400) == expected(305)


def test_the_process_table_of_any_second_is_seen(tmp_path: Path) -> None:
    with writing(tmp_path) as writer, reading(writer) as reader:
        record_(writer, BEGAN, 500)
        with looking(tmp_path) as onlooker:
            for second in (3, 299, 300, 301, 480, 499):
                there = reader.processes_at(BEGAN + second)
                assert onlooker.processes_at(BEGAN + second) == there is not None
            assert list(onlooker.processes(BEGAN + 20, BEGAN + 490)) == list(
                reader.processes(BEGAN + 20, BEGAN + 490)
            )
            record_(writer, BEGAN + 500, 5)
            assert len(list(onlooker.processes(BEGAN, BEGAN + 600))) == 505


def test_it_takes_no_lock_and_writes_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as store:
        for second in range(50):
            store.add(snapshot(BEGAN + second))
        settled(store)
        before = written(tmp_path)
        with looking(tmp_path) as onlooker:
            assert told(onlooker, 100) == expected(50)
        with (
            contextlib.closing(opened(tmp_path / NAME)) as db,
            pytest.raises(sqlite3.OperationalError, match="readonly"),
        ):
            db.execute("DELETE FROM block")
        assert written(tmp_path) == before
        assert LOCK in before
        store.add(snapshot(BEGAN + 50))
        settled(store)
        assert store.health == "ok"


def written(directory: Path) -> dict[str, bytes]:
    """The log's index aside: who reads stands in it."""
    files = (path for path in directory.iterdir() if not path.name.endswith("-shm"))
    return {path.name: path.read_bytes() for path in files}


def test_it_keeps_no_writer_from_ending_its_log(tmp_path: Path) -> None:
    """Between two questions no moment is held: the log would grow until the history stops."""
    with writing(tmp_path) as writer, looking(tmp_path) as onlooker:
        record_(writer, BEGAN, 900)
        told(onlooker, 900)
        row = writer.file.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert row == (0, 0, 0)


def test_one_that_was_killed_is_read_as_it_was_left(tmp_path: Path) -> None:
    alive, left = tmp_path / "alive", tmp_path / "left"
    alive.mkdir()
    with writing(alive) as writer:
        record_(writer, BEGAN, 320)
        shutil.copytree(alive, left)
    (left / f"{NAME}-shm").unlink()
    with looking(left) as onlooker:
        assert told(onlooker, 400) == expected(320)


def test_it_needs_no_more_than_to_read() -> None:
    """A directory that this user may not write into, without a log: nobody is at work there."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with writing(directory) as writer:
            record_(writer, BEGAN, 30)
        with reader_only(directory), looking(directory) as onlooker:
            assert told(onlooker, 30) == expected(30)


@contextlib.contextmanager
def reader_only(directory: Path) -> Iterator[None]:
    """As somebody who may read all of it, and write nothing."""
    directory.chmod(0o555)
    was = os.geteuid()
    if was == 0:
        os.seteuid(NOBODY)
    try:
        assert not os.access(directory, os.W_OK, effective_ids=True)
        yield
    finally:
        if was == 0:
            os.seteuid(was)
        directory.chmod(0o755)


def test_what_is_no_history_is_told_from_one(tmp_path: Path) -> None:
    path = tmp_path / NAME
    assert why_not(tmp_path) == f"there is no {path}"
    path.write_bytes(b"something else" * 1000)
    assert why_not(tmp_path) == f"{path}: file is not a database"
    path.unlink()
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE mine (a)")
    db.close()
    assert why_not(tmp_path) == f"{path} is a database of another program"
    path.unlink()
    with writing(tmp_path) as writer:
        writer.take(BEGAN, figures(BEGAN))
        writer.save()
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {layout.VERSION + 1}")
    db.close()
    assert f"of version {layout.VERSION + 1}" in why_not(tmp_path)


def why_not(directory: Path) -> str:
    with pytest.raises(Unreadable) as refused:
        Onlooker(directory)
    return str(refused.value)


def test_a_broken_page_is_one_error(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        record_(writer, BEGAN, 900)
    path = tmp_path / NAME
    data = bytearray(path.read_bytes())
    for at in range(8192, len(data), 64):
        data[at : at + 32] = b"\xff" * 32
    path.write_bytes(data)
    with pytest.raises(Unreadable), looking(tmp_path) as onlooker:
        told(onlooker, 900)
