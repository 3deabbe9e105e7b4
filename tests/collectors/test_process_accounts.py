"""Time of children that nobody saw goes to whoever reaped them, and time that was seen does not."""

from monitor.collectors.process_accounts import SETTLEMENTS, Accounts


def test_what_a_parent_reaps_of_children_never_seen_is_unseen() -> None:
    assert Accounts().settle({7: 50}) == {7: 50}


def test_what_was_seen_of_a_child_is_not_counted_again() -> None:
    accounts = Accounts()
    accounts.ended({100: (7, 40)})
    # Ten ticks are from after it was last looked at.
    assert accounts.settle({7: 50}) == {7: 10}
    assert accounts.settle({7: 50}) == {7: 50}


def test_a_child_of_ten_hours_is_no_spike_of_its_parent() -> None:
    accounts = Accounts()
    accounts.ended({100: (7, 3_600_000)})
    assert accounts.settle({7: 3_600_000}) == {}


def test_the_parent_may_be_read_before_it_reaps() -> None:
    accounts = Accounts()
    accounts.ended({100: (7, 40)})
    assert accounts.settle({}) == {}
    assert accounts.settle({7: 40}) == {}


def test_what_a_parent_reaps_in_two_steps_is_set_against_both() -> None:
    accounts = Accounts()
    accounts.ended({100: (7, 40)})
    assert accounts.settle({7: 30}) == {}
    assert accounts.settle({7: 30}) == {7: 20}


def test_of_a_child_whose_time_was_never_added_nothing_is_held_against_others_for_ever() -> None:
    """Its parent ignores SIGCHLD: wait(2), notes."""
    accounts = Accounts()
    accounts.ended({100: (7, 40)})
    for _ in range(SETTLEMENTS + 1):
        assert accounts.settle({}) == {}
    assert accounts.settle({7: 40}) == {7: 40}


def test_where_a_line_of_parents_ends_at_once_the_last_one_left_is_charged() -> None:
    """sh -c "make" reaped by 7: make's time is in that of sh, and that is what 7 is charged."""
    accounts = Accounts()
    accounts.ended({100: (7, 5), 101: (100, 40), 102: (101, 3)})
    assert accounts.settle({7: 50}) == {7: 2}


def test_what_was_held_against_one_that_ended_is_forgotten_with_it() -> None:
    accounts = Accounts()
    accounts.ended({101: (100, 40)})
    accounts.ended({100: (7, 45)})
    assert accounts.settle({7: 45}) == {}


def test_processes_that_call_each_other_parent_are_no_endless_loop() -> None:
    accounts = Accounts()
    accounts.ended({1: (2, 5), 2: (1, 5), 3: (3, 5)})
    assert accounts.settle({9: 1}) == {9: 1}
