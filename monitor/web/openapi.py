"""The description of the API, from the same declarations that it answers by: OpenAPI 3.1."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import monitor
from monitor.web.answers import PROBLEM
from monitor.web.operation import Operation
from monitor.web.problem import CONTENT_TYPE

UNREADABLE = "A parameter is wrong, and `parameter` names it; or the request has over 8 KiB"
REFUSED = {HTTPStatus.BAD_REQUEST: UNREADABLE}
# Of any of them.
BROKEN = {HTTPStatus.INTERNAL_SERVER_ERROR: "The history cannot be read"}


def document(operations: Iterable[Operation], prefix: str) -> dict[str, Any]:
    """All of it; `prefix` is the path that theirs begin with."""
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "monitor", "version": monitor.__version__},
        "servers": [{"url": prefix}],
        "paths": paths,
        "components": {"schemas": {"Problem": PROBLEM}},
    }


def _operation(one: Operation) -> dict[str, Any]:
    problems = {**REFUSED, **BROKEN, **one.problems}
    name = one.path.strip("/").replace("/", "-")
    described: dict[str, Any] = {
        "operationId": name if one.method == "GET" else f"{one.method.lower()}-{name}",
        "summary": one.summary,
        "parameters": [parameter.described for parameter in one.parameters],
        "responses": {
            str(one.status.value): {
                "description": one.summary,
                "content": {kind: {"schema": schema} for kind, schema in one.answers.items()},
            },
            **{str(status.value): _problem(what) for status, what in sorted(problems.items())},
        },
    }
    if one.body is not None:
        content = {"application/json": {"schema": one.body}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _problem(what: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    content = {CONTENT_TYPE: {"schema": schema}}
    if what is UNREADABLE:  # what is no request does not come as far as the API
        content["text/plain"] = {"schema": {"type": "string"}}
    return {"description": what, "content": content}
