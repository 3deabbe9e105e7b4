"""One collector's course: asked when due, never twice at once, old figures never shown as new."""

import itertools
from typing import Any

import pytest

from monitor.model.metric import COUNT, Record, counter, gauge, record
from monitor.model.sample import Sample, State
from monitor.model.schema import Schema
from monitor.model.track import MAX_RATE_PERIODS, Track

START = 5_000.0
SLACK = 0.5


@record
class Tally(Record):
    """Something that counts."""

    FAMILY = "tally"
    level: int | None = gauge(COUNT, "Now")
    total: int | None = counter(COUNT, "So far")


SCHEMA = Schema([Tally])


def track(period: float = 1.0) -> Track:
    return Track("tally", period, SCHEMA)


def good(at: float, level: int = 1, total: int = 0) -> Sample:
    return Sample("tally", at, 0.001, (Tally(level=level, total=total),))


def bad(at: float, state: State, reason: str = "why") -> Sample:
    return Sample("tally", at, 0.001, (), state, reason)


def state_of(subject: Track) -> tuple[str | None, str | None]:
    return subject.status.state, subject.status.reason


def test_before_the_first_reading_it_is_due_and_says_that_nothing_is_known() -> None:
    subject = track()
    assert subject.due(START, SLACK)
    assert state_of(subject) == ("stale", "not read yet")
    assert (subject.sample, subject.figures) == (None, {})
    assert not subject.overdue(START)


def test_it_is_due_again_after_its_period_and_not_before() -> None:
    subject = track(period=5.0)
    subject.asked(START)
    subject.answered(good(START))
    due = [n for n in range(1, 13) if subject.due(START + n, SLACK)]
    assert due[0] == 5
    subject.asked(START + 5)
    subject.answered(good(START + 5))
    assert not subject.due(START + 9, SLACK)
    assert subject.due(START + 10, SLACK)


def test_a_tick_that_comes_a_little_early_still_finds_it_due() -> None:
    subject = track(period=5.0)
    subject.asked(START + 0.2)  # that tick was late
    subject.answered(good(START + 0.2))
    assert subject.due(START + 5, SLACK)


def test_one_that_has_not_answered_is_never_asked_again() -> None:
    subject = track()
    subject.asked(START)
    assert not any(subject.due(START + n, SLACK) for n in range(10_000))


def test_one_that_is_silent_shows_nothing_and_says_for_how_long() -> None:
    subject = track()
    subject.asked(START)
    subject.answered(good(START))
    assert not subject.overdue(START + 0.8)
    subject.asked(START + 1)
    assert subject.overdue(START + 1.8)
    assert (subject.sample, subject.figures) == (None, {})
    assert state_of(subject) == ("stale", "no answer for 1 s")
    assert subject.overdue(START + 41.0)
    assert state_of(subject) == ("stale", "no answer for 40 s")


def test_a_late_answer_is_shown_at_the_next_tick() -> None:
    subject = track(period=5.0)
    subject.asked(START)
    assert subject.overdue(START + 0.8)
    subject.answered(good(START + 0.6, level=7))
    assert not subject.due(START + 1, SLACK)
    assert not subject.overdue(START + 1.8)
    assert subject.figures == {"tally": {"level": 7}}
    assert state_of(subject) == ("ok", None)


def test_one_that_always_answers_a_little_late_is_shown_all_the_same() -> None:
    """Its answer is asked for at one tick, and shown at the next, for which it is late again."""
    subject = track()
    shown = []
    for n in range(6):
        assert subject.due(START + n, SLACK)
        subject.asked(START + n)
        assert subject.overdue(START + n + 0.8)
        shown.append(dict(subject.figures.get("tally", {})))
        assert state_of(subject)[0] == "stale"
        subject.answered(good(START + n + 0.45, level=n, total=10 * n))
    assert shown[:2] == [{}, {"level": 0}]
    assert shown[2:] == [{"level": n - 1, "total": 10.0} for n in range(2, 6)]


def test_an_answer_is_not_shown_a_second_time_by_one_that_then_hangs() -> None:
    subject = track()
    subject.asked(START)
    assert subject.overdue(START + 0.8)
    subject.answered(good(START + 0.45))
    subject.asked(START + 1)
    assert subject.overdue(START + 1.8)
    assert subject.overdue(START + 2.8)
    assert (subject.sample, subject.figures) == (None, {})


@pytest.mark.parametrize("state", [State.ERROR, State.UNAVAILABLE])
def test_a_bad_reading_leaves_gaps_and_its_reason(state: State) -> None:
    subject = track()
    subject.asked(START)
    subject.answered(good(START))
    subject.asked(START + 1)
    subject.answered(bad(START + 1, state, "the source is gone"))
    assert (subject.sample, subject.figures) == (None, {})
    assert state_of(subject) == (state.value, "the source is gone")


