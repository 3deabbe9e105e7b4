"""Who asks has an answer, however much others ask."""

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from monitor.history.archive import MAX_WAITING, Absent, Archive, Busy
from monitor.history.turns import Turns
from tests.history.figures import BEGAN, PATIENCE_S, running, settled, snapshot, wait_for


def test_all_have_their_turn() -> None:
    turns: Turns[str] = Turns(9)
    for name in "aaaabbc":
        assert turns.put(name, name) is None
    assert [turns.take() for _ in range(8)] == [*"abcabaa", None]


def test_who_has_most_makes_room_for_one_who_has_fewer() -> None:
    turns: Turns[tuple[str, int]] = Turns(4)
    for n in range(4):
        assert turns.put("greedy", ("greedy", n)) is None
    assert turns.put("greedy", ("greedy", 4)) == ("greedy", 4)
    assert turns.put("other", ("other", 0)) == ("greedy", 3)
    assert turns.put("other", ("other", 1)) == ("greedy", 2)
    assert turns.put("other", ("other", 2)) == ("other", 2), "they have as many now"
    assert turns.put("third", ("third", 0)) in {("greedy", 1), ("other", 1)}
    assert Counter(who for who, _ in iter(turns.take, None)).total() == 4


def test_there_are_never_more_than_there_may_be() -> None:
    turns: Turns[int] = Turns(10)
    kept = sum(turns.put(str(n % 7), n) is None for n in range(1000))
    assert kept == 10
    assert sum(1 for _ in iter(turns.take, None)) == 10


@contextlib.contextmanager
def asking(directory: Path) -> Iterator[Archive]:
    with running(directory) as store:
        store.add(snapshot(BEGAN))
        settled(store)
        archive = Archive(store, 1.0)
        yield archive
        archive.close()


def test_one_who_asks_all_the_time_leaves_others_their_answers(tmp_path: Path) -> None:
    go, order = threading.Event(), []

    def ask(archive: Archive, asker: str) -> "Future[None]":
        return archive.ask(lambda _: order.append(asker), asker)

    with asking(tmp_path) as archive:
        first = archive.ask(lambda _: go.wait(PATIENCE_S), "greedy")
        wait_for(first.running, "it does not begin")
        greedy = [ask(archive, "greedy") for _ in range(MAX_WAITING)]
        with pytest.raises(Busy):
            ask(archive, "greedy")
        others = [ask(archive, f"other {n}") for n in range(MAX_WAITING // 2)]
        go.set()
        for one in others:
            one.result(PATIENCE_S)
        refused = [one for one in greedy if one.exception(PATIENCE_S) is not None]
    assert len(refused) == len(others), "the last of who had most"
    assert refused == greedy[len(greedy) - len(refused) :]
    assert isinstance(refused[0].exception(), Busy)
    assert order.index("other 0") <= 1, "nobody waits for all of another's"


def named(name: str) -> bool:
    return name in {thread.name for thread in threading.enumerate()}


def test_after_a_fault_of_this_program_there_are_answers_again(tmp_path: Path) -> None:
    with asking(tmp_path) as archive:
        archive.ask(lambda reader: reader.names()).result(PATIENCE_S)
        hook, threading.excepthook = threading.excepthook, lambda _: None
        try:
            with pytest.raises(Absent):
                archive.ask(lambda _: 1 // 0).result(PATIENCE_S)
            wait_for(lambda: not named("archive"), "its thread does not end")
        finally:
            threading.excepthook = hook
        # Another has the number that it had; SQLite tells threads apart by these.
        go = threading.Event()
        others = [threading.Thread(target=go.wait, args=(PATIENCE_S,)) for _ in range(3)]
        for other in others:
            other.start()
        try:
            assert archive.ask(lambda reader: reader.names()).result(PATIENCE_S)
        finally:
            go.set()
