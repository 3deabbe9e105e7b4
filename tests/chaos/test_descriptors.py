"""Out of descriptors: viewers are sent their ticks, and others are served as soon as may be."""

from tests.chaos import scarcity
from tests.chaos.contrast import contrast


async def test_out_of_descriptors_nobody_who_is_in_notices() -> None:
    await contrast(*scarcity.ALL)
