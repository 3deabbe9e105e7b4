"""A connection goes one way: joined, ending, gone; and says so once each."""

import itertools
import logging
from typing import Any

import pytest

from monitor.live import connection
from monitor.live.connection import Connection, State

JOINED_AT = 5_000.0
FRAME = 100
# What can happen to a connection, in any order and any number of times.
DISCONNECT_A, DISCONNECT_B, CLOSED_C, CLOSED_D = "end a", "end b", "gone c", "gone d"
EVENTS = (DISCONNECT_A, DISCONNECT_B, CLOSED_C, CLOSED_D)
LONGEST = 6

Lines = list[tuple[int, str, dict[str, Any]]]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Lines:
    """What is logged: level, event, fields."""
    logged: Lines = []

    def note(logger: logging.Logger, level: int, name: str, /, **fields: Any) -> None:
        logged.append((level, name, fields))

    monkeypatch.setattr(connection, "event", note)
    return logged


def _happen(subject: Connection, what: str, now: float) -> None:
    kind, _, reason = what.partition(" ")
    if kind == "end":
        began = subject.open
        assert subject.disconnect(reason, now) is began
    else:
        subject.closed(reason, now, messages=3, size=3 * FRAME)


def _walk(course: tuple[str, ...], lines: Lines) -> None:
    lines.clear()
    subject = Connection(7, "127.0.0.1:5", JOINED_AT)
    assert subject.state is State.CONNECTED
    assert subject.open
    state, reason, gone_at = State.CONNECTED, "", 0.0
    for n, what in enumerate(course):
        now = JOINED_AT + n
        _happen(subject, what, now)
        reason = reason or what[-1]  # the first one given, whatever follows
        to = State.CLOSED if what.startswith("gone") else State.DISCONNECTING
        if to is State.CLOSED and state is not State.CLOSED:
            gone_at = now
        state = max(state, to, key=lambda s: s.value)  # no way back
        assert subject.state is state
        assert subject.open is (state is State.CONNECTED)
        assert subject.reason == reason
    told = [line for line in lines if line[0] >= logging.INFO]
    joins = [fields for _, name, fields in told if name == "viewer.join"]
    leaves = [fields for _, name, fields in told if name == "viewer.leave"]
    assert len(told) == len(joins) + len(leaves)
    assert joins == [{"viewer": 7, "peer": "127.0.0.1:5"}]
    if state is not State.CLOSED:
        assert leaves == []
        return
    assert leaves == [
        {
            "viewer": 7,
            "peer": "127.0.0.1:5",
            "seconds": gone_at - JOINED_AT,
            "messages": 3,
            "bytes": 3 * FRAME,
            "reason": reason,
        }
    ]
    assert lines[-1][1] == "viewer.leave"


def test_every_sequence_of_events(lines: Lines) -> None:
    for length in range(LONGEST + 1):
        for course in itertools.product(EVENTS, repeat=length):
            _walk(course, lines)


def test_the_beginning_of_the_end_is_logged_once_and_only_for_who_looks_for_it(
    lines: Lines,
) -> None:
    for course in itertools.product(EVENTS, repeat=4):
        _walk(course, lines)
        ends = [(level, fields["reason"]) for level, name, fields in lines if name == "viewer.end"]
        assert ends == [(logging.DEBUG, w[-1]) for w in course][:1]
