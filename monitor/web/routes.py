"""Every URL, in one table."""

from aiohttp import web

from monitor import resources
from monitor.clock import Clock
from monitor.web import api, assets, login, pages, prometheus, stream

GET = (
    ("/", pages.index),
    ("/ws/metrics", stream.metrics),
    ("/metrics", prometheus.metrics),
    ("/favicon.ico", pages.favicon),
    ("/healthz", pages.healthz),
    ("/readyz", pages.readyz),
    ("/login", login.show),
)
POST = (
    ("/login", login.sign_in),
    ("/logout", login.sign_out),
)


def add(app: web.Application, base_path: str, clock: Clock) -> None:
    """Mount all of it under `base_path`, which is "" or begins with a slash."""
    for path, handler in GET:
        # A HEAD with the headers of an upgrade is no way to open the stream (RFC 6455, 4.1).
        app.router.add_get(base_path + path, handler, allow_head=handler is not stream.metrics)
    for path, handler in POST:
        app.router.add_post(base_path + path, handler)
    api.add(app, base_path, clock)
    files = assets.Assets(resources.static())
    app.router.add_get(f"{base_path}/static/{{name:.+}}", files.serve)
    if base_path:
        # The page's own links are relative, so it must be read with its slash.
        async def with_slash(request: web.Request) -> web.StreamResponse:
            raise web.HTTPPermanentRedirect(f"{base_path}/")

        app.router.add_get(base_path, with_slash)
