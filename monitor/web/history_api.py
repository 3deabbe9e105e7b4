"""What was, for programs: figures, processes, what there is of them."""

import asyncio
import json
import logging
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

from aiohttp import web

from monitor.auth import access
from monitor.auth.role import Role
from monitor.history import text
from monitor.history.archive import Absent, Busy, Unreadable
from monitor.history.question import TooMuch
from monitor.history.reader import Reader
from monitor.history.sought import Wanted
from monitor.log import event
from monitor.model.schema import Schema
from monitor.web.forwarded import host
from monitor.web.keys import ARCHIVE, CONFIG, HISTORY, SCHEMA
from monitor.web.operation import Asked, span
from monitor.web.problem import Problem
from monitor.web.visitor import VISITOR

logger = logging.getLogger(__name__)

# Names in one question, and how long each may be. A request's first line has 8 KiB.
MAX_NAMES, MAX_NAME = 50, 255
# Figures in one answer: 300 series of a chart's points. More take the interpreter for seconds.
MAX_FIGURES = 300_000
RETRY_S = 1
JSON, CSV = "application/json", "text/csv"
WORDS = {"json": JSON, "csv": CSV}

T = TypeVar("T")


async def ask(request: web.Request, question: Callable[[Reader], T]) -> T:
    """What the archive answers. Raises Problem."""
    try:
        return await asyncio.wrap_future(request.app[ARCHIVE].ask(question, host(request)))
    except Busy as fault:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, str(fault), retry=RETRY_S) from None
    except Absent as fault:
        said = f"there is no history: {fault}"
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, said, retry=RETRY_S) from None
    except TooMuch as fault:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(fault), "metric") from None
    except Unreadable as fault:
        said = f"the history cannot be read: {fault}"
        event(logger, logging.ERROR, "history.unreadable", reason=str(fault))
        raise Problem(HTTPStatus.INTERNAL_SERVER_ERROR, said) from fault


async def query(request: web.Request, asked: Asked) -> web.Response:
    """Figures of some metrics over a stretch of time."""
    start, end = span(asked)
    wanted = [
        Wanted(metric, key)
        for metric in dict.fromkeys(asked["metric"])
        for key in dict.fromkeys(asked["key"]) or (None,)
    ]
    schema, points = request.app[SCHEMA], asked["points"]
    kind = _kind(request, asked)
    for metric in asked["metric"]:
        if not _may(request, metric):
            said = f"{metric[:80]} is not for a {request[VISITOR].role.word}"
            raise Problem(HTTPStatus.FORBIDDEN, said, "metric")

    def answer(reader: Reader) -> bytes:
        count = reader.count(wanted)
        if count * points > MAX_FIGURES:
            said = f"{count} series in {points} points are too many at once: at most {MAX_FIGURES}"
            raise TooMuch(said)
        found = reader.query(wanted, start, end, points)
        if kind == CSV:
            return text.figures_csv(found)
        return text.figures_json(found, start, end, schema)

    return answered(await ask(request, answer), kind)


async def processes(request: web.Request, asked: Asked) -> web.Response:
    """The process table of one second."""
    at, schema, kind = asked["at"], request.app[SCHEMA], _kind(request, asked)

    def answer(reader: Reader) -> bytes | None:
        table = reader.processes_at(at)
        if table is None:
            return None
        return text.table_csv(table, schema) if kind == CSV else text.table_json(table)

    found = await ask(request, answer)
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, "nothing is known of the processes of then", "at")
    return answered(found, kind)


async def moment(request: web.Request, asked: Asked) -> web.Response:
    """What everything was at one second."""
    at, schema, may = asked["at"], request.app[SCHEMA], partial(_may, request)

    def answer(reader: Reader) -> bytes | None:
        instant = reader.instant(at)
        return None if instant is None else text.instant_json(instant, schema, may)

    found = await ask(request, answer)
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, "nothing was recorded then", "at")
    return answered(found)


async def metrics(request: web.Request, asked: Asked) -> web.Response:
    """What there is a history of."""
    schema = request.app[SCHEMA]

    def answer(reader: Reader) -> bytes:
        return _metrics(reader, schema, partial(_may, request))

    return answered(await ask(request, answer), JSON)


def _may(request: web.Request, name: str) -> bool:
    """Whether whoever asks may see that metric. One of another version may be of anything."""
    metric, role = request.app[SCHEMA].metrics.get(name), request[VISITOR].role
    if metric is None:
        return role is Role.ADMIN
    topic = request.app[SCHEMA].families[metric.family].topic
    return access.may(role, access.TOPICS, topic)


def _metrics(reader: Reader, schema: Schema, may: Callable[[str], bool]) -> bytes:
    keys: dict[str, list[str]] = {}
    for family, field, key in reader.names():
        if may(f"{family}.{field}"):
            keys.setdefault(f"{family}.{field}", []).append(key)
    told: list[dict[str, Any]] = []
    for name, own in keys.items():
        metric = schema.metrics.get(name)
        one: dict[str, Any] = {"name": name, "unit": None, "kind": None, "help": None}
        if metric is not None:  # or it is of another version's
            one |= {"unit": metric.unit, "kind": metric.kind, "help": metric.help}
            one["topic"] = schema.families[metric.family].topic
        told.append({**one, "keys": sorted(key for key in own if key)})
    return json.dumps({"metrics": told}).encode()


async def history(request: web.Request, asked: Asked) -> web.Response:
    """How the history is doing, how far back it goes, and what will fit."""
    store, size = request.app[HISTORY], request.app[CONFIG].history_size
    told: dict[str, Any] = {
        "state": store.state.value,
        "reason": store.reason or None,
        "lost": store.lost,
        "limit": size,
    }
    if store.writer is not None:
        found = await ask(request, lambda reader: reader.extent(size))
        told |= {"from": found.start, "until": found.until, "bytes": found.bytes}
        for name, parts in (("tiers", found.figures), ("processes", found.processes)):
            told[name] = [
                {
                    "step": part.step,
                    "from": part.start,
                    "bytes": part.size,
                    "keeps": part.keeps,
                    "fits": part.fits,
                }
                for part in parts
            ]
    return answered(json.dumps(told).encode(), JSON)


def _kind(request: web.Request, asked: Asked) -> str:
    """What is asked for by the parameter `format`, else by the header Accept."""
    if asked["format"]:
        return WORDS[asked["format"]]
    accept = request.headers.get("Accept", "")
    return CSV if CSV in accept and JSON not in accept else JSON


def answered(body: bytes, kind: str = JSON) -> web.Response:
    """A good answer; it is true but once."""
    headers = {"Vary": "Accept", "Cache-Control": "no-store"}
    return web.Response(body=body, content_type=kind, charset="utf-8", headers=headers)
