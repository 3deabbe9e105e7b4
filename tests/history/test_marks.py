"""What happens is marked by itself, once, and never what did not happen."""

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from monitor.history import marks
from monitor.history.file import NAME
from monitor.history.marks import BOOT, MOUNT, NOTE, OOM, RESTART, START, Mark
from monitor.history.notebook import Unwritten
from monitor.history.watchman import Watchman
from monitor.model.sample import Figures
from tests.history.figures import (
    BEGAN,
    PATIENCE_S,
    figures,
    running,
    settled,
    snapshot,
    ticked,
    writing,
)
from tests.history.test_file import FIXTURES

Said = list[tuple[str, str]]


def row(name: str, started: float, **more: Any) -> dict[str, Any]:
    return {"name": name, "started": started, "user": "me", **more}


def seen(watchman: Watchman, time: float, **families: Any) -> Said:
    return [(mark.kind, mark.text) for mark in watchman.look(time, ticked(**families))]


def begun(**families: Any) -> Watchman:
    """One that has seen a first tick, long after the machine's start."""
    watchman = Watchman(BEGAN - 1)
    assert seen(watchman, BEGAN, host={"uptime": 1e6}, **families) == [(START, "Monitor started")]
    return watchman


def test_a_boot_since_the_last_record_is_marked_where_it_was() -> None:
    [boot, start] = Watchman(BEGAN - 300).look(BEGAN, ticked(host={"uptime": 100.0}))
    assert boot == Mark(BEGAN - 100, BOOT, "The machine was started")
    assert start == Mark(BEGAN, START, "Monitor started, after 5 min without a record")


@pytest.mark.parametrize("until", [BEGAN - 300, BEGAN + 3600])
def test_a_restart_without_a_boot_is_one_also_with_a_clock_set_back(until: float) -> None:
    found = Watchman(until).look(BEGAN, ticked(host={"uptime": 4000.0}))
    assert [mark.kind for mark in found] == [START]


def test_the_first_start_of_all_knows_the_boot() -> None:
    found = Watchman(None).look(BEGAN, ticked(host={"uptime": 4000.0}))
    assert [mark.kind for mark in found] == [BOOT, START]
    assert found[1].text == "Monitor started"


def test_a_kill_for_want_of_memory_names_the_largest_that_is_gone() -> None:
    there = {"7": row("hog", 1, rss=9 << 30), "8": row("mouse", 1, rss=1 << 20)}
    watchman = begun(oom={"total": 3}, process=there)
    assert seen(watchman, BEGAN + 1, oom={"total": 3}, process=there) == []
    said = seen(watchman, BEGAN + 2, oom={"total": 4}, process={})
    assert said == [(OOM, "Out of memory: the kernel ended a process; hog (pid 7) is gone")]


def test_what_is_mounted_and_unmounted_is_told_but_not_what_was_there() -> None:
    watchman = begun(filesystem={"/": {}})
    assert seen(watchman, BEGAN + 1, filesystem={"/": {}, "/mnt/a": {}}) == [
        (MOUNT, "Mounted: /mnt/a")
    ]
    assert seen(watchman, BEGAN + 2) == [], "what could not be read is not unmounted"
    assert seen(watchman, BEGAN + 3, filesystem={"/": {}}) == [(MOUNT, "Unmounted: /mnt/a")]


def restarted(before: dict[str, Any], after: dict[str, Any], gap: float = 2) -> Said:
    watchman = begun(process=before)
    there = {pid: one for pid, one in before.items() if pid in after}
    first = seen(watchman, BEGAN + 1, process=there)
    return first + seen(watchman, BEGAN + 1 + gap, process=after)


OLD, YOUNG = BEGAN - 1000, BEGAN - 5


def test_a_service_that_is_there_again_was_restarted() -> None:
    before = {"7": row("nginx", OLD, unit="nginx.service")}
    after = {"9": row("nginx", BEGAN + 2, unit="nginx.service")}
    assert restarted(before, after) == [(RESTART, "nginx restarted (pid 7, now 9)")]


@pytest.mark.parametrize(
    ("before", "after", "gap"),
    [
        pytest.param({"7": row("cc", YOUNG)}, {"9": row("cc", BEGAN + 2)}, 2, id="brief"),
        pytest.param(
            {"7": row("worker", OLD), "8": row("worker", OLD)},
            {"8": row("worker", OLD), "9": row("worker", BEGAN + 2)},
            2,
            id="one of many",
        ),
        pytest.param({"7": row("vi", OLD)}, {"9": row("vi", BEGAN + 99)}, 99, id="long after"),
        pytest.param(
            {"7": row("bash", OLD, parent=3)},
            {"9": row("bash", BEGAN + 2, parent=4)},
            2,
            id="another's child",
        ),
        pytest.param(
            {"7": row("kworker", OLD, kernel=True)},
            {"9": row("kworker", BEGAN + 2, kernel=True)},
            2,
            id="the kernel's",
        ),
    ],
)
def test_what_merely_comes_and_goes_is_not_marked(
    before: dict[str, Any], after: dict[str, Any], gap: float
) -> None:
    assert restarted(before, after, gap) == []


def test_a_number_that_was_taken_again_is_another_process() -> None:
    before = {"7": row("nginx", OLD, unit="n.service")}
    watchman = begun(process=before)
    after = {"7": row("nginx", BEGAN, unit="n.service")}
    assert seen(watchman, BEGAN + 1, process=after) == [(RESTART, "nginx restarted (pid 7, now 7)")]


def test_the_same_is_said_once_a_minute() -> None:
    watchman = begun(filesystem={})
    said = []
    for n in range(120):
        shown: Figures = ticked(filesystem={"/mnt": {}} if n % 2 else {})
        said += [mark.text for mark in watchman.look(BEGAN + 1 + n, shown)]
    assert said.count("Mounted: /mnt") == 2


def test_a_running_store_marks_its_start_and_what_it_is_told(tmp_path: Path) -> None:
    with running(tmp_path) as store:
        store.add(snapshot(BEGAN, figures(BEGAN)))
        settled(store)
        written = store.mark(BEGAN + 1, "deployed").result(PATIENCE_S)
        assert written.id and (written.kind, written.text) == (NOTE, "deployed")
    db = sqlite3.connect(tmp_path / NAME)
    assert [mark.kind for mark in marks.read(db, 0, BEGAN * 2)] == [START, NOTE]
    db.close()
    with pytest.raises(Unwritten, match="closed"):
        store.mark(BEGAN, "late")


def test_a_file_of_version_1_takes_marks(tmp_path: Path) -> None:
    shutil.copy(FIXTURES / "version-1.db", tmp_path / NAME)
    with writing(tmp_path) as writer:
        assert writer.until is not None and writer.until >= BEGAN
        [written] = writer.mark([Mark(BEGAN, NOTE, "x")])
        assert marks.read(writer.file.db, BEGAN, BEGAN) == [written]


def test_the_oldest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "MOST", 5)
    with writing(tmp_path) as writer:
        for n in range(9):
            writer.mark([Mark(BEGAN + n, NOTE, str(n))])
        assert [mark.text for mark in marks.read(writer.file.db, 0, BEGAN * 2)] == list("45678")
