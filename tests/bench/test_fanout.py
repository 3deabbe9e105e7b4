"""`python -m bench fanout`: every method reaches everybody, and each figure is judged as it is."""

import asyncio
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from bench import fanout
from bench.fanout_drawing import drawing
from bench.fanout_report import KIB, READ, TIMED, WATCHED, Case, Real, Round, page, targets
from bench.fanout_server import METHODS
from tests.collectors.sources import on_linux

TIMES = {"floor": 7e-6, "hub": 8e-6, "broadcast": 12e-6, "send_json": 20e-6}
REAL = Real(1_000, [0.030, 0.032], [0.010, 0.012], 6_400, [800, 640, 900])
LONG_S = 60


def case(viewers: int, size: int = 6_144) -> Case:
    """One in which the second timed round was disturbed, for all alike."""
    made = Case(viewers, size)
    quiet = Round(TIMED, 0.0, 0.0, 0.0, [])
    for method, time in TIMES.items():
        made.memory[method] = 20 * KIB
        for disturbed in (1, 3):
            made.add(method, replace(quiet, cpu=time * viewers * disturbed))
        made.add(method, Round(READ, 1.0, 0.05, 0.0, [0.001] * 98 + [0.002, 0.009]))
        for stall in (0.002, 0.009):
            made.add(method, Round(WATCHED, 1.0, 0.05, stall, [0.5]))
    return made


def test_a_ratio_is_of_the_same_round_and_only_of_those_that_were_timed() -> None:
    assert case(1_000).ratio("hub", "floor") == pytest.approx(8 / 7)
    assert case(1_000).ratio("hub", "broadcast") == pytest.approx(8 / 12)
    assert case(1_000).cpu("hub") == pytest.approx(16)


def test_the_way_to_the_viewers_and_the_stalls_are_of_their_own_rounds() -> None:
    assert case(1_000).latency("hub", 0.5) == pytest.approx(1)
    assert case(1_000).latency("hub", 0.99) == pytest.approx(2)
    assert case(1_000).length("hub") == pytest.approx(50)
    assert case(1_000).stall("hub").most == pytest.approx(9)


def test_each_target_of_the_issue_is_judged_by_its_own_figure() -> None:
    judged = {t.what: (t.limit, t.figure, t.met) for t in targets([case(5_000)], REAL)}
    assert judged == {
        "5,000 viewers, 6 KiB: CPU over the floor's": (1.25, pytest.approx(8 / 7), True),
        "5,000 viewers, 6 KiB: CPU over broadcast()'s": (0.7, pytest.approx(8 / 12), True),
        "5,000 viewers, 6 KiB: longest stall": (10, pytest.approx(9), True),
        "5,000 viewers, 6 KiB: RSS a connection": (24, 20, True),
        "1,000 viewers of the real host: of one core": (5, pytest.approx(2), True),
        "the real host: patch over document": (0.125, 0.125, True),
    }


def test_few_viewers_are_not_weighed() -> None:
    assert not any("RSS" in target.what for target in targets([case(100)], REAL))


def test_the_page_says_what_was_not_met() -> None:
    slow = case(1_000)
    slow.memory["hub"] = 25 * KIB
    written = page(["- a machine"], [slow], REAL)
    assert "| 25.00 KiB | **not met** |" in written
    assert "| this hub " in written
    assert "2.00 (2.00 to 2.00) % more" in written
    assert "a document of 6,400 bytes, patches of 800" in written


def test_the_drawing_is_read_on_light_and_on_dark() -> None:
    drawn = drawing([case(100), case(1_000)])
    root = ET.fromstring(drawn)
    shown = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"100 x 6 KiB", "1,000 x 6 KiB", "1.14", "this hub"} <= set(shown)
    assert "prefers-color-scheme:dark" in drawn


@on_linux
async def test_every_method_brings_every_tick_to_everybody() -> None:
    async with asyncio.timeout(LONG_S):
        made = await fanout.measure(9, 1_536, len(fanout.KINDS), 1_000)
    assert list(made.rounds) == list(METHODS)
    for method, rounds in made.rounds.items():
        assert [r.kind for r in rounds] == list(fanout.KINDS), method
        assert [len(r.latencies) for r in rounds] == [9, 9, 9], method
        assert all(r.cpu > 0 for r in rounds if r.kind == TIMED), method
