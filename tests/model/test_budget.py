"""The heavy collectors keep to what the budget leaves them, and no more slowly than they must."""

import pytest

from monitor.model.budget import LEAST_SHARE, MAX_PERIOD_S, Budget


def settled(share: float, *, rest: float, cost: float, period: float = 1.0) -> Budget:
    """A budget after a while in which a heavy collector cost so much a reading."""
    budget = Budget(share)
    for _ in range(200):
        turn(budget, rest, cost, period)
    return budget


def turn(budget: Budget, rest: float, cost: float, period: float = 1.0) -> None:
    """One reading, and all that was used until the next."""
    kept = budget.period(period)
    budget.read("heavy", cost, period)
    budget.spent(rest * kept + cost, kept)


def test_within_the_budget_nothing_is_slowed() -> None:
    assert settled(0.02, rest=0.005, cost=0.010).stretch == 1.0


def test_above_it_the_heavy_ones_are_slowed_until_they_fit() -> None:
    budget = settled(0.02, rest=0.005, cost=0.045)
    assert 0.005 + 0.045 / budget.period(1.0) == pytest.approx(0.02, rel=0.2)
    assert budget.period(1.0) == pytest.approx(3.0, rel=0.2)


def test_what_is_taken_is_told_as_it_is() -> None:
    assert Budget(0.02).taken is None
    assert settled(0.02, rest=0.005, cost=0.010).taken == pytest.approx(0.015, rel=0.01)
    assert settled(0.02, rest=0.005, cost=0.045).taken == pytest.approx(0.02, rel=0.2)


def test_a_budget_that_cannot_be_kept_is_not_said_to_be() -> None:
    """The host's own figures cost more than it allows, and are never slowed."""
    budget = settled(0.001, rest=0.004, cost=0.050)
    assert budget.period(1.0) == MAX_PERIOD_S
    assert budget.taken == pytest.approx(0.004 + 0.050 / MAX_PERIOD_S, rel=0.01)


def test_what_others_use_up_does_not_stop_them_altogether() -> None:
    """With viewers by the thousand, slowing the sweep would not give back what they cost."""
    budget = settled(0.02, rest=0.4, cost=0.010)
    assert budget.period(1.0) == pytest.approx(0.010 / (0.02 * LEAST_SHARE), rel=0.2)


def test_no_period_is_stretched_without_end() -> None:
    assert settled(0.001, rest=0.0, cost=1.0).period(1.0) == MAX_PERIOD_S
    assert settled(0.001, rest=0.0, cost=1.0, period=60.0).period(60.0) == 60.0


def test_it_is_given_back_when_there_is_room_again() -> None:
    budget = settled(0.02, rest=0.005, cost=0.045)
    for _ in range(200):
        turn(budget, 0.005, 0.005)
    assert budget.stretch == 1.0


def test_it_does_not_go_to_and_fro_when_the_cost_does() -> None:
    budget = settled(0.02, rest=0.005, cost=0.045)
    seen = set()
    for step in range(100):
        turn(budget, 0.005, 0.045 * (1.05 if step % 2 else 0.95))
        seen.add(round(budget.stretch, 1))
    assert seen <= {3.0, 3.1}


def test_one_that_is_no_longer_read_costs_nothing() -> None:
    budget = settled(0.02, rest=0.005, cost=0.045)
    budget.unread("heavy")
    for _ in range(50):
        budget.spent(0.005, 1.0)
    assert budget.stretch == 1.0
