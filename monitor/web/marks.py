"""`/api/v1/marks`: what happened, and a place to say that something did."""

import asyncio
import json
import math
from http import HTTPStatus
from typing import Any

from aiohttp import web

from monitor.history.marks import Mark
from monitor.history.notebook import Unwritten
from monitor.history.reader import Reader
from monitor.model import when
from monitor.web.answers import TEXT, TIME, array, obj
from monitor.web.history_api import JSON, RETRY_S, answered, ask
from monitor.web.keys import HISTORY, MARKED
from monitor.web.operation import NOW, Asked, span
from monitor.web.problem import Problem
from monitor.wire.text import clean

MOST_LETTERS = 200
MAX_BODY_BYTES = 4096
# So many in a minute, of all together: a script that has gone wrong does not fill the timeline.
MOST_A_MINUTE, MINUTE_S = 60, 60.0

MARK = obj(
    {
        "id": {"type": "integer"},
        "time": TIME,
        "kind": {
            **TEXT,
            "description": "boot, start, oom, mount, restart, or note: told by somebody",
        },
        "text": TEXT,
    }
)
MARKS = obj({"marks": array(MARK)})
BODY = obj(
    {"text": {**TEXT, "minLength": 1, "maxLength": MOST_LETTERS}},
    {"time": {"type": ["number", "string"], "description": when.ALLOWED}},
)


async def marks(request: web.Request, asked: Asked) -> web.Response:
    """Those of a stretch of time."""
    start, end = span(asked)

    def answer(reader: Reader) -> bytes:
        return json.dumps({"marks": [told(mark) for mark in reader.marks(start, end)]}).encode()

    return answered(await ask(request, answer))


def told(mark: Mark) -> dict[str, Any]:
    """As programs are told it."""
    time = round(mark.time, 3)
    return {"id": mark.id, "time": time, "kind": mark.kind, "text": clean(mark.text)}


async def mark(request: web.Request, asked: Asked) -> web.Response:
    """One more, with 201 when it is on disk."""
    now: float = asked[NOW]
    text, time = _read(await _body(request), now)
    made = request.app[MARKED]
    while made and not 0 <= now - made[0] < MINUTE_S:
        made.popleft()
    if len(made) >= MOST_A_MINUTE:
        wait = max(1, math.ceil(MINUTE_S - (now - made[0])))
        said = f"at most {MOST_A_MINUTE} marks a minute"
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, said, retry=wait)
    made.append(now)
    try:
        written = await asyncio.wrap_future(request.app[HISTORY].mark(time, text))
    except Unwritten as fault:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, str(fault), retry=RETRY_S) from None
    answer = answered(json.dumps(told(written)).encode())
    answer.set_status(HTTPStatus.CREATED)
    return answer


async def _body(request: web.Request) -> Any:
    # A form of another site can send neither this type nor a header of its own without being asked
    # whether it may, and nobody answers that here (fetch.spec.whatwg.org, CORS-safelisted).
    if request.content_type != JSON:
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body must be {JSON}", "Content-Type")
    data = bytearray()
    async for piece in request.content.iter_any():
        data += piece
        if len(data) > MAX_BODY_BYTES:
            said = f"the body has more than {MAX_BODY_BYTES} bytes"
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, said)
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise Problem(HTTPStatus.BAD_REQUEST, "the body is no JSON") from None


def _read(body: Any, now: float) -> tuple[str, float]:
    if not isinstance(body, dict):
        raise Problem(HTTPStatus.BAD_REQUEST, "the body must be an object with a text")
    for name in body:
        if name not in ("text", "time"):
            said = f"there is no member {name[:80]!r}; there are: text, time"
            raise Problem(HTTPStatus.BAD_REQUEST, said, name[:80])
    text = body.get("text")
    if not isinstance(text, str) or not 1 <= len(text) <= MOST_LETTERS or not _plain(text):
        said = f"text must be 1 to {MOST_LETTERS} characters, without control characters"
        raise Problem(HTTPStatus.BAD_REQUEST, said, "text")
    return text, _time(body.get("time", now), now)


def _plain(text: str) -> bool:
    return text == clean(text) and bool(text.strip())


def _time(said: Any, now: float) -> float:
    try:
        if isinstance(said, bool) or not isinstance(said, int | float | str):
            raise ValueError(f"allowed: {when.ALLOWED}")
        return when.moment(said if isinstance(said, str) else repr(said), now)
    except ValueError as fault:
        raise Problem(HTTPStatus.BAD_REQUEST, f"time is wrong; {fault}", "time") from None
