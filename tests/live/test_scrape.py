"""A scrape has all that answers, in time, whatever does not; and asks that no second time."""

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families as parsed

from monitor.clock import SystemClock
from monitor.collectors import textfile
from monitor.collectors.collector import Collector
from monitor.live import scrape as subject
from monitor.live import textfiles
from monitor.live.scrape import Scrape
from monitor.model.metric import COUNT, KERNEL, Record, gauge, record
from monitor.model.sample import Snapshot
from monitor.model.schema import Schema
from monitor.wire import prometheus
from tests.live import threads
from tests.live.fakes import Hanging, calls, collector

LIMIT_S = 20.0


@record
class Counted(Record):
    """What the kernel counts."""

    FAMILY = "counted"
    TOPIC = KERNEL
    level: int | None = gauge(COUNT, "Now")


SCHEMA = Schema([Counted])


def good(name: str = "good") -> Collector:
    return collector(name, lambda: [Counted(level=1)], records=(Counted,))


def hanging(name: str = "hangs") -> tuple[Collector, Hanging]:
    hang = Hanging()

    def collect() -> list[Record]:
        list(hang())
        return []

    return collector(name, collect, records=(Counted,)), hang


class House:
    """Scrapes, each of a tick of its own."""

    def __init__(self, *collectors: Collector, textfile_dir: Path | None = None) -> None:
        self.scrape = Scrape(collectors, SCHEMA, SystemClock(), textfile_dir)
        self.seq = 0

    async def page(self, *, openmetrics: bool = False, again: bool = False) -> str:
        self.seq += not again
        snapshot = Snapshot(self.seq, 0.0, 0.0, {}, {})
        async with asyncio.timeout(LIMIT_S):
            return (await self.scrape.page(snapshot, openmetrics=openmetrics)).decode()

    async def page_with(self, text: str) -> str:
        """The first page that has it: files are read beside a scrape, which does not wait long."""
        async with asyncio.timeout(LIMIT_S):
            while text not in (page := await self.page()):
                pass
        return page

    async def success(self) -> dict[str, float]:
        """How each collector did, in the next scrape."""
        families = parsed(await self.page())
        (found,) = [f for f in families if f.name == "node_scrape_collector_success"]
        return {sample.labels["collector"]: sample.value for sample in found.samples}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "HANGS_S", 0.3)
    monkeypatch.setattr(subject, "PATIENCE_S", 0.8)


