"""The process table of any second: who was there, under which number, and what it did."""

import copy
import random
from pathlib import Path
from typing import Any

from monitor.history import frames
from monitor.history.minutes import COARSE, FINE
from monitor.history.reader import Table
from monitor.history.writer import Writer
from monitor.model.sample import Figures
from tests.history.figures import BEGAN, figures, reading, record_, ticked, writing

Processes = dict[str, dict[str, Any]]


def at(writer: Writer, moment: float) -> Table | None:
    with reading(writer) as reader:
        return reader.processes_at(moment)


def shown(writer: Writer, moment: float) -> Processes:
    table = at(writer, moment)
    assert table is not None
    found: Processes = table.document["process"]
    return found


class Crowd:
    """Processes that come, change and go as dice have it, some under numbers that were others'."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._now: Processes = {}
        self.past: dict[float, Processes] = {}

    def tick(self, moment: float) -> Figures:
        dice = self._dice
        for _ in range(dice.randrange(3)):
            pid = str(dice.randrange(30))
            name = f"worker {dice.randrange(1000)}"
            self._now[pid] = {"started": moment, "user": "me", "name": name, "rss": 4096}
        for pid in dice.sample(sorted(self._now), min(2, len(self._now))):
            self._now[pid] = {**self._now[pid], "cpu": dice.randrange(1000) / 1000}
        if self._now and dice.random() < 0.5:
            del self._now[dice.choice(sorted(self._now))]
        self.past[moment] = copy.deepcopy(self._now)
        return ticked(process=dict(self._now))


def test_each_second_is_as_it_was(tmp_path: Path) -> None:
    crowd = Crowd(5)
    with writing(tmp_path) as writer:
        for n in range(400):
            writer.take(BEGAN + n, crowd.tick(BEGAN + n))
            if n % 5 == 4:
                writer.save()
        for moment, table in crowd.past.items():
            assert shown(writer, moment) == table
            assert shown(writer, moment + 0.9) == table
        with reading(writer) as reader:
            run = list(reader.processes(BEGAN, BEGAN + 399))
        assert {t.time: t.document["process"] for t in run} == crowd.past


def test_each_second_is_as_it_was_after_a_new_start(tmp_path: Path) -> None:
    crowd = Crowd(6)
    with writing(tmp_path) as writer:
        for n in range(95):
            writer.take(BEGAN + n, crowd.tick(BEGAN + n))
            writer.save()
    with writing(tmp_path) as writer:
        for moment, table in crowd.past.items():
            assert shown(writer, moment) == table
        writer.save()
        for moment, table in crowd.past.items():
            assert shown(writer, moment) == table


def test_another_process_under_the_same_number_is_another(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        for n in range(4):
            name = ("old", "old", "new", "new")[n]
            process = {"started": 1.0 if n < 2 else BEGAN + n, "user": "me", "name": name}
            if n < 2:
                process["rss"] = 1 << 20
            writer.take(BEGAN + n, ticked(process={"9": process}))
        assert shown(writer, BEGAN + 1)["9"]["name"] == "old"
        later = shown(writer, BEGAN + 2)["9"]
        assert later == {"started": BEGAN + 2, "user": "me", "name": "new"}, (
            "nothing of the old one"
        )


def test_names_that_are_no_text_are_kept_as_they_are_shown(tmp_path: Path) -> None:
    name = "a\udcff\n\x1b[31m__proto__ </script>"
    with writing(tmp_path) as writer:
        writer.take(BEGAN, ticked(process={"1": {"name": name, "user": "\u202eroot"}}))
        writer.save()
    with writing(tmp_path) as writer:
        kept = shown(writer, BEGAN)["1"]
        assert kept == {
            "name": "a\\xff\\x0a\\x1b[31m__proto__ </script>", "user": "\\u202eroot",
        }  # fmt: skip


def test_nothing_is_said_of_when_nothing_was_known(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        record_(writer, BEGAN, 70)
        assert at(writer, BEGAN - 1) is None
        assert at(writer, BEGAN + 69 + 61) is None
        record_(writer, BEGAN + 1000, 70)
        assert at(writer, BEGAN + 500) is None


def test_a_sweep_that_failed_is_a_gap_in_the_table(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        writer.take(BEGAN, figures(BEGAN))
        writer.take(BEGAN + 1, ticked(load={"one": 1.0}))
        writer.take(BEGAN + 2, figures(BEGAN + 2))
        for n, there in enumerate((True, False, True)):
            table = at(writer, BEGAN + n)
            assert table is not None and ("process" in table.document) is there


def test_where_the_clock_was_set_back_what_came_later_counts(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        for user in ("first", "second"):
            for n in range(130):
                writer.take(BEGAN + n, ticked(process={"1": {"user": user}}))
            writer.save()
        assert shown(writer, BEGAN + 65)["1"]["user"] == "second"
        with reading(writer) as reader:
            tables = list(reader.processes(BEGAN, BEGAN + 129))
        assert len(tables) == 260, "and the others are not lost"


def test_tens_of_seconds_hold_everybody_and_average_what_they_did() -> None:
    flows = {"process": frozenset({"cpu"})}
    seconds: list[frames.Frame] = []
    for n in range(20):
        table: Processes = {"1": {"cpu": 0.5, "rss": n}}
        if n == 3:
            table["burst"] = {"cpu": 1.0, "rss": 7}
        seconds.append((BEGAN + n, {"process": table}))
    first, second = frames.thinned(seconds, 10.0, flows)
    assert first == (
        BEGAN,
        {"process": {"1": {"cpu": 0.5, "rss": 9}, "burst": {"cpu": 0.1, "rss": 7}}},
    )
    assert second == (BEGAN + 10, {"process": {"1": {"cpu": 0.5, "rss": 19}}})


def looked_at(frame: Figures) -> Figures:
    """The same once more, from another look."""
    return {name: things.copy() for name, things in frame.items()}


def test_a_tick_without_a_look_at_the_processes_is_no_line(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        for n in range(6):
            looked = looked_at(figures(BEGAN))
            writer.take(BEGAN + n, looked)
            writer.take(BEGAN + n + 0.5, looked)
        assert len(writer.processes.lines) == 6


def test_after_a_day_seconds_become_tens_and_after_a_week_nothing(tmp_path: Path) -> None:
    day = 24 * 3600
    with writing(tmp_path) as writer:
        frame = figures(BEGAN)
        for n in range(0, 9 * day, 20):  # a tick in twenty seconds, to be quick
            writer.take(BEGAN + n, looked_at(frame))
            if n % 6000 == 0 and writer.save():
                list(writer.work())
        writer.save()
        list(writer.work())
        fine, coarse = writer.minutes.stock[FINE], writer.minutes.stock[COARSE]
        assert 0.9 * day <= fine.seconds <= 1.1 * day
        assert 6.5 * day <= coarse.seconds <= 7.1 * day
        end = BEGAN + 9 * day
        for ago, step in ((0.5 * day, FINE), (2 * day, COARSE), (7 * day, COARSE)):
            table = at(writer, end - ago)
            assert table is not None and table.step == step
            assert "77" in table.document["process"]
        assert at(writer, BEGAN + 600) is None


def test_processes_keep_to_their_own_share(tmp_path: Path) -> None:
    size = 8 << 20
    dice = random.Random(2)
    with writing(tmp_path, size) as writer:
        for n in range(0, 30_000, 2):
            table = {
                str(pid): {"name": dice.randbytes(12).hex(), "cpu": dice.random()}
                for pid in range(40)
            }
            writer.take(BEGAN + n, ticked(process=table, load={"one": 1.0}))
            if n % 10 == 0:
                writer.save()
                list(writer.work())
        held = sum(stock.size for stock in writer.minutes.stock.values())
        assert size * 0.15 < held <= size * 0.26
        assert at(writer, BEGAN + 29_000) is not None
        assert writer.shelf.stock[0].seconds > 29_000, "series have not paid for it"
