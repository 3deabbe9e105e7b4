"""What went wrong with a request, in a form that programs can read: RFC 9457."""

import json
from http import HTTPStatus

from aiohttp import web

CONTENT_TYPE = "application/problem+json"


class Problem(Exception):
    """Raised by a handler of the API. `detail` is one sentence; `parameter` is what it is about."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        parameter: str | None = None,
        retry: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.parameter = parameter
        self.retry = retry

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
        headers = {"Retry-After": str(self.retry)} if self.retry is not None else {}
        return web.Response(
            status=self.status,
            body=json.dumps(said).encode(),
            content_type=CONTENT_TYPE,
            headers=headers,
        )
