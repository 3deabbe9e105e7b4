"""What went wrong with a request, in a form that programs can read: RFC 9457."""

import json
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Middleware

CONTENT_TYPE = "application/problem+json"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Problem(Exception):
    """Raised by a handler of the API. `detail` is one sentence; `parameter` is what it is about,
    `retry` the seconds after which to come again."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        parameter: str | None = None,
        retry: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.parameter = parameter
        self.headers = dict(headers or {})
        if retry is not None:
            self.headers["Retry-After"] = str(retry)

    def response(self) -> web.Response:
        """The answer that says so."""
        said = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
        }
        if self.parameter is not None:
            said["parameter"] = self.parameter
        return web.Response(
            status=self.status,
            body=json.dumps(said).encode(),
            content_type=CONTENT_TYPE,
            headers=self.headers,
        )


def problems(prefix: str, there: str) -> Middleware:
    """The middleware by which all that goes wrong below `prefix` is told as a Problem, what the
    router says too. `there` says which addresses there are."""

    @web.middleware
    async def tell(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Problem as problem:
            return problem.response()
        except web.HTTPException as fault:
            if not f"{request.path}/".startswith(f"{prefix}/"):
                raise
            return _told(request, fault, there).response()

    return tell


def _told(request: web.Request, fault: web.HTTPException, there: str) -> Problem:
    status = HTTPStatus(fault.status)
    if isinstance(fault, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(fault.allowed_methods))
        said = f"{request.method[:80]} is not allowed here; allowed: {allowed}"
        return Problem(status, said, headers={"Allow": allowed})
    return Problem(status, there if status is HTTPStatus.NOT_FOUND else fault.reason)
