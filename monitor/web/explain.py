"""`/api/v1/explain`: who did it."""

import json
from http import HTTPStatus

from aiohttp import web

from monitor.history.question import TooMuch
from monitor.history.reader import Reader
from monitor.history.testimony import Nothing, testify
from monitor.verdict.evidence import KINDS
from monitor.verdict.judge import judge
from monitor.verdict.told import told
from monitor.web.answers import NUMBER, TEXT, TIME, array, obj
from monitor.web.history_api import answered, ask
from monitor.web.operation import Asked, span
from monitor.web.problem import Problem

EXPLAINED = obj(
    {
        "metric": TEXT,
        "from": TIME,
        "to": TIME,
        "before": obj({"from": TIME, "to": TIME}),
        "unit": TEXT,
        "change": {**NUMBER, "description": "How much more it was than before, on the average"},
        "summary": {**TEXT, "description": "The verdict in one sentence"},
        "culprits": array(
            obj(
                {
                    "name": TEXT,
                    "kind": {
                        **TEXT,
                        "description": "process, group, short-lived (children of it), kernel, "
                        "named (what is no process), others, rest (nobody's)",
                    },
                    "change": NUMBER,
                    "share": {**NUMBER, "description": "Of all that changed the same way, 0 to 1"},
                    "count": {"type": "integer", "description": "Of how many processes"},
                },
                {
                    "pid": {"type": "integer"},
                    "started": TIME,
                    "user": TEXT,
                    "unit": TEXT,
                    "container": TEXT,
                    "parent": {"type": "integer"},
                },
            )
        ),
        "unexplained": {**NUMBER, "description": "The share of nobody, 0 to 1"},
        "stands_out": {"type": "boolean", "description": "Whether there is a change to explain"},
    }
)


async def explain(request: web.Request, asked: Asked) -> web.Response:
    """The verdict on a stretch of time."""
    start, end = span(asked)
    kind = KINDS[asked["metric"]]

    def tell(reader: Reader) -> bytes | Problem:
        try:
            return json.dumps(told(judge(testify(reader, kind, start, end)))).encode()
        except Nothing as nothing:
            return Problem(HTTPStatus.NOT_FOUND, str(nothing), "from")
        except TooMuch as fault:
            return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(fault), "from")

    found = await ask(request, tell)
    if isinstance(found, Problem):
        raise found
    return answered(found)
