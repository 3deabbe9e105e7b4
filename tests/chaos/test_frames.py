"""Bad frames are answered as the RFC says and cost nobody anything."""

from tests.chaos import frames
from tests.chaos.contrast import contrast


async def test_bad_frames_are_answered_as_the_rfc_says_and_hurt_nobody() -> None:
    await contrast(*frames.ALL)
