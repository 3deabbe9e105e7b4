"""Each end of life, on the real server, and the proof that each test can fail."""

import pytest

from tests.life import scenarios
from tests.life.scenarios import Scenario
from tests.support.subject import running

each = pytest.mark.parametrize("scenario", scenarios.ALL, ids=lambda s: s.__name__)


@each
async def test_it_ends_well(scenario: Scenario) -> None:
    async with running("real") as subject:
        await scenario(subject)


@each
async def test_a_naive_server_does_not(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    # It fails long before 10,000; the time is better spent elsewhere.
    monkeypatch.setattr(scenarios, "CYCLES", 2_000)
    async with running("naive") as subject:
        with pytest.raises((AssertionError, TimeoutError, OSError)) as failed:
            await scenario(subject)
    print(f"{scenario.__name__}: {failed.value!r:.200}")
