"""What the history costs: bytes, writes, processor time and memory, by a day of this machine.

Real ticks of the real sampler are recorded under a mixed load for some minutes; a day is then fed
from them, a minute from anywhere at a time, and faster. The floor is a table of one row a sample.
"""

import argparse
import asyncio
import gc
import math
import platform
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import monitor
from bench.day import (
    NOISE_SERIES,
    SERIES,
    DayClock,
    Tick,
    noise,
    numbers,
    record,
    replayed,
)
from bench.peers import ROOT
from bench.tables import Target, markdown
from monitor import collectors
from monitor.history.minutes import FINE
from monitor.history.reader import Reader
from monitor.history.sought import Wanted
from monitor.history.tier import DAY, HOUR, RAW, TIERS
from monitor.history.writer import Writer
from monitor.model.sample import Values
from monitor.model.schema import Schema

RESULTS = ROOT / "bench" / "results" / "history.md"
RECORD_S, QUICK_RECORD_S = 240, 30
DAY_S, QUICK_DAY_S = 86_400, 7200
SIZE = 1 << 30
MEBIBYTE, MB = 1 << 20, 1e6
NOISE_S = 3 * 3600
ASKED = 30
MONTH_STEP_S = 10.0
T = TypeVar("T")


@dataclass
class Measured:
    """What was found, by what it is of."""

    figures: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def timed(self, name: str, work: Callable[[], T]) -> T:
        began = time.thread_time()
        result = work()
        self.cpu[name] = self.cpu.get(name, 0.0) + time.thread_time() - began
        return result


def feed(directory: Path, ticks: Iterator[Tick], clock: DayClock, found: Measured) -> Writer:
    """As the store's thread does: a pack every five ticks, and what follows from it."""
    writer = Writer(directory, SIZE, Schema(collectors.record_types()), clock)
    for n, (moment, figures) in enumerate(ticks, 1):
        found.timed("taking ticks in", lambda m=moment, f=figures: writer.take(m, f))  # type: ignore[misc]
        if n % 5 == 0 and found.timed("writing", writer.save):
            found.timed("summing up", lambda: [None for _ in writer.work()])
    return writer


def written() -> float:
    """Bytes that this process has had written to storage (proc_pid_io(5))."""
    with open("/proc/self/io", encoding="ascii") as file:
        return float(dict(line.split(": ") for line in file.read().splitlines())["write_bytes"])


