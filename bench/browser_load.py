"""A first view: a page is loaded with nothing cached, until its first figures and a little on."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bench.browser_sites import Site
from tests.support.chromium import Chromium, Message, Tab

Prepare = Callable[[Tab], Awaitable[None]]

PATIENCE_S = 20.0
# What belongs to the first view but comes just after the first figures: icons, the past.
AFTER_S = 0.5
# Tells of the first digit where figures are shown, from within the page and without being asked.
PROBE = """(() => {
  const look = () => {
    const shown = [...document.querySelectorAll(%r)].some((each) => /[0-9]/.test(each.textContent));
    if (!shown) return;
    watch.disconnect();
    firstFigures(String(performance.now()));
  };
  const watch = new MutationObserver(look);
  watch.observe(document, { childList: true, subtree: true, characterData: true });
})()"""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


@dataclass
class Traffic:
    """What a tab has had from the network: bytes as they came, headers included."""

    bytes: int = 0
    requests: int = 0
    frame_bytes: int = 0
    frames: int = 0

    @property
    def messages(self) -> int:
        """Answers and frames."""
        return self.requests + self.frames

    def follow(self, tab: Tab) -> None:
        """Count from now on."""
        tab.hear("Network.loadingFinished", self._finished)
        tab.hear("Network.webSocketFrameReceived", self._framed)

    def copy(self) -> "Traffic":
        return Traffic(self.bytes, self.requests, self.frame_bytes, self.frames)

    def _finished(self, told: Message) -> None:
        self.bytes += int(told["encodedDataLength"])
        self.requests += 1

    def _framed(self, told: Message) -> None:
        self.frames += 1
        self.frame_bytes += len(told["response"]["payloadData"].encode())


@dataclass
class View:
    """One first view. Milliseconds since the navigation began; None where it never came."""

    traffic: Traffic
    paint: float | None
    figures: float | None


async def view(browser: Chromium, site: Site) -> View:
    """In a profile of its own, which is thrown away."""
    context = await browser.context()
    try:
        tab = await browser.tab(context)
        return await _view(tab, site)
    finally:
        await browser.leave(context)


async def _view(tab: Tab, site: Site) -> View:
    traffic, loaded = Traffic(), asyncio.Event()
    seen: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def told(message: Message) -> None:
        if message["name"] == "firstFigures" and not seen.done():
            seen.set_result(float(message["payload"]))

    for domain in ("Page", "Network", "Runtime"):
        await tab.call(f"{domain}.enable")
    await tab.call("Runtime.addBinding", name="firstFigures")
    await tab.call("Page.addScriptToEvaluateOnNewDocument", source=PROBE % site.first)
    await tab.call("Emulation.setFocusEmulationEnabled", enabled=True)
    tab.hear("Runtime.bindingCalled", told)
    tab.hear("Page.loadEventFired", lambda _: loaded.set())
    traffic.follow(tab)
    await tab.go(site.url)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(asyncio.shield(seen), loaded.wait())
    await asyncio.sleep(AFTER_S)
    had = traffic.copy()
    paint = await tab.ask(PAINT)
    return View(had, paint, seen.result() if seen.done() else None)


async def opened(
    browser: Chromium, context: str, site: Site, prepare: Prepare | None = None
) -> Tab:
    """A tab whose page shows figures. Raises Fault where that does not come."""
    tab = await browser.tab(context)
    for domain in ("Page", "Network"):
        await tab.call(f"{domain}.enable")
    if prepare is not None:
        await prepare(tab)
    await tab.go(site.url)
    shown = (
        f"[...document.querySelectorAll({site.first!r})].some((e) => /[0-9]/.test(e.textContent))"
    )
    await tab.until(shown, PATIENCE_S)
    return tab
