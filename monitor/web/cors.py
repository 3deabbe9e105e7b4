"""Which pages of other sites may read from here: none, but for those of `--cors-origin`."""

from aiohttp import web

from monitor.config import Config

ALLOW = "Access-Control-Allow-"
# Figures for programs; never the page, the stream or the form.
READABLE = ("/metrics", "/api/v1/")
# How long a browser need not ask again, seconds.
MAX_AGE_S = 600


def may_read(request: web.Request, config: Config) -> bool:
    """Whether its page may read what is asked for. Cookies never come along: they are strict."""
    return request.headers.get("Origin", "").lower() in config.cors_origins and _is_readable(
        request, config
    )


def asks_beforehand(request: web.Request) -> bool:
    """Whether it is a browser's question whether it may ask (a preflight)."""
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def add_cors(request: web.Request, response: web.StreamResponse, config: Config) -> None:
    """Tell a browser so; nothing at all where no origin is configured."""
    if not config.cors_origins or not _is_readable(request, config):
        return
    response.headers.add("Vary", "Origin")
    if not may_read(request, config):
        return
    response.headers[f"{ALLOW}Origin"] = request.headers["Origin"]
    if asks_beforehand(request):
        response.headers[f"{ALLOW}Methods"] = "GET"
        response.headers[f"{ALLOW}Headers"] = "Authorization"
        response.headers["Access-Control-Max-Age"] = str(MAX_AGE_S)


def _is_readable(request: web.Request, config: Config) -> bool:
    path = request.path.removeprefix(config.base_path)
    return path == READABLE[0] or path.startswith(READABLE[1])
