"""How aiohttp runs the application."""

import math

from aiohttp import web

from monitor.web.accepted import NoteAnswer

# What is left of a request that was answered before it ended is read for this long, so that its
# sender sees the answer.
LINGER_S = 1.0
# Handlers that are still at work when all viewers have gone get this long, twice (aiohttp waits,
# then cancels and waits again).
SHUTDOWN_TIMEOUT_S = 0.25


def runner_of(app: web.Application) -> web.AppRunner:
    """Not yet set up."""
    return web.AppRunner(
        app,
        access_log_class=NoteAnswer,
        lingering_time=LINGER_S,
        # Or a heartbeat of 10 s would be rounded up to the loop's next whole second.
        timeout_ceil_threshold=math.inf,
        shutdown_timeout=SHUTDOWN_TIMEOUT_S,
    )
