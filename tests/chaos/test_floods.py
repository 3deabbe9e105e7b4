"""Floods are bounded, those who send them are shown out, and the others are served meanwhile."""

import pytest

from tests.chaos import floods
from tests.chaos.contrast import FAILED, Scenario, contrast

each = pytest.mark.parametrize("scenario", floods.FAST, ids=lambda s: s.__name__)


@each
async def test_a_flood_is_bounded_and_a_page_is_served_throughout(scenario: Scenario) -> None:
    print(await scenario("real"))


@each
async def test_a_naive_server_is_flooded(scenario: Scenario) -> None:
    with pytest.raises(FAILED) as failed:
        await scenario("naive")
    print(f"{scenario.__name__}: {failed.value!r:.200}")


async def test_a_slow_request_is_ended_and_a_page_is_served_throughout() -> None:
    await contrast(floods.slow_requests)
