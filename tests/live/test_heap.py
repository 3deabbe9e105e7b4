"""Viewers that stay are not walked by the garbage collector; those that left are freed."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from monitor.live.heap import MANY, Heap


class Knot:
    """Refers to itself, as a transport of asyncio does."""

    def __init__(self) -> None:
        self.self = self


@pytest.fixture(autouse=True)
def sight() -> Iterator[None]:
    """What the tests take out of the collector's sight is put back."""
    gc.unfreeze()
    gc.collect()
    yield
    gc.unfreeze()


def crowd(heap: Heap, count: int) -> list[Knot]:
    there = []
    for number in range(count):
        there.append(Knot())
        heap.came(number + 1)
    return there


def test_a_few_viewers_change_nothing() -> None:
    there = crowd(Heap(), MANY - 1)
    assert gc.get_freeze_count() == 0
    assert all(gc.is_tracked(knot) for knot in there)


def test_many_are_no_longer_walked() -> None:
    there = crowd(Heap(), 4 * MANY)
    walked = {id(each) for each in gc.get_objects()}
    assert sum(id(knot) in walked for knot in there) == 0
    assert gc.get_freeze_count() >= len(there)


def test_those_that_left_are_freed_once_they_are_as_many_as_are_there() -> None:
    heap = Heap()
    there = crowd(heap, 4 * MANY)
    left = [weakref.ref(knot) for knot in there[: 2 * MANY]]
    del there[: 2 * MANY]
    for _ in range(2 * MANY - 1):
        heap.went()
    heap.tidy(len(there))
    assert all(knot() is not None for knot in left)
    heap.went()
    heap.tidy(len(there))
    assert all(knot() is None for knot in left)
    assert gc.get_freeze_count() >= len(there)


def test_who_comes_and_goes_one_at_a_time_is_left_to_the_collector() -> None:
    heap = Heap()
    for _ in range(10 * MANY):
        heap.came(1)
        heap.went()
        heap.tidy(0)
    assert gc.get_freeze_count() == 0
