"""Seats for viewers: so many of all, so many of one host, no more than there are descriptors."""

from contextlib import ExitStack

import pytest

from monitor.live.room import NoRoom, Room, host_of


def room(viewers: int = 9, per_address: int = 9, descriptors: int = 9) -> Room:
    return Room(viewers=viewers, per_address=per_address, descriptors=descriptors)


@pytest.mark.parametrize(
    ("full", "limit"),
    [
        (room(viewers=2), "--max-viewers"),
        (room(per_address=2), "--max-viewers-per-address"),
        (room(descriptors=2), "RLIMIT_NOFILE"),
    ],
)
def test_who_finds_no_seat_is_told_which_limit_it_is(full: Room, limit: str) -> None:
    with full.seat("192.0.2.1"):
        with full.seat("192.0.2.1"), pytest.raises(NoRoom) as refused, full.seat("192.0.2.1"):
            pass
        assert str(refused.value).endswith(f": {limit}") and "\n" not in str(refused.value)
        # Whoever leaves makes room.
        with full.seat("192.0.2.1"):
            pass


def test_a_seat_is_given_back_however_the_viewer_ends() -> None:
    one = room(viewers=1)
    with pytest.raises(ConnectionResetError), one.seat("192.0.2.1"):
        raise ConnectionResetError
    with one.seat("192.0.2.2"):
        pass


def test_one_host_takes_no_more_than_its_own_seats() -> None:
    small = room(per_address=2)
    with ExitStack() as taken:
        for n in range(2):
            taken.enter_context(small.seat(f"2001:db8::{n}"))
        with pytest.raises(NoRoom):
            taken.enter_context(small.seat("2001:db8::ffff"))
        taken.enter_context(small.seat("2001:db8:0:1::1"))
        taken.enter_context(small.seat("192.0.2.1"))


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
    ],
)
def test_an_ipv6_host_is_known_by_its_network(address: str, host: str) -> None:
    assert host_of(address) == host
