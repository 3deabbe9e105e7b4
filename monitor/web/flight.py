"""How much of answers is on its way: who asks for much and reads slowly costs nobody else."""

from http import HTTPStatus

from aiohttp import web

from monitor.web.problem import Problem

# All together. The largest answer has some 6 MB.
MAX_BYTES = 64 << 20
RETRY_S = 5


class Flight:
    """Bytes of answers that are being sent."""

    def __init__(self) -> None:
        self.bytes = 0

    async def send(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        """Send it, or what is the matter."""
        body = answer.body
        size = len(body) if isinstance(body, bytes | bytearray) else 0
        if self.bytes + size > MAX_BYTES:
            said = "the answers to others are still on their way"
            return Problem(HTTPStatus.SERVICE_UNAVAILABLE, said, retry=RETRY_S).response()
        self.bytes += size
        try:
            await answer.prepare(request)
            await answer.write_eof()
        finally:
            self.bytes -= size
        return answer
