"""A viewer may ask for a lot, and is shown out when it asks for more than that."""

import random
from collections import deque

import pytest

from monitor.live.conduct import (
    MAX_ERRORS,
    MAX_MESSAGES_A_SECOND,
    Conduct,
)

START = 5_000.0


def test_so_many_messages_at_once_are_heard_and_one_more_is_not() -> None:
    conduct = Conduct()
    heard = [conduct.heard(START) for _ in range(MAX_MESSAGES_A_SECOND)]
    assert heard == [None] * MAX_MESSAGES_A_SECOND
    reason = conduct.heard(START)
    assert reason is not None
    assert str(MAX_MESSAGES_A_SECOND) in reason


def test_so_many_messages_a_second_are_heard_for_ever() -> None:
    conduct = Conduct()
    for n in range(10_000):
        assert conduct.heard(START + n / MAX_MESSAGES_A_SECOND) is None


def test_a_second_begins_anywhere() -> None:
    """No 65 within a second, not even around the end of a second that was counted."""
    conduct = Conduct()
    conduct.heard(START)
    for _ in range(MAX_MESSAGES_A_SECOND - 1):
        assert conduct.heard(START + 0.99) is None
    assert conduct.heard(START + 1.0) is None  # the first one is a second old
    assert conduct.heard(START + 1.01) is not None


@pytest.mark.parametrize("seed", range(10))
def test_it_agrees_with_a_plain_count_of_the_last_second(seed: int) -> None:
    chance = random.Random(seed)
    conduct, now, banned = Conduct(), START, 0
    last: deque[float] = deque()
    for _ in range(5_000):
        now += chance.expovariate(chance.choice((30, 64, 400)))
        last.append(now)
        while now - last[0] >= 1.0:
            last.popleft()
        reason = conduct.heard(now)
        assert (reason is not None) == (len(last) > MAX_MESSAGES_A_SECOND)
        if reason is not None:  # it is shown out; the next one comes
            conduct, last, banned = Conduct(), deque(), banned + 1
    assert banned


def test_twenty_errors_are_answered_and_one_more_is_not() -> None:
    conduct = Conduct()
    assert [conduct.erred() for _ in range(MAX_ERRORS)] == [None] * 20
    reason = conduct.erred()
    assert reason is not None
    assert "20" in reason


def test_a_reason_fits_into_a_close_frame() -> None:
    """RFC 6455, 5.5: a control frame has at most 125 bytes, two of which are the code."""
    conduct = Conduct()
    reasons = [conduct.heard(START) for _ in range(101)] + [conduct.erred() for _ in range(21)]
    assert all(len(reason.encode()) <= 123 for reason in reasons if reason is not None)
