"""A wall clock that is set back and forward while the server runs."""

import asyncio
import contextlib
import statistics
import tempfile
from collections.abc import Iterator, Mapping
from itertools import accumulate, pairwise
from pathlib import Path

from tests.chaos.stream import Follower, following
from tests.support.observed import Setup
from tests.support.subject import running

# As people run it.
INTERVAL_S = 1.0
SETUP = Setup(interval=INTERVAL_S)
# As libfaketime reads them, and in seconds from the true time.
STEPS = {"-1h": -3_600.0, "+10d": 864_000.0}
# Ticks that are looked at around each step.
TICKS = 12
PERIOD_ERROR = 0.05
LONG_S = 30.0
# How long a message may have been under way when it was compared with the true time.
SLACK_S = 60.0
LIBRARY = "libfaketimeMT.so.1"


class Watch:
    """The wall clock of a program, which is set by writing a file (libfaketime(1))."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "time"
        self.set("+0")

    def set(self, offset: str) -> None:
        """From now on it is so much later than it is."""
        new = self._file.with_suffix(".new")
        new.write_text(offset, encoding="ascii")
        new.replace(self._file)

    def environment(self) -> Mapping[str, str]:
        """What makes a program go by it. The monotonic clocks stay true."""
        found = [str(path) for path in Path("/usr").glob(f"lib*/**/faketime/{LIBRARY}")]
        assert found, f"there is no {LIBRARY}"
        return {
            "LD_PRELOAD": found[0],
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


@contextlib.contextmanager
def watch() -> Iterator[Watch]:
    """One that is right."""
    with tempfile.TemporaryDirectory() as directory:
        yield Watch(Path(directory))


async def stepped_clock(kind: str) -> str:
    """An hour back, ten days on: ticks come as before, and no rate is negative."""
    with watch() as time:
        async with (
            running(kind, SETUP, strict=False, environment=time.environment()) as subject,
            following(subject.url) as [viewer],
            asyncio.timeout(LONG_S),
        ):
            await viewer.ticks(3)
            true = viewer.times[-1] - viewer.at[-1]
            rates: list[float] = []
            periods = []
            for offset, seconds in STEPS.items():
                time.set(offset)
                periods.append(await _period(viewer, rates))
                seen = viewer.times[-1] - viewer.at[-1] - true
                assert abs(seen - seconds) < SLACK_S, f"its clock was not set: {seen:.1f} s"
            subject.assert_log_clean()
    worst = max(abs(period / INTERVAL_S - 1) for period in periods)
    assert worst <= PERIOD_ERROR, f"periods of {periods} s"
    assert rates, "there were no rates: this proved nothing"
    assert min(rates) >= 0, f"a rate of {min(rates)}"
    return f"tick period within {worst:.2%}, {len(rates)} rates, none negative"


async def _period(viewer: Follower, rates: list[float]) -> float:
    """The time between two ticks from now on, and all rates of these."""
    for _ in range(TICKS):
        await viewer.tick()
        rates.extend(value for _, value in viewer.figures(("rate", "share")))
    # The slope, and not the mean: that hangs on how long the first and last were under way. A tick
    # that a busy machine leaves out, which the server counts, leaves its place.
    came = viewer.at[-TICKS - 1 :]
    steps = (max(1, round((late - early) / INTERVAL_S)) for early, late in pairwise(came))
    return statistics.linear_regression(list(accumulate(steps, initial=0)), came).slope
