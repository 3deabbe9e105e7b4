"""What is said to fit is what fits."""

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor import collectors
from monitor.history import extent, keeper, roller
from monitor.history.extent import Extent, Part, fitted, rated
from monitor.history.tier import HOUR, MADE_OF, TIERS
from monitor.history.writer import Writer
from monitor.model.sample import Figures
from monitor.model.schema import Schema
from tests.history.figures import BEGAN, reading, writing

# A minute of a machine under a mixed load, as its sampler recorded it.
TICKS = Path(__file__).parents[1] / "fixtures" / "history" / "ticks.jsonl.gz"
FAMILIES = ("cpu", "core", "memory", "network", "pressure")
SIZE = 7 << 20
# Until what is kept and what goes are in balance.
LONG_S = 30 * HOUR
WITHIN = 0.25


def replayed(start: float) -> Iterator[tuple[float, Figures]]:
    """Those ticks for ever, a second apart; no two minutes are alike."""
    with gzip.open(TICKS) as file:
        ticks = [{f: t[f] for f in FAMILIES} for t in map(json.loads, file)]
    dice, moment = random.Random(1), start
    while True:
        scale = dice.uniform(0.9, 1.1)
        for tick in ticks:
            moment += 1.0
            yield moment, scaled(tick, scale)


def scaled(tick: Figures, scale: float) -> Figures:
    """Rates and shares, which are floats, times that."""

    def times(value: object) -> object:
        if isinstance(value, dict):
            return {name: times(one) for name, one in value.items()}
        return value * scale if isinstance(value, float) else value

    return {family: times(values) for family, values in tick.items()}  # type: ignore[misc]


def feed(writer: Writer, ticks: Iterator[tuple[float, Figures]], seconds: float) -> None:
    for n in range(int(seconds)):
        writer.take(*next(ticks))
        if n % 5 == 4 and writer.save():
            for _ in writer.work():
                pass


@pytest.fixture
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is coarser is kept for hours only."""
    kept = (TIERS[0].keep, 12 * HOUR, 18 * HOUR, 24 * HOUR)
    short = tuple(replace(tier, keep=kept[tier.number]) for tier in TIERS)
    made = {one: MADE_OF[tier] for one, tier in zip(short, TIERS, strict=True)}
    for module in (keeper, extent):
        monkeypatch.setattr(module, "TIERS", short)
    monkeypatch.setattr(roller, "MADE_OF", MADE_OF | made)
    monkeypatch.setattr(extent, "RAW", short[0])


def told(writer: Writer) -> Extent:
    with reading(writer) as reader:
        return reader.extent(SIZE)


@pytest.mark.usefixtures("briefly")
def test_after_an_hour_it_is_known_what_will_fit(tmp_path: Path) -> None:
    with writing(tmp_path, SIZE, Schema(collectors.record_types())) as writer:
        # What is made at each full hour is of ten minutes then, which takes more than an hour does.
        ticks = replayed(BEGAN + 3000)
        feed(writer, ticks, 1500)
        assert {part.fits for part in told(writer).figures} == {None}, "nobody can know"
        feed(writer, ticks, HOUR - 1500)
        early = told(writer).figures
        feed(writer, ticks, LONG_S - HOUR)
        held = [writer.shelf.stock[tier.number].seconds for tier in TIERS]
    assert 12 * HOUR < held[0] < early[0].keeps, "neither its age nor its floor bounds it"
    for part, seconds in zip(early, held, strict=True):
        assert part.fits == pytest.approx(seconds, rel=WITHIN)


def part(rate: float | None, keeps: float) -> Part:
    return Part(1.0, None, 0.0, 0, 0, keeps, rate)


@pytest.mark.parametrize(
    ("room", "fits"),
    [
        (1000.0, [100.0, 100.0, 100.0]),  # for all
        (300.0, [80.0, 100.0, 100.0]),  # the first goes first
        (150.0, [20.0, 70.0, 100.0]),  # but not all of it; then the next
        (40.0, [20.0, 0.0, 0.0]),
    ],
)
def test_where_the_size_does_not_suffice_the_first_goes_first(
    room: float, fits: list[float]
) -> None:
    parts = [part(2.0, 100.0), part(1.0, 100.0), part(0.4, 100.0)]
    assert [one.fits for one in fitted(parts, room, [40.0, 0.0, 0.0])] == fits


def test_what_is_not_known_is_not_said() -> None:
    assert [one.fits for one in fitted([part(None, 9.0)], 100.0, [0.0])] == [None]
    fresh = [Part(1.0, BEGAN, 1500.0, 1500, 9000, 9.0), Part(10.0, None, 0.0, 0, 0, 9.0)]
    assert [one.rate for one in rated(fresh, [300.0, 600.0], 3.0)] == [None, None]


def test_what_is_not_there_yet_is_expected_of_the_finest() -> None:
    finest = Part(1.0, BEGAN, 3600.0, 3600, 7200, 9.0)
    brief = Part(10.0, BEGAN, 600.0, 60, 1200, 9.0)
    there = Part(60.0, BEGAN, 7200.0, 120, 1800, 9.0)
    assert [one.rate for one in rated([finest, brief, there], [300.0, 3600.0, 3600.0], 3.0)] == [
        2.0,
        0.6,
        0.25,
    ]