def test_after_an_error_it_is_asked_at_its_next_turn() -> None:
    subject = track()
    subject.asked(START)
    subject.answered(bad(START, State.ERROR))
    assert subject.due(START + 1, SLACK)


def test_no_rate_is_made_across_a_time_in_which_the_machine_did_not_have_it() -> None:
    subject = track(period=60.0)
    for at, answer in ((0, good), (60, lambda at: bad(at, State.UNAVAILABLE)), (120, good)):
        subject.asked(START + at)
        subject.answered(answer(START + at))
    assert state_of(subject) == ("ok", None)
    assert subject.figures == {"tally": {"level": 1}}


def test_a_rate_reaches_over_an_error_and_is_right() -> None:
    subject = track()
    subject.asked(START)
    subject.answered(good(START, total=100))
    subject.asked(START + 1)
    subject.answered(bad(START + 1, State.ERROR))
    subject.asked(START + 2)
    subject.answered(good(START + 2, total=130))
    assert subject.figures == {"tally": {"level": 1, "total": 15}}


def test_a_rate_does_not_reach_over_a_long_silence() -> None:
    for periods in (MAX_RATE_PERIODS, MAX_RATE_PERIODS + 0.01):
        subject = track(period=2.0)
        subject.asked(START)
        subject.answered(good(START, total=100))
        at = START + 2.0 * periods
        subject.asked(at)
        subject.answered(good(at, total=140))
        figures: Any = subject.figures["tally"]
        assert ("total" in figures) is (periods == MAX_RATE_PERIODS)


def test_one_that_was_passed_over_is_due_at_once_and_keeps_its_figures_for_one_tick() -> None:
    subject = track(period=5.0)
    subject.asked(START)
    subject.answered(good(START, level=3))
    subject.asked(START + 5)
    subject.passed_over()
    assert subject.due(START + 5, SLACK)
    assert not subject.overdue(START + 5.8)
    assert subject.figures == {"tally": {"level": 3}}


def test_one_that_is_passed_over_again_and_again_shows_nothing() -> None:
    subject = track()
    subject.asked(START)
    subject.answered(good(START, level=3))
    for n in (1, 2, 3):
        subject.asked(START + n)
        assert subject.passed_over() is (n > 1)
        assert not subject.overdue(START + n + 0.8)
    assert (subject.sample, subject.figures) == (None, {})
    assert subject.status.state == "stale"
    subject.asked(START + 4)
    subject.answered(good(START + 4, level=4))
    assert subject.figures == {"tally": {"level": 4, "total": 0}}
    assert state_of(subject) == ("ok", None)


# What may happen to a collector between one tick's deadline and the next one's.
OK, ERROR, UNAVAILABLE, PASSED_OVER, HANGS = "ok", "error", "unavailable", "passed over", "hangs"
COMES_BACK = "comes back"
ANSWERS = {ERROR: State.ERROR, UNAVAILABLE: State.UNAVAILABLE}


def _walk(subject: Track, course: tuple[str, ...]) -> None:
    """Live through one course, as the sampler does, and say the moment a promise is broken."""
    waiting = False
    answered_at = -1  # the tick of the last good answer
    goods = 0
    for n, happens in enumerate(course):
        now = START + n
        fresh = ""
        if waiting and happens == COMES_BACK:
            subject.answered(good(now - 0.5, level=n, total=4 * n - 2))
            waiting, fresh, answered_at, goods = False, OK, n, goods + 1
        due = subject.due(now, SLACK)
        assert due is not waiting, (course, n)
        if due:
            subject.asked(now)
            assert not subject.due(now, SLACK)
            if happens in (HANGS, COMES_BACK):
                waiting = True
            elif happens == PASSED_OVER:
                subject.passed_over()
            elif happens == OK:
                subject.answered(good(now, level=n, total=4 * n))
                fresh, answered_at, goods = OK, n, goods + 1
            else:
                subject.answered(bad(now, ANSWERS[happens]))
                fresh, answered_at = happens, -1
        assert subject.overdue(now + 0.8) is waiting, (course, n)
        figures: Any = subject.figures.get("tally", {})
        assert (subject.sample is None) is (not figures)
        if waiting:
            assert subject.status.state == "stale", (course, n)
        elif fresh:
            assert subject.status.state == fresh, (course, n)
        if figures:
            # Never older than the one tick for which it was passed over.
            assert figures["level"] == answered_at >= n - 1, (course, n)
            assert ("total" in figures) <= (goods > 1)
            assert figures.get("total", 4) == 4
        else:
            assert fresh != OK, (course, n)


@pytest.mark.parametrize("first", [OK, ERROR, UNAVAILABLE, PASSED_OVER, HANGS], ids=str)
def test_every_course_of_six_ticks(first: str) -> None:
    events = (OK, ERROR, UNAVAILABLE, PASSED_OVER, HANGS, COMES_BACK)
    for rest in itertools.product(events, repeat=5):
        _walk(track(), (first, *rest))
