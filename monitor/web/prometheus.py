"""`/metrics`: what Prometheus scrapes, in the format that it asks for."""

import re

from aiohttp import web

from monitor.live.scrape import ScrapeFailed
from monitor.web.keys import SAMPLER, SCRAPE
from monitor.web.visitor import VISITOR

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_QUALITY = re.compile(r"q=([01](\.[0-9]{0,3})?)")


async def metrics(request: web.Request) -> web.Response:
    """All raw values of the last tick; 503 before the first."""
    last = request.app[SAMPLER].last
    if last is None:
        return web.Response(status=503, headers={"Retry-After": "1"}, text="not read yet\n")
    openmetrics = prefers_openmetrics(request.headers.get("Accept", ""))
    role = request[VISITOR].role
    try:
        page = await request.app[SCRAPE].page(last, openmetrics=openmetrics, role=role)
    except ScrapeFailed:
        return web.Response(status=503, text="what is read for it does not answer\n")
    kind = OPENMETRICS if openmetrics else TEXT
    return web.Response(body=page, headers={"Content-Type": kind, "Vary": "Accept"})


def prefers_openmetrics(accept: str) -> bool:
    """Whether an Accept header likes OpenMetrics 1.0 better than the text (RFC 9110, 12.5.1)."""
    best = {True: 0.0, False: 0.0}
    for part in accept.lower().split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((float(m[1]) for p in parameters if (m := _QUALITY.fullmatch(p))), 1.0)
        if kind == "application/openmetrics-text":
            if not {"version=0.0.1", "version=1.0.0"}.isdisjoint(parameters) or not any(
                p.startswith("version=") for p in parameters
            ):
                best[True] = max(best[True], quality)
        elif kind in {"text/plain", "text/*", "*/*"}:
            best[False] = max(best[False], quality)
    # Of two that it likes as well, the one that says more: browsers never name it.
    return best[True] > 0 and best[True] >= best[False]
