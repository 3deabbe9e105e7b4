"""Answers on their way to who asked: how many bytes of them there may be at a time."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus

from aiohttp import web

from monitor.web.compressed import compress
from monitor.web.forwarded import host
from monitor.web.problem import Problem

# Of all readers, and of one address. The largest answers there are have some 17 MB. With the one
# that is being made and what connections cost, all of it stays below 64 MiB.
MOST, EACH = 28 << 20, 20 << 20
# A transport takes as much before it says that it is enough. Smaller answers are not counted: there
# are no more of them than connections.
PIECE = 64 << 10
# The kernel gives up who reads nothing (web/listen.py), and who reads too slowly has a minute.
RETRY_S = 10


class Flight:
    """Belongs to the loop."""

    def __init__(self, most: int = MOST, each: int = EACH) -> None:
        self._most = most
        self._each = each
        self._held: Counter[str] = Counter()

    async def send(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        """Write the answer as fast as it is read, if it is a large one. Raises Problem."""
        body = answer.body
        if not isinstance(body, bytes) or len(body) <= PIECE or request.method == "HEAD":
            return await compress(request, answer)
        with self._hold(host(request), len(body)):
            body = (await compress(request, answer)).body
            assert isinstance(body, bytes)
            sent = web.StreamResponse(status=answer.status, headers=answer.headers)
            sent.content_length = len(body)
            # Where the reader has gone, aiohttp finds out again, and ends it.
            with contextlib.suppress(ConnectionError):
                await sent.prepare(request)
                view = memoryview(body)
                for at in range(0, len(body), PIECE):
                    await sent.write(view[at : at + PIECE])
                await sent.write_eof()
        return sent

    @contextlib.contextmanager
    def _hold(self, whose: str, size: int) -> Iterator[None]:
        if size > self._each:
            said = f"an answer of {size >> 20} MiB is too much at once"
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, said)
        if self._held[whose] + size > self._each or self._held.total() + size > self._most:
            said = "answers that are not read yet take all the room there is"
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, said, retry=RETRY_S)
        self._held[whose] += size
        try:
            yield
        finally:
            self._held[whose] -= size
            if not self._held[whose]:
                del self._held[whose]
