"""What descriptors there are is shared out so that nothing takes those of another."""

import pytest

from monitor import descriptors
from monitor.descriptors import EACH_REQUEST, MAX_KEPT, OWN, shares


@pytest.mark.parametrize("limit", [64, 100, 256, 257, 1_000, 1_024, 4_096, 20_000, 524_288])
def test_all_shares_together_are_no_more_than_there_are(limit: int) -> None:
    share = shares(limit)
    assert OWN + share.kept + EACH_REQUEST * share.requests + share.viewers <= limit


def test_a_limit_of_64_has_room_for_a_few_of_each() -> None:
    share = shares(64)
    assert share.viewers >= 8 and share.requests >= 6


def test_the_usual_limit_has_room_for_the_usual_number_of_viewers() -> None:
    assert shares(1024).viewers >= 256


@pytest.mark.parametrize(
    ("limit", "kept"), [(64, 0), (256, 0), (1024, 384), (524_288, MAX_KEPT), (-1, MAX_KEPT)]
)
def test_files_are_kept_open_only_beyond_the_first_few(
    limit: int, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda of: (limit, limit))
    assert shares(descriptors.limit()).kept == kept


def test_there_is_always_room_for_a_viewer() -> None:
    assert shares(3).viewers == 1
