"""What is asked for is what was recorded: from memory and from disk, finely and summed up."""

import math
from pathlib import Path

import pytest

from monitor.history.answer import Part
from monitor.history.question import TooMuch
from monitor.history.reader import Answer
from monitor.history.sought import Wanted
from monitor.history.tier import RAW, SECONDS
from monitor.history.writer import Writer
from tests.history.figures import BEGAN, figures, one, reading, record_, ticked, writing

ONE = ("load", "one", "")


def ask(writer: Writer, start: float, end: float, points: int, metric: str = "load.one") -> Answer:
    with reading(writer) as reader:
        return reader.query([Wanted(metric)], start, end, points)


def shown(answer: Answer) -> dict[float, float]:
    """Without gaps."""
    column = answer.columns[ONE].average
    return {t: v for t, v in zip(answer.times, column, strict=True) if not math.isnan(v)}


@pytest.mark.parametrize("seconds", [3, 299, 300, 301, 1000, 4000])
def test_each_second_is_there_once(tmp_path: Path, seconds: int) -> None:
    with writing(tmp_path) as writer:
        record_(writer, BEGAN, seconds)
        answer = ask(writer, BEGAN, BEGAN + seconds, seconds)
        assert list(answer.times) == [BEGAN + n for n in range(seconds)]
        assert list(answer.columns[ONE].average) == [one(t) for t in answer.times]


