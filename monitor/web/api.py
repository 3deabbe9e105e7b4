"""Every address of the API, in one table."""

from collections import deque
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web

from monitor.clock import Clock
from monitor.verdict.evidence import KINDS
from monitor.web import explain, history_api, marks, openapi, snapshot
from monitor.web.answers import HISTORY, METRICS, MOMENT, PROCESSES, QUERY
from monitor.web.compressed import compress
from monitor.web.flight import Flight
from monitor.web.history_api import CSV, JSON, MAX_NAME, MAX_NAMES
from monitor.web.keys import MARKED
from monitor.web.operation import Operation, Parameter, moment, one_of, whole
from monitor.web.problem import problems

PREFIX = "/api/v1"
DESCRIPTION = "/openapi.json"
MAX_POINTS, POINTS = 5_000, 600
FORMAT = one_of(
    "format", "What the answer is, whatever the header Accept says", ("json", "csv"), ""
)
REFUSALS = {
    HTTPStatus.UNPROCESSABLE_ENTITY: "Too much at once",
    HTTPStatus.SERVICE_UNAVAILABLE: "There is no history, too many ask, or do not read",
}


def _name(name: str, help_: str, *, default: str | None) -> Parameter:
    def read(text: str, now: float) -> str:
        if not text or len(text) > MAX_NAME:
            raise ValueError(f"allowed: 1 to {MAX_NAME} characters")
        return text

    schema = {"type": "string", "minLength": 1, "maxLength": MAX_NAME}
    return Parameter(name, help_, schema, read, default, repeatable=True, most=MAX_NAMES)


OPERATIONS = (
    Operation(
        "/query",
        "Figures over a stretch of time: recorded, or average, least and greatest of each step",
        history_api.query,
        (
            _name("metric", "Such as cpu.usage: docs/METRICS.md, or /metrics here", default=None),
            _name("key", "What it is of, such as cpu0; all if left out", default=""),
            moment("from", "The first moment", "-1h"),
            moment("to", "The last one", "now"),
            whole("points", "At most so many of each, and some gaps", 1, MAX_POINTS, POINTS),
            FORMAT,
        ),
        {JSON: QUERY, CSV: {"type": "string"}},
        REFUSALS,
    ),
    Operation(
        "/moment",
        "What everything was at one moment, in the shape of the stream's document",
        history_api.moment,
        (moment("at", "The moment"),),
        {JSON: MOMENT},
        {HTTPStatus.NOT_FOUND: "Nothing was recorded then", **REFUSALS},
    ),
    Operation(
        "/processes",
        "The process table as it was at one moment",
        history_api.processes,
        (moment("at", "The moment"), FORMAT),
        {JSON: PROCESSES, CSV: {"type": "string"}},
        {HTTPStatus.NOT_FOUND: "Nothing is known of then", **REFUSALS},
    ),
    Operation(
        "/explain",
        "Which processes account for a change, against the time before",
        explain.explain,
        (
            one_of("metric", "What has changed", tuple(KINDS)),
            moment("from", "The first moment of what is to be explained", "-1m"),
            moment("to", "The last one", "now"),
        ),
        {JSON: explain.EXPLAINED},
        {
            HTTPStatus.NOT_FOUND: "Nothing was recorded then, or before it",
            **REFUSALS,
            HTTPStatus.UNPROCESSABLE_ENTITY: "More than an hour at once",
        },
    ),
    Operation(
        "/marks",
        "What happened",
        marks.marks,
        (
            moment("from", "The first moment", "-1h"),
            moment("to", "The last one", "now"),
        ),
        {JSON: marks.MARKS},
        REFUSALS,
    ),
    Operation(
        "/marks",
        "Mark a moment, such as a deployment",
        marks.mark,
        answers={JSON: marks.MARK},
        problems={
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large",
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not application/json",
            HTTPStatus.TOO_MANY_REQUESTS: "Too many in a minute",
            **REFUSALS,
        },
        method="POST",
        body=marks.BODY,
        status=HTTPStatus.CREATED,
    ),
    Operation(
        "/snapshot",
        "One file with all of that time, for a browser that is offline",
        snapshot.snapshot,
        (
            moment("from", "The first moment", "-10m"),
            moment("to", "The last one", "now"),
        ),
        {snapshot.HTML: {"type": "string"}},
        {
            HTTPStatus.NOT_FOUND: "Nothing was recorded then",
            **REFUSALS,
            HTTPStatus.UNPROCESSABLE_ENTITY: "More than a day at once",
        },
    ),
    Operation(
        "/metrics",
        "What there is a history of",
        history_api.metrics,
        answers={JSON: METRICS},
        problems=REFUSALS,
    ),
    Operation(
        "/history",
        "How the history is doing, how far back it goes, and what will fit",
        history_api.history,
        answers={JSON: HISTORY},
        problems=REFUSALS,
    ),
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add(app: web.Application, base_path: str, clock: Clock) -> None:
    """Mount all of it, with its description."""
    app[MARKED] = deque()
    flight = Flight()
    prefix = base_path + PREFIX
    described = openapi.document(OPERATIONS, prefix)

    async def describe(request: web.Request) -> web.Response:
        return await compress(request, web.json_response(described))

    reads = {one.path: _handler(one, clock, flight) for one in OPERATIONS if one.method == "GET"}
    for path, handler in (reads | {DESCRIPTION: describe}).items():
        app.router.add_get(prefix + path, handler, expect_handler=_expect)
    for one in OPERATIONS:
        if one.method == "POST":
            app.router.add_post(prefix + one.path, _handler(one, clock, flight))
    there = ", ".join(PREFIX + path for path in reads)
    app.middlewares.append(problems(prefix, f"there are: {there}"))


async def _expect(request: web.Request) -> None:
    """Whatever the header Expect says: what a request carries is not read, and may be held back."""


def _handler(operation: Operation, clock: Clock, flight: Flight) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        return await flight.send(request, await operation.answer(request, clock.wall()))

    return answer