def complaints(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [vars(r)["event_fields"] for r in caplog.records if hasattr(r, "event_fields")]


async def test_one_that_hangs_is_missing_and_everything_else_is_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stuck, hang = hanging()
    house = House(good("a"), stuck, good("z"))
    before = set(threads.readers())
    for _ in range(5):
        assert await house.success() == {"a": 1.0, "hangs": 0.0, "z": 1.0}
    assert calls(stuck) == 1, "it is asked no second time"
    assert len(set(threads.readers()) - before) == 2, "it keeps its thread; the others have one"
    assert complaints(caplog) == [{"of": "hangs", "reason": subject.NO_ANSWER}]
    hang.release.set()
    async with asyncio.timeout(LIMIT_S):
        while (await house.success())["hangs"] == 0.0:
            pass
    assert calls(stuck) >= 2
    house.scrape.stop()
    await threads.ended()


async def test_several_that_hang_are_missing_and_the_page_is_there_in_time() -> None:
    stuck = [hanging(f"hangs{n}") for n in range(8)]
    house = House(*(each for each, _ in stuck), good())
    began = SystemClock().monotonic()
    first = await house.success()
    assert SystemClock().monotonic() - began < subject.PATIENCE_S + subject.RENDERING_S
    assert set(first.values()) == {0.0}, "there was no time for the last"
    async with asyncio.timeout(LIMIT_S):
        while not (await house.success())["good"]:
            pass
    assert all(calls(each) == 1 for each, _ in stuck)
    for _, hang in stuck:
        hang.release.set()
    house.scrape.stop()
    await threads.ended()


async def test_nobody_waits_for_one_that_hangs_but_the_first() -> None:
    stuck, hang = hanging()
    house = House(stuck, good())
    await house.page()
    began = SystemClock().monotonic()
    pages = await asyncio.gather(*(house.page(again=n > 0) for n in range(10)))
    assert SystemClock().monotonic() - began < subject.HANGS_S
    assert len(set(pages)) == 1
    hang.release.set()
    house.scrape.stop()
    await threads.ended()


async def test_both_formats_of_a_tick_are_of_one_reading() -> None:
    once = good()
    house = House(once)
    text = await house.page()
    assert (await house.page(openmetrics=True, again=True)).endswith("# EOF\n")
    assert await house.page(again=True) == text
    assert calls(once) == 1
    house.scrape.stop()
    await threads.ended()


async def test_without_a_thread_there_is_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    house = House(good())
    with monkeypatch.context() as as_poor:
        as_poor.setattr(threading.Thread, "start", refuse)
        with pytest.raises(subject.ScrapeFailed):
            await house.page()
    assert await house.success() == {"good": 1.0}
    house.scrape.stop()
    await threads.ended()


# --- Users' own files -----------------------------------------------------------------------------


@pytest.fixture
def dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A directory on a mount that does not answer, until it is set."""
    answers = threading.Event()

    def listdir(path: Any) -> list[str]:
        if str(path) == str(tmp_path):
            assert answers.wait(60), "nobody revived it"
        return really(path)

    really = os.listdir
    monkeypatch.setattr(os, "listdir", listdir)
    yield answers
    answers.set()


def errands() -> int:
    return sum(thread.name == "textfiles" for thread in threading.enumerate())


async def test_a_directory_that_hangs_is_told_of_and_holds_nobody_up(
    tmp_path: Path, dead: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.prom").write_text("mine 1\n")
    house = House(good(), textfile_dir=tmp_path)
    for _ in range(5):
        page = await house.page()
        assert "\nnode_textfile_scrape_error 1\n" in page and "monitor_counted_level 1" in page
    assert errands() == 1
    assert complaints(caplog) == [{"of": str(tmp_path), "reason": textfiles.LOST}]
    dead.set()
    assert "\nnode_textfile_scrape_error 0\n" in await house.page_with("\nmine 1\n")
    house.scrape.stop()
    await threads.ended()


async def test_meanwhile_what_was_read_last_stands_but_not_for_ever(
    tmp_path: Path, dead: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.prom").write_text("mine 1\n")
    dead.set()
    house = House(textfile_dir=tmp_path)
    await house.page_with("\nmine 1\n")
    dead.clear()
    page = await house.page()
    assert "\nmine 1\n" in page and "\nnode_textfile_scrape_error 1\n" in page
    monkeypatch.setattr(textfiles, "STANDS_S", 0.0)
    page = await house.page()
    assert "\nmine 1\n" not in page and "\nnode_textfile_scrape_error 1\n" in page
    house.scrape.stop()
    await threads.ended()


async def test_a_file_is_rendered_again_only_when_it_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def note(name: str, *about: Any) -> Any:
        made.append(name)
        return really(name, *about)

    really = prometheus.block_of
    monkeypatch.setattr(textfiles, "block_of", note)
    (tmp_path / "a.prom").write_text("mine 1\n")
    house = House(textfile_dir=tmp_path)
    for _ in range(3):
        await house.page_with("\nmine 1\n")
    assert made == [textfile.MTIME, "mine"]
    (tmp_path / "a.prom").write_text("mine 22\n")
    await house.page_with("\nmine 22\n")
    assert len(made) == 4
    house.scrape.stop()
    await threads.ended()


@pytest.fixture
def oddly_named(tmp_path: Path) -> Path:
    odd = os.fsencode(tmp_path) + b"/a\xff\n\x1b[2J.prom"
    Path(os.fsdecode(odd)).write_text("mine 1\n", encoding="utf-8")
    return tmp_path


async def test_names_of_files_that_are_no_text_harm_no_page(oddly_named: Path) -> None:
    house = House(textfile_dir=oddly_named)
    assert "\x1b" not in await house.page_with("\nmine 1\n")
    house.scrape.stop()
    await threads.ended()
