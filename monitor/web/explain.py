"""`/api/v1/explain`: who did it."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

from monitor.history.question import TooMuch
from monitor.history.reader import Reader
from monitor.history.testimony import Nothing, testify
from monitor.verdict.evidence import KINDS
from monitor.verdict.judge import Culprit, Verdict, judge
from monitor.verdict.words import summary
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

    def question(reader: Reader) -> bytes:
        return json.dumps(document(judge(testify(reader, kind, start, end)))).encode()

    def tell(reader: Reader) -> bytes | Problem:
        try:
            return question(reader)
        except Nothing as nothing:
            return Problem(HTTPStatus.NOT_FOUND, str(nothing), "from")
        except TooMuch as fault:
            return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(fault), "from")

    found = await ask(request, tell)
    if isinstance(found, Problem):
        raise found
    return answered(found)


def document(verdict: Verdict) -> Mapping[str, Any]:
    """As it is told."""
    evidence = verdict.evidence
    return {
        "metric": evidence.kind.name,
        "from": evidence.start,
        "to": evidence.end,
        "before": {"from": evidence.before[0], "to": evidence.before[1]},
        "unit": evidence.kind.unit,
        "change": _rounded(verdict.change),
        "summary": summary(verdict),
        "stands_out": verdict.stands_out,
        "culprits": [_culprit(one) for one in verdict.culprits],
        "unexplained": _rounded(verdict.unexplained),
    }


def _culprit(one: Culprit) -> Mapping[str, Any]:
    told: dict[str, Any] = {
        "name": one.name,
        "kind": one.kind,
        "change": _rounded(one.change),
        "share": _rounded(one.share),
        "count": one.count,
    }
    for name in ("pid", "started", "user", "unit", "container", "parent"):
        value = getattr(one, name)
        if value is not None:
            told[name] = value
    return told


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
