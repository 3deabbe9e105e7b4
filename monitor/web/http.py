"""HTTP as this program speaks it: aiohttp's protocol, with our headers on its own answers too."""

import asyncio
import math
from typing import Any

from aiohttp import web

from monitor.web.accepted import NoteAnswer
from monitor.web.headers import HEADERS, SERVER

# What is left of a request that was answered before it ended is read for this long, so that its
# sender sees the answer.
LINGER_S = 1.0


class Http(web.RequestHandler):
    """One connection. What is no request never gets as far as the application, whose headers it
    would have."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What aiohttp answers where a request cannot be read, or its handler fails."""
        answer = super().handle_error(request, status, exc, message)
        answer.headers.update(HEADERS)
        answer.headers["Server"] = SERVER
        return answer


def speaker(server: web.Server) -> Http:
    """The protocol of a new connection, of the application that `server` is."""
    options: dict[str, Any] = {
        "access_log_class": NoteAnswer,
        "lingering_time": LINGER_S,
        # Or a heartbeat of 10 s would be rounded up to the loop's next whole second.
        "timeout_ceil_threshold": math.inf,
    }
    return Http(server, loop=asyncio.get_running_loop(), **options)