def test_each_second_is_there_after_a_new_start(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        record_(writer, BEGAN, 700)
    with writing(tmp_path) as writer:
        record_(writer, BEGAN + 700, 700)
        answer = ask(writer, BEGAN, BEGAN + 1400, 1400)
        assert shown(answer) == {BEGAN + n: one(BEGAN + n) for n in range(1400)}


def test_all_kinds_of_figures_come_back(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        record_(writer, BEGAN, 400)
        with reading(writer) as reader:
            metrics = ("load.used", "load.calls", "load.busy", "load.since", "core.usage")
            answer = reader.query([Wanted(m) for m in metrics], BEGAN, BEGAN + 400, 400)
    columns = {name: list(column.average) for name, column in answer.columns.items()}
    assert set(columns[("load", "used", "")]) == {float(1 << 30)}
    assert set(columns[("load", "calls", "")]) == {2.5}
    assert columns[("load", "busy", "")][:4] == [1.0, 0.0, 1.0, 0.0]
    assert set(columns[("load", "since", "")]) == {BEGAN - 0.25}, "a moment is exact"
    assert set(columns[("core", "usage", "0")]) == {0.25}
    assert {name for name in columns if name[0] == "core"} == {
        ("core", "usage", "0"), ("core", "usage", "1"),
    }  # fmt: skip


def test_one_key_can_be_asked_for(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        record_(writer, BEGAN, 10)
        with reading(writer) as reader:
            answer = reader.query([Wanted("core.usage", "1")], BEGAN, BEGAN + 9, 10)
            assert list(answer.columns) == [("core", "usage", "1")]
            assert ("core", "usage", "0") in reader.names()
            nothing = reader.query([Wanted("core.usage", "no such")], BEGAN, BEGAN + 9, 10)
            assert not nothing.columns


def test_keys_that_are_no_text_are_kept_as_they_are_shown(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        writer.take(BEGAN, ticked(core={"a\udcff\n": {"usage": 0.5}}))
        writer.save()
        with reading(writer) as reader:
            assert reader.names() == [("core", "usage", "a\\xff\\x0a")]


def test_what_was_not_there_then_is_not_in_the_answer(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        for n in range(900):
            writer.take(BEGAN + n, ticked(core={str(n // 300): {"usage": 0.5}}))
        writer.save()
        answer = ask(writer, BEGAN + 400, BEGAN + 500, 100, "core.usage")
        assert list(answer.columns) == [("core", "usage", "1")]
        assert len(ask(writer, BEGAN, BEGAN + 900, 1000, "core.usage").columns) == 3


@pytest.mark.parametrize("points", [10, 100, 360, 700, 1000, 3000])
def test_summed_up_it_is_what_was_recorded(tmp_path: Path, points: int) -> None:
    seconds = 2 * 3600 + 900
    with writing(tmp_path) as writer:
        record_(writer, BEGAN, seconds)
        answer = ask(writer, BEGAN, BEGAN + seconds, points)
    assert points / 3 <= len(answer.times) <= points + 1
    columns = answer.columns[ONE]
    for n, start in enumerate(answer.times):
        there = [one(BEGAN + s) for s in range(seconds) if 0 <= BEGAN + s - start < answer.step]
        assert columns.least[n] == min(there)
        assert columns.greatest[n] == max(there)
        assert math.isclose(columns.average[n], sum(there) / len(there), rel_tol=2.0**-11)


def test_a_spike_of_one_second_is_never_averaged_away(tmp_path: Path) -> None:
    spike = BEGAN + 5000
    with writing(tmp_path) as writer:
        for n in range(3 * 3600):
            writer.take(BEGAN + n, ticked(load={"one": 999.0 if BEGAN + n == spike else 1.0}))
            if n % 300 == 0 and writer.save():
                list(writer.work())
        for points in (1, 2, 50, 500, 5000):
            columns = ask(writer, BEGAN, BEGAN + 3 * 3600, points).columns[ONE]
            assert max(columns.greatest) == 999.0


def test_a_stop_is_a_gap_and_not_a_line(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        record_(writer, BEGAN, 100)
        record_(writer, BEGAN + 160, 100)
        answer = ask(writer, BEGAN, BEGAN + 260, 1000)
        column = answer.columns[ONE].average
        (hole,) = [n for n, value in enumerate(column) if math.isnan(value)]
        assert BEGAN + 99 < answer.times[hole] < BEGAN + 160
        assert sorted(answer.times) == list(answer.times)


def test_a_missing_figure_is_a_gap(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        for n in range(700):
            writer.take(BEGAN + n, figures(BEGAN + n) if n % 7 else {})
        writer.save()
        column = ask(writer, BEGAN, BEGAN + 700, 700).columns[ONE].average
        assert [n for n, value in enumerate(column) if math.isnan(value)] == list(range(0, 700, 7))


def test_ticks_that_are_not_quite_a_second_apart_are_no_gaps(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        for n in range(400):
            late = 0.02 if n % 3 else -0.02
            writer.take(BEGAN + n + late, figures(BEGAN + n))
        writer.save()
        answer = ask(writer, BEGAN - 1, BEGAN + 400, 1000)
        assert len(answer.times) == 400
        assert abs(answer.times[3] - BEGAN - 2.98) < 0.001


def test_a_clock_that_was_set_back_loses_nothing(tmp_path: Path) -> None:
    """Both runs through the same hour stand; and so they do after a new start and once rolled."""
    with writing(tmp_path) as writer:
        for shift in (0.0, 0.5):  # the second run's ticks are half a second off
            for n in range(1000):
                writer.take(BEGAN + n + shift, ticked(load={"one": 500.0 if shift else 1.0}))
                if n % 50 == 49:
                    writer.save()
    with writing(tmp_path) as writer:
        writer.save()
        answer = ask(writer, BEGAN, BEGAN + 1000, 5000)
        assert len(answer.times) == 2000
        assert list(answer.times) == sorted(answer.times)
        record_(writer, BEGAN + 7200, 400)
        for points in (1000, 100, 17):
            columns = ask(writer, BEGAN, BEGAN + 999, points).columns[ONE]
            # The range ends between the last two.
            assert set(columns.least[:-1]) == {1.0} and set(columns.greatest[:-1]) == {500.0}
            assert all(math.isclose(v, 250.5, rel_tol=0.01) for v in columns.average[1:-1])


def test_a_clock_that_was_set_ahead_and_back_wipes_nothing(tmp_path: Path) -> None:
    far = BEGAN + 20 * 365 * 86400
    with writing(tmp_path) as writer:
        record_(writer, BEGAN, 4000)
        record_(writer, far, 4000)
        record_(writer, BEGAN + 8000, 4000)
        for start in (BEGAN, far, BEGAN + 8000):
            answer = ask(writer, start, start + 3999, 4000)
            assert shown(answer) == {start + n: one(start + n) for n in range(4000)}
        across = ask(writer, BEGAN, far + 4000, 1000)
        assert len(across.times) < 20, "no rows for years in which nothing was"


def test_what_is_too_old_for_seconds_is_answered_by_minutes(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        record_(writer, BEGAN, 3 * 3600)
        for tier in (RAW, SECONDS):  # as retention does
            while (head := writer.shelf.oldest(tier)) and head.start < BEGAN + 7200:
                writer.shelf.drop(head)
        answer = ask(writer, BEGAN, BEGAN + 3 * 3600, 3 * 3600)
        old = [t for t in answer.times if t < BEGAN + 7200]
        new = [t for t in answer.times if t >= BEGAN + 7200]
        assert old == [BEGAN + 60 * n for n in range(120)], "and no gaps between them"
        assert new == [BEGAN + 7200 + n for n in range(3600)]


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_is_written_while_it_is_asked_for_is_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Just before the question looks into the memory, or just after it."""
    with writing(tmp_path) as writer, reading(writer) as reader:
        for n in range(301):  # the last one has ended a block, which is not yet on disk
            writer.take(BEGAN + n, figures(BEGAN + n))
        looks = reader._remembered  # noqa: SLF001  (the moment that counts)

        def remembered(series: list[int]) -> tuple[list[Part], set[int]]:
            if when == "before":
                writer.save()
            found = looks(series)
            writer.save()
            return found

        monkeypatch.setattr(reader, "_remembered", remembered)
        answer = reader.query([Wanted("load.one")], BEGAN, BEGAN + 300, 1000)
        assert list(answer.times) == [BEGAN + n for n in range(301)]


def test_a_question_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.history.question.MAX_CHUNKS", 10)
    with writing(tmp_path) as writer:
        record_(writer, BEGAN, 4000)
        with pytest.raises(TooMuch, match="1 series"):
            ask(writer, BEGAN, BEGAN + 3599, 3600)


@pytest.mark.parametrize(
    ("start", "end"), [(0.0, 1.0), (BEGAN + 1e9, BEGAN + 2e9), (BEGAN + 10, BEGAN), (0.0, 1e12)]
)
def test_odd_ranges_have_answers(tmp_path: Path, start: float, end: float) -> None:
    with writing(tmp_path) as writer:
        record_(writer, BEGAN, 400)
        answer = ask(writer, start, end, 100)
        assert len(answer.times) <= 101
