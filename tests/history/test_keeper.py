"""The history's size is never exceeded, and what goes first is what is least missed."""

import os
import random
from pathlib import Path

import pytest

from monitor.history import keeper
from monitor.history.tier import HOURS, MINUTES, RAW, SECONDS, TIERS, Tier
from monitor.history.writer import Writer
from monitor.model.sample import Figures
from tests.history.figures import BEGAN, record_, ticked, writing

SMALL = 4 << 20


def noise(dice: random.Random) -> Figures:
    """40 series in which nothing repeats."""
    return ticked(core={str(n): {"usage": dice.random()} for n in range(40)})


def bytes_of(directory: Path) -> int:
    return sum(entry.stat().st_size for entry in os.scandir(directory))


def fill(writer: Writer, directory: Path, ticks: int, start: float = BEGAN) -> int:
    """Feed noise; the most bytes that the directory ever held."""
    dice = random.Random(1)
    most = 0
    for n in range(ticks):
        writer.take(start + n, noise(dice))
        if n % 5 == 4:
            rolls = writer.save()
            most = max(most, bytes_of(directory))
            for _ in writer.work() if rolls else ():
                most = max(most, bytes_of(directory))
    return most


def test_the_size_is_never_exceeded_and_used(tmp_path: Path) -> None:
    with writing(tmp_path, SMALL) as writer:
        most = fill(writer, tmp_path, 50_000)
        assert SMALL * 0.6 < most <= SMALL
        held = {tier: writer.shelf.stock[tier.number].seconds for tier in TIERS}
    # 50,000 s of noise would be 5 MB.
    assert 10_000 < held[RAW] < 35_000, "the finest goes first"
    assert held[SECONDS] > 46_000 and held[MINUTES] > 46_000 and held[HOURS] > 0


def test_the_oldest_goes_first(tmp_path: Path) -> None:
    with writing(tmp_path, SMALL) as writer:
        fill(writer, tmp_path, 50_000)
        oldest = writer.shelf.oldest(RAW)
        assert oldest is not None
        assert oldest.start > BEGAN + 15_000
        last = max(row[0] for row in writer.file.db.execute("SELECT max(end) FROM block"))
        assert last >= BEGAN + 46_000


def test_a_smaller_size_is_kept_to_by_what_is_there_already(tmp_path: Path) -> None:
    with writing(tmp_path, 4 * SMALL) as writer:
        fill(writer, tmp_path, 50_000)
    assert bytes_of(tmp_path) > SMALL * 1.1
    with writing(tmp_path, SMALL) as writer:
        most = fill(writer, tmp_path, 1_000, BEGAN + 100_000)
        assert most <= SMALL
        assert writer.shelf.stock[MINUTES.number].seconds > 46_000


def test_age_is_time_that_was_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not the wall clock's, which may be set to anything."""
    kept = {0: 3600.0, 1: 7200.0, 2: 10_800.0, 3: 86_400.0}
    short = tuple(
        Tier(t.number, t.step, t.span, t.over, t.joins, kept[t.number], t.floor) for t in TIERS
    )
    monkeypatch.setattr(keeper, "TIERS", short)
    with writing(tmp_path) as writer:
        record_(writer, BEGAN, 3 * 3600)
        assert 3300 <= writer.shelf.stock[0].seconds <= 4500
        # Ten years ahead for a moment: nothing is older by that.
        record_(writer, BEGAN + 10 * 365 * 86_400, 600)
        record_(writer, BEGAN + 4 * 3600, 3600)
        oldest = writer.shelf.oldest(SECONDS)
        assert oldest is not None and oldest.start == BEGAN + 3600
        assert 6000 <= writer.shelf.stock[1].seconds <= 10_800
