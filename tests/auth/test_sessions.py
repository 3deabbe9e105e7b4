"""Sessions, by a clock wound by hand."""

from monitor.auth import password, sessions
from monitor.auth.accounts import Account
from monitor.auth.role import Role
from monitor.auth.sessions import IDLE_S, LIFETIME_S, Sessions
from tests.auth.test_throttle import Wound

EVE = Account("eve", Role.VIEWER, password.of_nobody())


def test_a_secret_has_256_bits_and_none_is_like_another() -> None:
    held = Sessions(Wound())
    secrets = {held.begin(EVE) for _ in range(100)}
    assert len(secrets) == 100 and {len(secret) for secret in secrets} == {43}


def test_it_ends_when_nobody_uses_it_and_when_it_is_old() -> None:
    clock = Wound()
    held = Sessions(clock)
    secret = held.begin(EVE)
    for _ in range(int(LIFETIME_S / IDLE_S)):
        assert held.find(secret) is not None
        clock.wind(IDLE_S - 1.0)
    assert held.find(secret) is not None
    clock.wind(LIFETIME_S % IDLE_S + int(LIFETIME_S / IDLE_S))
    assert held.find(secret) is None and not len(held)
    secret = held.begin(EVE)
    clock.wind(IDLE_S)
    assert held.find(secret) is None


def test_who_waits_for_its_end_is_told_once() -> None:
    clock = Wound()
    held = Sessions(clock)
    told: list[str] = []
    session = held.find(held.begin(EVE))
    assert session is not None
    session.tell(lambda: told.append("one"))
    gone = lambda: told.append("gone")  # noqa: E731
    session.tell(gone)
    session.forget(gone)
    held.sweep(lambda account: True)
    assert told == []
    held.sweep(lambda account: False)
    held.sweep(lambda account: False)
    held.end(session)
    assert told == ["one"]
    session.tell(lambda: told.append("late"))
    assert told == ["one", "late"]


def test_there_are_so_many_and_the_one_used_longest_ago_goes() -> None:
    clock = Wound()
    held = Sessions(clock)
    secrets = []
    for _ in range(sessions.MAX_SESSIONS):
        secrets.append(held.begin(EVE))
        clock.wind(1.0)
    assert held.find(secrets[0]) is not None
    held.begin(EVE)
    assert held.find(secrets[0]) is not None and held.find(secrets[1]) is None
    assert len(held) == sessions.MAX_SESSIONS
