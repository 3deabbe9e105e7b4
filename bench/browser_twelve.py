"""The monitor's page with as many charts as the promise is for, whatever it has by itself."""

import asyncio
import base64
import json
from typing import Any

from bench.browser_sites import OURS, Site
from tests.support.chromium import Fault, Message, Tab

CHARTS = 12
# Where the page's list of plots begins, in whichever file it is.
LIST = "const PLOTS = ["
# Figures that it has and does not chart.
PAIRS = (
    ("cpu.user", "cpu.iowait", "ratio"),
    ("memory.used", "memory.cached", "bytes"),
    ("load.load1", "load.load5", "count"),
    ("kernel.context_switches", "kernel.interrupts", "count/s"),
    ("disk.reads", "disk.writes", "count/s"),
    ("network.receive_packets", "network.transmit_packets", "count/s"),
    ("tcp.established", "tcp.retransmits", "count"),
    ("memory.available", "memory.total", "bytes"),
    ("load.load5", "load.load15", "count"),
    ("processes.running", "processes.blocked", "count"),
    ("processes.total", "processes.threads", "count"),
    ("network.receive_drops", "network.transmit_drops", "count/s"),
)
COUNT = "document.querySelectorAll('.uplot').length"


class Twelve:
    """Adds plots to the page as it is loaded, so that it draws so many."""

    def __init__(self, missing: int) -> None:
        self._missing = missing
        self.found = False
        self._tab: Tab | None = None
        self._work: set[asyncio.Task[None]] = set()

    async def prepare(self, tab: Tab) -> None:
        """Stand between the page and the network."""
        self._tab = tab
        tab.hear("Fetch.requestPaused", self._paused)
        kinds = [
            {"resourceType": kind, "requestStage": "Response"} for kind in ("Document", "Script")
        ]
        await tab.call("Fetch.enable", patterns=kinds)

    async def done(self) -> None:
        """Step aside. Raises Fault where the page has no such list."""
        assert self._tab is not None
        await asyncio.gather(*self._work)
        await self._tab.call("Fetch.disable")
        if not self.found:
            raise Fault(f"the page has no {LIST!r}")

    def _paused(self, told: Message) -> None:
        task = asyncio.create_task(self._answer(told))
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _answer(self, told: Message) -> None:
        assert self._tab is not None
        number = told["requestId"]
        had = await self._tab.call("Fetch.getResponseBody", requestId=number)
        text = base64.b64decode(had["body"]).decode() if had["base64Encoded"] else had["body"]
        if told["resourceType"] == "Document":
            text = text.replace("</main>", f"{self._places()}</main>")
        elif LIST in text:
            self.found = True
            text = text.replace(LIST, LIST + self._plots(), 1)
        unpacked = ("content-encoding", "content-length")
        headers = [each for each in told["responseHeaders"] if each["name"].lower() not in unpacked]
        body = base64.b64encode(text.encode()).decode()
        status = told["responseStatusCode"]
        await self._tab.call(
            "Fetch.fulfillRequest",
            requestId=number,
            responseCode=status,
            responseHeaders=headers,
            body=body,
        )

    def _places(self) -> str:
        chart = '<div class="chart" id="chart-more{}"></div>'
        one = f'<section class="tile"><h2>More</h2>{chart}</section>'
        return f'<section class="tiles">{"".join(map(one.format, range(self._missing)))}</section>'

    def _plots(self) -> str:
        plots: list[dict[str, Any]] = []
        for number in range(self._missing):
            first, second, unit = PAIRS[number]
            lines = [
                {"name": first, "label": first, "role": "in", "fill": True},
                {"name": second, "label": second, "role": "out", "fill": True},
            ]
            plots.append({"id": f"more{number}", "unit": unit, "lines": lines})
        return "".join(json.dumps(plot) + "," for plot in plots)


def fits(site: Site, charts: int) -> bool:
    """Whether it is a page of ours with fewer than that."""
    return site.name == OURS and 0 < charts < CHARTS
