"""The page in a tab that nobody sees: it asks for nothing, and is whole when it is seen again."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path

import aiohttp
import pytest

from tests.support.chromium import Chromium, Tab, chromium
from tests.web.test_page import LIVE, MAIN, Monitor

INTERVAL_S = 0.25
LOOK_S = 0.1
REST_S = 5.0
LONG_S = 30.0
AWAY_TICKS = 40
HIDDEN = "document.visibilityState === 'hidden'"
PHASE = "document.documentElement.dataset.phase"
TIMES = f"{MAIN}.then(({{page}}) => page.series.points.map(({{time}}) => time))"
PROCESSES = f"{MAIN}.then(({{processes}}) => processes.store.rows.size > 5)"
# Every phase that the page has been in since, in order.
NOTE = """window.phases = [];
new MutationObserver(() => phases.push(document.documentElement.dataset.phase)).observe(
  document.documentElement, { attributeFilter: ["data-phase"] })"""


@pytest.fixture
def monitor(tmp_path: Path) -> Iterator[Monitor]:
    subject = Monitor(tmp_path, "--interval", str(INTERVAL_S))
    subject.start()
    yield subject
    subject.kill()


@pytest.fixture
async def browser() -> AsyncIterator[Chromium]:
    async with chromium() as found:
        yield found


async def told(url: str) -> dict[str, float]:
    """What /metrics says of viewers and of the last tick."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}metrics") as answer:
        lines = [line.split() for line in (await answer.text()).splitlines() if line[0] != "#"]
    return {line[0]: float(line[1]) for line in lines if line[0].startswith("monitor_monitor_")}


async def visit(browser: Chromium, url: str) -> tuple[Tab, Tab]:
    """The page, which is seen and live, and another tab behind it."""
    context = await browser.context()
    other = await browser.tab(context)
    page = await browser.tab(context)
    await page.go(url)
    await page.until(f"{LIVE} && {PROCESSES}")
    await viewers(url, 1)
    return page, other


async def viewers(url: str, count: int) -> None:
    """Until there are so many."""
    async with asyncio.timeout(LONG_S):
        while (await told(url))["monitor_monitor_viewers"] != count:  # noqa: ASYNC110  (no event tells)
            await asyncio.sleep(LOOK_S)


async def ticks(url: str, count: int) -> None:
    """Until so many more have been."""
    until = (await told(url))["monitor_monitor_ticks"] + count
    async with asyncio.timeout(LONG_S):
        while (await told(url))["monitor_monitor_ticks"] < until:  # noqa: ASYNC110  (no event tells)
            await asyncio.sleep(LOOK_S)


async def test_a_hidden_page_leaves_and_comes_back_without_a_hole(
    browser: Chromium, monitor: Monitor
) -> None:
    page, other = await visit(browser, monitor.url)
    await page.ask(NOTE)
    await other.front()
    await page.until(HIDDEN)
    before = (await page.ask(TIMES))[-1]
    await viewers(monitor.url, 0)
    assert await page.ask(PHASE) == "joining"
    title = await page.ask("document.title")
    assert "not live" not in title and "%" not in title
    await ticks(monitor.url, AWAY_TICKS)
    assert (await page.ask(TIMES))[-1] - before < REST_S + 2, "it listened on"
    await page.front()
    await page.until(LIVE)
    await viewers(monitor.url, 1)
    await page.until(PROCESSES)
    times = [time for time in await page.ask(TIMES) if time >= before]
    assert len(times) > AWAY_TICKS
    steps = [later - earlier for earlier, later in pairwise(times)]
    assert max(steps) < 1.75 * INTERVAL_S, "the page draws that as a gap"
    assert await page.ask("phases") == ["joining", "live"], "it cried wolf"


async def test_who_looks_away_for_a_moment_leaves_nothing(
    browser: Chromium, monitor: Monitor
) -> None:
    page, other = await visit(browser, monitor.url)
    await page.ask(NOTE)
    await other.front()
    await page.until(HIDDEN)
    await page.front()
    await page.until(f"!({HIDDEN})")
    await ticks(monitor.url, round((REST_S + 1) / INTERVAL_S))
    assert (await told(monitor.url))["monitor_monitor_viewers"] == 1
    assert await page.ask("phases") == []


async def test_a_page_that_opens_behind_another_leaves_too(
    browser: Chromium, monitor: Monitor
) -> None:
    context = await browser.context()
    page = await browser.tab(context)
    other = await browser.tab(context)
    await other.front()
    await page.until(HIDDEN)
    await page.go(monitor.url)
    await viewers(monitor.url, 1)
    await viewers(monitor.url, 0)
    await page.front()
    await page.until(LIVE)


async def test_a_server_that_went_meanwhile_is_missed_when_the_page_is_seen_again(
    browser: Chromium, monitor: Monitor
) -> None:
    page, other = await visit(browser, monitor.url)
    await other.front()
    await viewers(monitor.url, 0)
    monitor.kill()
    await page.front()
    await page.until("document.getElementById('message').textContent.includes('lost')")
    monitor.start()
    await page.until(LIVE)
