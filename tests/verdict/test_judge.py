"""Shares add up, the right one is first, and what is nobody's is said to be."""

from typing import Any

import pytest

from monitor.verdict import judge as judging
from monitor.verdict.evidence import CPU, DISK, MEMORY, NETWORK, Actor, Evidence, Kind, Level
from monitor.verdict.judge import Verdict, judge
from monitor.verdict.words import quantity, span, summary

START = 1_795_429_300.0


def actor(name: str, before: float, during: float, **more: Any) -> Actor:
    """A process that was there all the time, if nothing else is said."""
    more = {"pid": sum(map(ord, name)), "started": START - 500, "seen": 60.0} | more
    return Actor(name=name, own=Level(before, during), **more)


def verdict(
    *actors: Actor,
    total: tuple[float, float] | None = None,
    kind: Kind = CPU,
    spread: float = 0.0,
    named: dict[str, Level] | None = None,
) -> Verdict:
    """On a minute; the machine's figure is the sum, unless it is said to be another."""
    if total is None:
        total = (sum(a.own.before for a in actors), sum(a.own.during for a in actors))
    evidence = Evidence(
        kind, START, START + 60, (START - 60, START), Level(*total), spread, actors, named or {}
    )
    return judge(evidence)


def shares(found: Verdict) -> dict[str, float]:
    return {one.name: round(one.share, 3) for one in found.culprits}


def test_shares_are_of_all_that_rose_and_add_up() -> None:
    found = verdict(actor("a", 0.1, 0.8), actor("b", 0, 0.3), actor("idle", 0.5, 0.5))
    assert shares(found) == {"a": 0.7, "b": 0.3}
    assert found.change == pytest.approx(1.0) and found.unexplained == 0


def test_what_fell_meanwhile_takes_nothing_from_the_shares_of_what_rose() -> None:
    found = verdict(actor("a", 0, 1.0), actor("b", 0.4, 0.0))
    assert shares(found) == {"a": 1.0}
    assert found.change == pytest.approx(0.6)


def test_a_fall_is_explained_by_what_fell() -> None:
    found = verdict(actor("a", 2.0, 0.0), actor("b", 0.1, 0.2))
    assert shares(found) == {"a": 1.0}
    assert found.culprits[0].change == pytest.approx(-2.0)
    assert "2 cores less than in the minute before" in summary(found)


def test_what_is_nobodys_is_named() -> None:
    found = verdict(actor("a", 0, 0.5), total=(0.0, 1.0), named={"steal": Level(0.0, 0.3)})
    assert shares(found) == {"a": 0.5, "steal": 0.3, "what ended unseen": 0.2}
    assert found.unexplained == pytest.approx(0.2)
    assert sum(one.share for one in found.culprits) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("total", "spread", "stands_out"),
    [((1.0, 1.04), 0.0, False), ((1.0, 1.06), 0.0, True), ((1.0, 1.5), 0.2, False)],
)
def test_within_the_noise_of_the_time_before_nothing_stands_out(
    total: tuple[float, float], spread: float, *, stands_out: bool
) -> None:
    found = verdict(actor("a", 0, total[1] - total[0]), total=total, spread=spread)
    assert found.stands_out is stands_out
    assert bool(found.culprits) is stands_out
    assert summary(found).startswith("Nothing stands out") is not stands_out


def test_time_of_brief_children_is_their_parents() -> None:
    parent = actor("make", 0, 0.1, pid=40)
    parent.children = Level(0.0, 0.5)
    brief = [actor(f"cc{n}", 0, 0.1, pid=50 + n, parent=40, seen=1.0) for n in range(3)]
    found = verdict(parent, *brief, total=(0.0, 0.9))
    [first] = found.culprits
    assert (first.name, first.kind, first.share) == ("make", judging.SHORT_LIVED, 1.0)
    assert summary(found).startswith("Short-lived children of make (pid 40")


def test_one_who_came_to_stay_is_not_his_parents() -> None:
    young = actor("ffmpeg", 0, 0.9, parent=40, seen=20.0)
    found = verdict(actor("bash", 0, 0, pid=40), young)
    assert found.culprits[0].name == "ffmpeg"


def test_many_of_one_name_are_told_of_together_unless_one_did_it() -> None:
    crowd = [actor("cc1plus", 0, 0.1, pid=n, user="me") for n in range(1, 11)]
    found = verdict(*crowd)
    [first] = found.culprits
    assert (first.kind, first.count, first.user, first.pid) == (judging.GROUP, 10, "me", None)
    assert "10 of cc1plus (me)" in summary(found)
    found = verdict(
        actor("python", 0, 2.0, pid=99), *(actor("python", 0, 0.05, pid=n) for n in (1, 2))
    )
    assert (found.culprits[0].pid, found.culprits[0].kind) == (99, judging.PROCESS)


def test_of_very_many_the_last_are_one_line_and_shares_still_add_up() -> None:
    found = verdict(*(actor(f"p{n:02}", 0, 0.1 + n / 100, pid=n + 1) for n in range(30)))
    assert len(found.culprits) == judging.MOST + 1
    assert found.culprits[-1].name == "20 others" and found.culprits[-1].kind == judging.OTHERS
    assert sum(one.share for one in found.culprits) == pytest.approx(1.0)


def test_threads_of_the_kernel_are_told_for_what_they_are() -> None:
    found = verdict(actor("kswapd0", 0, 0.9, kernel=True))
    assert found.culprits[0].kind == judging.KERNEL


def test_what_may_not_be_read_is_named() -> None:
    hidden = actor("postgres", 0, 0, denied="files, io")
    found = verdict(actor("cp", 0, 2e6), hidden, total=(0, 8e6), kind=DISK)
    assert shares(found)["processes that may not be read"] == 0.75


def test_without_processes_only_what_is_named_is_told() -> None:
    named = {"what was received by eth0": Level(0, 9e6), "what was sent by eth0": Level(0, 1e6)}
    found = verdict(total=(0, 10e6), kind=NETWORK, named=named)
    assert shares(found) == {"what was received by eth0": 0.9, "what was sent by eth0": 0.1}


def test_the_sentence_says_who_whose_since_when_and_how_much() -> None:
    hog = actor("hog", 0, 600 * 2**20, pid=7, user="alice", unit="hog.service")
    said = summary(verdict(hog, kind=MEMORY))
    assert said.startswith("hog (pid 7, alice, hog.service, since ")
    assert said.endswith(") took 600 MiB more than in the minute before, 100 % of what was more.")


def test_a_second_one_is_told_too() -> None:
    said = summary(verdict(actor("seventy", 0, 0.7), actor("thirty", 0, 0.3)))
    assert "70 % of what was more; thirty (" in said and said.endswith(") 30 %.")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (2.94, "cores", "2.9 cores"),
        (0.21, "cores", "21 % of a core"),
        (512.0, "bytes", "512 B"),
        (1.5 * 2**30, "bytes", "1.5 GiB"),
        (12_300_000.0, "bytes/s", "12.3 MB/s"),
    ],
)
def test_quantities_are_as_people_read_them(value: float, unit: str, text: str) -> None:
    assert quantity(value, unit) == text


def test_spans_are_in_words() -> None:
    assert [span(s) for s in (30, 60, 600)] == ["30 seconds", "minute", "10 minutes"]
