"""What a viewer missed is there in order, for so long and in so many bytes, or not at all."""

import zlib

from monitor.live.replay import REPLAY_S, Replay

ROOM = 1 << 20
NOISE = bytes(range(128)) * 2


def filled(ticks: int, *, room: int = ROOM, period: float = 1.0) -> Replay:
    subject = Replay(room)
    for seq in range(1, ticks + 1):
        subject.add(seq - 1, seq, f"patch {seq}".encode(), seq * period)
    return subject


def missed(subject: Replay, seq: int) -> list[str]:
    return [frame.decode() for _, frame in subject.after(seq)]


def test_all_that_came_after_a_document_is_had_in_order() -> None:
    subject = filled(5)
    for seq in range(5):
        assert seq in subject
        assert missed(subject, seq) == [f"patch {n}" for n in range(seq + 1, 6)]
    assert [seq for seq, _ in subject.after(2)] == [3, 4, 5]


def test_nothing_is_known_of_the_newest_document_and_of_those_that_never_were() -> None:
    subject = filled(5)
    for seq in (5, 6, -1):
        assert seq not in subject
        assert missed(subject, seq) == []


def test_fifteen_minutes_are_kept_and_no_more() -> None:
    subject = filled(1_000)
    first = 1_000 - round(REPLAY_S)
    assert first - 1 in subject
    assert first - 2 not in subject
    assert len(missed(subject, first - 1)) == REPLAY_S + 1
    slow = filled(100, period=60.0)
    assert (84 in slow, 83 in slow) == (True, False)


def test_the_bytes_are_bounded_and_the_oldest_go_first() -> None:
    room = 50 * len(zlib.compress(NOISE, 1))
    subject = Replay(room)
    for seq in range(1, 200):
        subject.add(seq - 1, seq, NOISE, 0.0)
    assert (149 in subject, 148 in subject) == (True, False)
    assert len(missed(subject, 149)) == 50


def test_a_patch_that_has_no_room_at_all_leaves_nothing_behind() -> None:
    subject = Replay(10)
    subject.add(0, 1, NOISE, 0.0)
    assert missed(subject, 0) == []
    subject.add(1, 2, b"", 0.0)
    assert missed(subject, 1) == [""]


def test_a_chain_that_breaks_begins_anew() -> None:
    subject = filled(5)
    subject.add(7, 8, b"patch 8", 8.0)
    assert 4 not in subject
    assert missed(subject, 7) == ["patch 8"]
    subject.forget()
    assert 7 not in subject


def test_a_tick_that_was_passed_over_is_no_break() -> None:
    """Where a tick could not be shown, the next one's patch applies to the one before."""
    subject = filled(3)
    subject.add(3, 5, b"patch 5", 5.0)
    assert missed(subject, 2) == ["patch 3", "patch 5"]
