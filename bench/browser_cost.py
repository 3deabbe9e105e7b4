"""What a page costs while it is open: processor time, seen and hidden, and memory."""

import asyncio
from dataclasses import dataclass

from bench.browser_load import Traffic, opened
from bench.browser_sites import Site
from bench.browser_twelve import CHARTS, COUNT, Twelve, fits
from tests.support.chromium import Chromium, Tab

HIDDEN = "document.visibilityState === 'hidden'"
# The monitor's page leaves the stream when it has been hidden for five seconds.
RESTED_S = 8.0
# Of the processes that do a page's work.
RENDERER = "renderer"


@dataclass
class Cost:
    """Shares of one core over a window: of the page's main thread, by the browser's account in
    thread time, and of processes. `messages` and `bytes` are from the network, a second."""

    script: float
    layout: float
    task: float
    renderer: float
    browser: float
    messages: float
    bytes: float
    charts: int


@dataclass
class Weight:
    """After a forced garbage collection, at a number of minutes: bytes of the JavaScript heap."""

    minute: float
    heap: float
    nodes: int
    listeners: int


async def seen(browser: Chromium, site: Site, settle: float, window: float) -> Cost:
    """A page that is looked at. Raises Fault."""
    context = await browser.context()
    try:
        tab = await opened(browser, context, site)
        return await _seen(browser, tab, settle, window)
    finally:
        await browser.leave(context)


async def twelve(browser: Chromium, site: Site, settle: float, window: float) -> Cost | None:
    """The same with 12 charts; None for a page that has none of ours, or as many. Raises Fault."""
    context = await browser.context()
    try:
        missing = CHARTS - int(await (await opened(browser, context, site)).ask(COUNT))
    finally:
        await browser.leave(context)
    if not fits(site, CHARTS - missing):
        return None
    more = Twelve(missing)
    context = await browser.context()
    try:
        tab = await opened(browser, context, site, more.prepare)
        await more.done()
        return await _seen(browser, tab, settle, window)
    finally:
        await browser.leave(context)


async def hidden(browser: Chromium, site: Site, settle: float, window: float) -> Cost:
    """A page behind another tab. Raises Fault."""
    context = await browser.context()
    try:
        other = await browser.tab(context)
        tab = await opened(browser, context, site)
        await asyncio.sleep(settle)
        await other.front()
        await tab.until(HIDDEN)
        await asyncio.sleep(RESTED_S)
        return await _window(browser, tab, window)
    finally:
        await browser.leave(context)


async def _seen(browser: Chromium, tab: Tab, settle: float, window: float) -> Cost:
    # Netdata's page stops where its window has not the focus.
    await tab.call("Emulation.setFocusEmulationEnabled", enabled=True)
    await asyncio.sleep(settle)
    return await _window(browser, tab, window)


async def _window(browser: Chromium, tab: Tab, seconds: float) -> Cost:
    await tab.call("Performance.enable", timeDomain="threadTicks")
    traffic, clock = Traffic(), asyncio.get_running_loop().time
    traffic.follow(tab)
    before, began = await _account(browser, tab), clock()
    had = traffic.copy()
    await asyncio.sleep(seconds)
    after, elapsed = await _account(browser, tab), clock() - began
    spent = {name: (after[name] - before[name]) / elapsed for name in before}
    return Cost(
        script=spent["ScriptDuration"],
        layout=spent["LayoutDuration"] + spent["RecalcStyleDuration"],
        task=spent["TaskDuration"],
        renderer=spent["renderer"],
        browser=spent["all"],
        messages=(traffic.messages - had.messages) / elapsed,
        bytes=(traffic.bytes + traffic.frame_bytes - had.bytes - had.frame_bytes) / elapsed,
        charts=int(await tab.ask("document.querySelectorAll('canvas').length")),
    )


async def _account(browser: Chromium, tab: Tab) -> dict[str, float]:
    """Seconds so far, by the page's main thread and by processes."""
    told = await tab.call("Performance.getMetrics")
    names = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration", "TaskDuration")
    spent = {one["name"]: float(one["value"]) for one in told["metrics"] if one["name"] in names}
    processes = (await browser.call("SystemInfo.getProcessInfo"))["processInfo"]
    spent["renderer"] = sum(one["cpuTime"] for one in processes if one["type"] == RENDERER)
    spent["all"] = sum(one["cpuTime"] for one in processes)
    return spent


class Scale:
    """Pages that stay open, each in a profile of its own, and are weighed now and then."""

    def __init__(self, browser: Chromium) -> None:
        self._browser = browser
        self._contexts: list[str] = []
        self._tabs: dict[str, Tab] = {}

    async def add(self, site: Site) -> None:
        """Raises Fault where its page shows nothing."""
        context = await self._browser.context()
        self._contexts.append(context)
        tab = await opened(self._browser, context, site)
        await tab.call("Emulation.setFocusEmulationEnabled", enabled=True)
        self._tabs[site.name] = tab

    async def weigh(self, minute: float) -> dict[str, Weight]:
        """All that are there, by name. Raises Fault."""
        return {name: await self._weigh(tab, minute) for name, tab in self._tabs.items()}

    async def close(self) -> None:
        """All of them."""
        for context in self._contexts:
            await self._browser.leave(context)

    async def _weigh(self, tab: Tab, minute: float) -> Weight:
        await tab.call("HeapProfiler.collectGarbage")
        heap = (await tab.call("Runtime.getHeapUsage"))["usedSize"]
        counted = await tab.call("Memory.getDOMCounters")
        return Weight(minute, heap, counted["nodes"], counted["jsEventListeners"])
