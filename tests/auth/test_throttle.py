"""How often a host may try, by a clock wound by hand."""

from monitor.auth import throttle
from monitor.auth.throttle import FAILURES, WINDOW_S, Throttle
from tests.support.clock import HandClock


class Wound(HandClock):
    """Nobody sleeps by it."""

    def wind(self, seconds: float) -> None:
        self._monotonic += seconds


def test_a_host_has_so_many_failures_in_any_minute() -> None:
    clock = Wound()
    tries = Throttle(clock)
    for _ in range(FAILURES):
        assert tries.begin("a") == 0.0
        clock.wind(1.0)
    assert tries.begin("b") == 0.0
    assert tries.begin("a") == WINDOW_S - FAILURES
    # Asking again does not make it longer; the oldest failure is forgotten after a minute.
    assert tries.begin("a") == WINDOW_S - FAILURES
    clock.wind(WINDOW_S - FAILURES)
    assert tries.begin("a") == 0.0
    assert tries.begin("a") > 0.0


def test_who_was_right_has_not_tried() -> None:
    tries = Throttle(HandClock())
    for _ in range(10 * FAILURES):
        assert tries.begin("a") == 0.0
        tries.forgive("a")
    tries.forgive("nobody")


def test_it_remembers_so_many_hosts_and_those_that_tried_last() -> None:
    tries = Throttle(HandClock())
    for _ in range(FAILURES):
        tries.begin("first")
    for number in range(throttle.MAX_HOSTS - 1):
        tries.begin(str(number))
    assert tries.begin("first") > 0.0
    tries.begin("one more")
    assert tries.begin("first") == 0.0
