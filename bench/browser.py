"""What the page costs in Chromium beside Glances' and Netdata's, in one run: docs/BENCH.md.

The browser is told by its own protocol, as Playwright makes each page believe that it is seen.
"""

import argparse
import asyncio
import contextlib
import datetime as dt
import os
import platform
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import browser_cost, browser_report
from bench.browser_load import view
from bench.browser_report import Measured
from bench.browser_sites import OURS, Site, Sites, serving
from bench.peers import ROOT
from tests.support.chromium import Chromium, Fault, chromium

RESULTS = ROOT / "bench" / "results" / "browser.md"


@dataclass(frozen=True)
class Timing:
    """Of one run. Seconds, but for `loads` and `minutes`: a page stays open for these, and is
    weighed each `weigh`. `young` is how long Netdata needs to have figures for its page: it asks
    for six minutes, and as rarely as it has few."""

    loads: int
    minutes: float
    weigh: float
    young: float
    settle: float
    window: float


FULL = Timing(loads=10, minutes=30, weigh=60, young=400, settle=10, window=60)
QUICK = Timing(loads=3, minutes=0.5, weigh=10, young=0, settle=4, window=8)


def main(options: argparse.Namespace) -> bool:
    """Print the tables, and keep them where the run was a full one. Whether all targets are met."""
    if not sys.platform.startswith("linux"):
        print("this one needs Debian's Chromium and Netdata: Linux only")
        return True
    timing = QUICK if options.quick else FULL
    if options.minutes:
        timing = Timing(**{**vars(timing), "minutes": options.minutes})
    if options.window:
        timing = Timing(**{**vars(timing), "window": options.window})
    try:
        title, measured = asyncio.run(_run(timing))
    except asyncio.CancelledError:  # SIGTERM; all that was started has ended
        raise KeyboardInterrupt from None
    text = browser_report.page(title, measured)
    print(text)
    if not options.quick:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(text, encoding="utf-8")
    return all(target.met for target in browser_report.targets(measured))


async def _run(timing: Timing) -> tuple[list[str], Measured]:
    # A bench that is told to end ends what it started, as with Ctrl-C.
    this = asyncio.current_task()
    assert this is not None
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, this.cancel)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="bench-browser-") as directory:
        async with serving(Path(directory)) as sites, chromium() as browser:
            began = loop.time()
            run = Run(timing, browser, sites)
            await run.weigh()
            await asyncio.sleep(max(0.0, timing.young - (loop.time() - began)))
            await run.load()
            await run.spend()
            title = _title(timing, await browser.version(), sites.versions, load)
            return title, run.measured


class Run:
    """One after another, so that no page is measured beside another; but for memory."""

    def __init__(self, timing: Timing, browser: Chromium, sites: Sites) -> None:
        self.measured = Measured(failed=dict(sites.failed))
        self._timing = timing
        self._browser = browser
        self._sites = sites.running

    async def load(self) -> None:
        """First views, the sites in turn."""
        timing = self._timing
        for turn in range(timing.loads):
            _say(f"first view, {turn + 1} of {timing.loads}")
            for site in self._sites:
                with self._noted(site, "first view"):
                    found = await view(self._browser, site)
                    self.measured.views.setdefault(site.name, []).append(found)

    async def spend(self) -> None:
        """Processor time, seen and hidden."""
        settle, window = self._timing.settle, self._timing.window
        for site in self._sites:
            _say(f"{site.name}, looked at for {window:g} s")
            with self._noted(site, "looked at"):
                self.measured.seen[site.name] = await browser_cost.seen(
                    self._browser, site, settle, window
                )
            if site.name == OURS:
                with self._noted(site, "with 12 charts"):
                    self.measured.twelve = await browser_cost.twelve(
                        self._browser, site, settle, window
                    )
        for site in self._sites:
            _say(f"{site.name}, hidden for {window:g} s")
            with self._noted(site, "hidden"):
                self.measured.hidden[site.name] = await browser_cost.hidden(
                    self._browser, site, settle, window
                )

    async def weigh(self) -> None:
        """Memory, all of them at the same time."""
        timing, loop = self._timing, asyncio.get_running_loop()
        async with self._scale() as scale:
            # What a page is made with is no growth.
            await asyncio.sleep(timing.settle)
            began = loop.time()
            for turn in range(round(timing.minutes * 60 / timing.weigh) + 1):
                await asyncio.sleep(max(0.0, began + turn * timing.weigh - loop.time()))
                _say(f"memory, {turn * timing.weigh / 60:.1f} of {timing.minutes:g} minutes")
                for name, one in (await scale.weigh((loop.time() - began) / 60)).items():
                    self.measured.weights.setdefault(name, []).append(one)

    @contextlib.asynccontextmanager
    async def _scale(self) -> AsyncIterator[browser_cost.Scale]:
        scale = browser_cost.Scale(self._browser)
        for site in self._sites:
            with self._noted(site, "left open"):
                await scale.add(site)
        try:
            yield scale
        finally:
            await scale.close()

    @contextlib.contextmanager
    def _noted(self, site: Site, what: str) -> Iterator[None]:
        """What cannot be measured is said, and the others are measured."""
        try:
            yield
        except Fault as fault:
            self.measured.failed[f"{site.name}, {what}"] = str(fault)


def _say(what: str) -> None:
    print(f"bench: {what} ...", file=sys.stderr, flush=True)


def _title(timing: Timing, browser: str, versions: list[str], load: float) -> list[str]:
    """When, where and what."""
    now = dt.datetime.now(dt.UTC)
    where = f"Linux {platform.release()}, {os.cpu_count()} processors"
    loads = f"load {load:.2f} before the run, {os.getloadavg()[0]:.2f} after it"
    return [
        f"- {now:%Y-%m-%d %H:%M} UTC, {where}, {loads}",
        f"- {browser}, headless, 1440x900; {', '.join(versions)}; each at 1 Hz",
        f"- {timing.loads} loads of each, nothing cached, until the first figures and 0.5 s on",
        f"- windows of {timing.window:g} s; {timing.minutes:g} minutes left open, all at once",
    ]
