"""`/api/v1/snapshot`: a stretch of the past as one file."""

import re
import socket
from datetime import UTC, datetime
from http import HTTPStatus

from aiohttp import web

import monitor
from monitor import collectors
from monitor.history.question import TooMuch
from monitor.history.reader import Reader
from monitor.history.testimony import Nothing
from monitor.model.metric import HOST
from monitor.snapshot.file import page
from monitor.snapshot.record import About, record, texts
from monitor.web.history_api import answered, ask
from monitor.web.keys import CONFIG, SAMPLER, SCHEMA
from monitor.web.operation import Asked, span
from monitor.web.problem import Problem
from monitor.wire.messages import metrics_of
from monitor.wire.text import clean

HTML = "text/html"


async def snapshot(request: web.Request, asked: Asked) -> web.Response:
    """The page, with all of that time in it, to be kept."""
    start, end = span(asked)
    schema, interval = request.app[SCHEMA], request.app[CONFIG].interval
    last = request.app[SAMPLER].last
    hostname = clean(socket.gethostname())
    about = About(
        texts(last.figures, schema) if last is not None else {},
        metrics_of(HOST, schema, collectors.sources()),
        monitor.__version__,
        interval,
        last.time if last is not None else end,
    )

    def make(reader: Reader) -> bytes | Problem:
        try:
            found = record(reader, schema, start, end, about)
        except Nothing as nothing:
            return Problem(HTTPStatus.NOT_FOUND, str(nothing), "from")
        except TooMuch as fault:
            return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(fault), "from")
        return page(found, hostname, monitor.__version__, interval).encode()

    found = await ask(request, make)
    if isinstance(found, Problem):
        raise found
    answer = answered(found, HTML)
    moment = datetime.fromtimestamp(end, UTC)
    name = f"{hostname}-{moment:%Y%m%d-%H%M%S}.html"
    # In the monitor's own place nobody may open it: its page may run what the monitor's may not.
    answer.headers["Content-Disposition"] = f'attachment; filename="{_plain(name)}"'
    return answer


def _plain(name: str) -> str:
    """What every file system and header takes."""
    return re.sub(r"[^A-Za-z0-9.-]", "_", name)