def main(options: argparse.Namespace) -> bool:
    """Print the tables, and keep them where the run was a full one. Whether all targets are met."""
    if not sys.platform.startswith("linux"):
        print("this one reads /proc: Linux only")
        return True
    seconds = QUICK_RECORD_S if options.quick else RECORD_S
    day = QUICK_DAY_S if options.quick else DAY_S
    found = Measured()
    # Not in memory, where nothing is written to storage.
    with tempfile.TemporaryDirectory(prefix="bench-history-", dir=ROOT / ".cache") as name:
        ticks = asyncio.run(record(seconds, name))
        print(f"recorded {len(ticks)} ticks; feeding {day}", flush=True)
        directory = Path(name)
        _day(directory, ticks, day, found)
        _noise(directory / "noise", found, NOISE_S // (10 if options.quick else 1))
        _month(directory / "month", found, 3 if options.quick else 31)
        _rows(directory / "rows.db", ticks, found)
    text = page(found, len(ticks), day)
    print(text)
    if not options.quick:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(text, encoding="utf-8")
    return all(target.met for target in targets(found))


def _day(directory: Path, ticks: list[Tick], seconds: int, found: Measured) -> None:
    clock = DayClock()
    gc.collect()
    before, rss = written(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    writer = feed(directory, replayed(ticks, seconds, clock), clock, found)
    figures, stock = found.figures, writer.shelf.stock
    series: int = writer.file.db.execute("SELECT count(*) FROM series").fetchone()[0]
    figures["series"] = series
    figures["rss, MiB"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - rss) / 1024
    figures["written, MB a day"] = (written() - before) / seconds * DAY / MB
    figures["cpu, %"] = sum(found.cpu.values()) / seconds * 100
    figures["bytes a sample"] = stock[RAW.number].size / stock[RAW.number].seconds / series
    minutes = writer.minutes.stock
    figures["processes, B/s"] = math.nan
    if minutes[FINE].seconds:
        figures["processes, B/s"] = minutes[FINE].size / minutes[FINE].seconds
    figures["processes"] = sum(len(f.get("process", ())) for _, f in ticks) / len(ticks)
    for tier in TIERS:
        held = stock[tier.number]
        rate = held.size / held.seconds * DAY / MB if held.seconds else math.nan
        figures[f"tier {tier.number}, MB a day"] = rate
    found.rows = [(f"{name}", f"{s / seconds * 1e6:.0f}") for name, s in found.cpu.items()]
    _questions(writer, clock, found)
    writer.close()
    _fits(found)


def _questions(writer: Writer, clock: DayClock, found: Measured) -> None:
    reader = Reader(writer, 1.0)
    names = [n for n in reader.names() if n[0] in ("core", "cpu", "memory", "network", "pressure")]
    wanted = [Wanted(f"{family}.{field}", key) for family, field, key in names[:ASKED]]
    end = clock.now
    for name, span, points in (
        ("1 h as recorded", HOUR, 3600), ("1 h, 1,000 points", HOUR, 1000),
        ("24 h, 1,440 points", DAY, 1440), ("24 h, 1,000 points", DAY, 1000),
    ):  # fmt: skip
        found.figures[name] = _asked(reader, wanted, end - span, end, points)
    table = []
    for _ in range(5):
        began = time.thread_time()
        reader.processes_at(end - 1000)
        table.append(time.thread_time() - began)
    found.figures["process table, ms"] = min(table) * 1e3
    reader.close()


def _asked(reader: Reader, wanted: list[Wanted], start: float, end: float, points: int) -> float:
    """Milliseconds of processor time, the best of five: others use this machine too."""
    times = []
    for _ in range(5):
        began = time.thread_time()
        reader.query(wanted, start, end, points)
        times.append(time.thread_time() - began)
    return min(times) * 1e3


def _fits(found: Measured) -> None:
    """What all that is kept would take in the end."""
    rates = [found.figures[f"tier {n}, MB a day"] * MB for n in range(4)]
    keep = [tier.keep / DAY for tier in TIERS]
    whole = sum(rate * days for rate, days in zip(rates, keep, strict=True) if not math.isnan(rate))
    found.figures["all series, MiB"] = whole / MEBIBYTE


def _noise(directory: Path, found: Measured, seconds: int) -> None:
    directory.mkdir()
    clock, other = DayClock(), Measured()
    writer = feed(directory, noise(seconds, clock), clock, other)
    held = writer.shelf.stock[RAW.number]
    found.figures["bytes a sample, noise"] = held.size / held.seconds / NOISE_SERIES
    writer.close()


def _month(directory: Path, found: Measured, days: int) -> None:
    """Questions over a month: 30 series, a tick in ten seconds, to be quick."""
    directory.mkdir()
    clock, dice = DayClock(), random.Random(3)
    writer = Writer(directory, SIZE, Schema(collectors.record_types()), clock)
    for n in range(int(days * DAY / MONTH_STEP_S)):
        clock.now += MONTH_STEP_S
        cores: dict[str, Values] = {str(c): {"usage": dice.random()} for c in range(ASKED)}
        writer.take(clock.now, {"core": cores})
        if n % 30 == 0 and writer.save():
            for _ in writer.work():
                pass
    reader = Reader(writer, MONTH_STEP_S)
    wanted = [Wanted("core.usage")]
    for points in (720, 1000, 2000):
        name = f"30 d, {points:,} points"
        found.figures[name] = _asked(reader, wanted, clock.now - 30 * DAY, clock.now, points)
    reader.close()
    writer.close()


def _rows(path: Path, ticks: list[Tick], found: Measured) -> None:
    """The floor of effort: one row a sample, in one transaction of five ticks."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("CREATE TABLE sample (series INTEGER, time REAL, value REAL)")
    samples = 0
    for moment, figures in ticks:
        rows = [(n, moment, v) for n, v in enumerate(numbers(figures))]
        samples += len(rows)
        db.execute("BEGIN")
        db.executemany("INSERT INTO sample VALUES (?, ?, ?)", rows)
        db.execute("COMMIT")
    db.close()
    found.figures["bytes a sample, a row each"] = path.stat().st_size / samples


def targets(found: Measured) -> Iterator[Target]:
    """Those of the issue."""
    figures = found.figures
    yield Target("bytes a sample as recorded, this machine", 1.0, "B", figures["bytes a sample"])
    yield Target("bytes a sample as recorded, noise", 2.0, "B", figures["bytes a sample, noise"])
    written_ = figures["written, MB a day"] * max(1.0, SERIES / figures["series"])
    yield Target(f"written a day, {SERIES} series and all processes", 200, "MB", written_)
    yield Target("adding, of one core", 0.3, "%", figures["cpu, %"])
    yield Target("process table, at each second", 600, "B/s", figures["processes, B/s"])
    yield Target(f"1 h of 1 s, {ASKED} series", 15, "ms", figures["1 h as recorded"])
    yield Target(f"24 h, {ASKED} series", 30, "ms", figures["24 h, 1,440 points"])
    yield Target(f"30 days, {ASKED} series", 80, "ms", figures["30 d, 1,000 points"])


def page(found: Measured, recorded: int, day: int) -> str:
    """All of it as Markdown."""
    figures = found.figures
    now = datetime.now(UTC)
    title = (
        f"{now:%Y-%m-%d}, Linux {platform.release()}, monitor {monitor.__version__},"
        f" Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )
    said = (
        f"{recorded} ticks of {figures['series']:.0f} series and {figures['processes']:.0f}"
        f" processes under a mixed load, fed as {day / HOUR:.0f} hours."
    )
    goals = markdown(("target", "", "measured", ""), (t.cells for t in targets(found)))
    rest = [(name, f"{value:.2f}") for name, value in figures.items()]
    return "\n\n".join(
        [
            "# What the history costs", title, said, "## Targets", goals,
            "## Processor time of a tick, microseconds", markdown(("part", "us"), found.rows),
            "## All figures", markdown(("figure", ""), rest),
        ]
    ) + "\n"  # fmt: skip
