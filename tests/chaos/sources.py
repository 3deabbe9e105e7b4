"""A collector that raises, hangs and returns nonsense, over the real stream."""

import asyncio
import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.chaos.stream import Document, Follower, following
from tests.support.faults import HANG_S
from tests.support.observed import Setup
from tests.support.subject import Subject, running

# As people run it.
INTERVAL_S = 1.0
HEALED_S = 2 * INTERVAL_S
# A tick goes out after 0.8 of its interval at the latest, and one before it may have come at once.
GAP_S = 1.9 * INTERVAL_S
# So many ticks with each fault.
FAULTY_TICKS = 2
FAULTS = ("raise", "nan", "bytes", "huge")
LONG_S = 8.0
# What every machine has.
OTHERS = ("cpu.usage", "memory.used", "monitor.ticks", "host.uptime")


@contextlib.contextmanager
def told(what: str) -> Iterator[Path]:
    """A file with these orders."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "orders")
        file.write_text(what, encoding="ascii")
        yield file


class Trial:
    """One server, whose probe is told what to do, and one viewer of it."""

    def __init__(self, subject: Subject, viewer: Follower, file: Path) -> None:
        self.subject = subject
        self.viewer = viewer
        self._file = file
        self._before = self._others()

    def tell(self, what: str) -> float:
        """The probe's orders from now on; returns now."""
        # Whole at once: the server may read it at any moment.
        new = self._file.with_suffix(".new")
        new.write_text(what, encoding="ascii")
        new.replace(self._file)
        return asyncio.get_running_loop().time()

    async def well(self) -> float:
        """When the probe's figure is there."""
        async with asyncio.timeout(LONG_S):
            return await self.viewer.until(lambda document: "level" in probe(document))

    async def gap(self) -> None:
        """The probe's figure goes, and stays away: a gap."""
        async with asyncio.timeout(LONG_S):
            await self.viewer.until(lambda document: "level" not in probe(document))

    def healed(self) -> list[float]:
        """When a hang was over."""
        return [said["healed"] for said in self.subject.said if "healed" in said]

    def unaffected(self) -> None:
        """All others are as they were: in the same state, with their figures, at each tick."""
        worse = [
            f"{name}: {state}"
            for name, state in self._others().items()
            if state != "ok" and self._before.get(name) == "ok"
        ]
        assert not worse, worse
        missing = [name for name in OTHERS if self.viewer.figure(name) is None]
        assert not missing, f"no longer known: {missing}"

    def _others(self) -> dict[str, str]:
        states = self.viewer.document.get("collector", {})
        return {name: of["state"] for name, of in states.items() if name != "probe"}


def probe(document: Document) -> Document:
    """What is known of the probe."""
    known: Document = document.get("probe", {})
    return known


async def failing_collector(kind: str) -> str:
    """A collector that raises, gives nonsense or hangs for 10 s: a gap, and soon well again."""
    with told("well") as file:
        setup = Setup(interval=INTERVAL_S, probe=str(file))
        async with running(kind, setup) as subject, following(subject.url) as [viewer]:
            async with asyncio.timeout(LONG_S):
                # All collectors that this machine has have been read.
                await viewer.ticks(3)
            trial = Trial(subject, viewer, file)
            await trial.well()
            began = viewer.at[-1]
            healed = {fault: await _faulty(trial, fault) for fault in FAULTS}
            healed["hang"] = await _hanging(trial)
            gap = max(viewer.gaps(began))
    slow = {fault: round(s, 2) for fault, s in healed.items() if s > HEALED_S}
    assert not slow, f"seconds until they were well again: {slow}"
    assert gap <= GAP_S, f"{gap:.2f} s without a tick"
    intervals = max(healed.values()) / INTERVAL_S
    return f"well again after {intervals:.2f} intervals at most, longest gap of others {gap:.2f} s"


async def _faulty(trial: Trial, fault: str) -> float:
    """Seconds from its healing to the next good figure."""
    trial.tell(fault)
    await trial.gap()
    async with asyncio.timeout(LONG_S):
        for _ in range(FAULTY_TICKS):
            await trial.viewer.tick()
            assert "level" not in probe(trial.viewer.document), f"{fault}: a figure was made up"
            trial.unaffected()
    healed = trial.tell("well")
    return await trial.well() - healed


async def _hanging(trial: Trial) -> float:
    """It hangs for 10 s, once."""
    trial.tell("hang")
    await trial.gap()
    async with asyncio.timeout(HANG_S + LONG_S):
        while not trial.healed():
            known = "level" in probe(trial.viewer.document)
            assert not known or trial.healed(), "a figure was made up"
            trial.unaffected()
            await trial.viewer.tick()
    # Both are CLOCK_MONOTONIC, of one machine.
    return await trial.well() - trial.healed()[0]
