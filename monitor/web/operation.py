"""An address of the API, declared once: what it takes is checked and described by one text."""

import math
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from aiohttp import web

from monitor.model import when
from monitor.web.problem import Problem

Asked = Mapping[str, Any]
# Unix time of the asking, beside the parameters.
NOW = "now"
Answer = Callable[[web.Request, Asked], Awaitable[web.Response]]


@dataclass(frozen=True)
class Parameter:
    """One of a query's. `read` makes a value of its text, at the Unix time of the asking; it raises
    ValueError with what is allowed. Of one without a `default` there must be a value.
    """

    name: str
    help: str
    schema: Mapping[str, Any]
    read: Callable[[str, float], Any]
    default: str | None = None
    repeatable: bool = False
    most: int = 1

    @property
    def described(self) -> dict[str, Any]:
        """As OpenAPI 3.1 has it."""
        schema: dict[str, Any] = dict(self.schema)
        if self.repeatable:
            least = 0 if self.default is not None else 1
            schema = {"type": "array", "items": schema, "minItems": least, "maxItems": self.most}
        elif self.default:
            schema["default"] = self.default
        return {
            "name": self.name,
            "in": "query",
            "description": self.help,
            "required": self.default is None,
            "schema": schema,
        }

    def value(self, texts: Sequence[str], now: float) -> Any:
        """What was asked for. Raises Problem."""
        if not texts and self.default is None:
            raise Problem(HTTPStatus.BAD_REQUEST, f"{self.name} is missing", self.name)
        if len(texts) > self.most:
            times = "once" if self.most == 1 else f"{self.most} times"
            raise Problem(HTTPStatus.BAD_REQUEST, f"{self.name} is allowed {times}", self.name)
        if self.repeatable:
            return [self._read(text, now) for text in texts]
        if not texts:
            return self._read(self.default, now) if self.default else None
        return self._read(texts[0], now)

    def _read(self, text: str, now: float) -> Any:
        try:
            return self.read(text, now)
        except ValueError as fault:
            shown = repr(text if len(text) <= 80 else text[:77] + "...")
            said = f"{self.name} is {shown}; {fault}"
            raise Problem(HTTPStatus.BAD_REQUEST, said, self.name) from None


@dataclass(frozen=True)
class Operation:
    """GET of a path below `/api/v1`, or POST of a `body` in JSON. `answers` are the content types
    of a good answer, each with its schema; `problems` what may be the matter beside a wrong
    parameter.
    """

    path: str
    summary: str
    handler: Answer
    parameters: tuple[Parameter, ...] = ()
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    problems: Mapping[HTTPStatus, str] = field(default_factory=dict)
    method: str = "GET"
    body: Mapping[str, Any] | None = None
    status: HTTPStatus = HTTPStatus.OK

    async def answer(self, request: web.Request, now: float) -> web.Response:
        """The handler's. Raises Problem."""
        return await self.handler(request, self._asked(request, now))

    def _asked(self, request: web.Request, now: float) -> Asked:
        known = {parameter.name for parameter in self.parameters}
        for name in request.query:
            if name not in known:
                there = ", ".join(sorted(known)) or "none"
                said = f"there is no parameter {name[:80]!r}; there are: {there}"
                raise Problem(HTTPStatus.BAD_REQUEST, said, name[:80])
        values = {p.name: p.value(request.query.getall(p.name, []), now) for p in self.parameters}
        return {**values, NOW: now}


def moment(name: str, help_: str, default: str | None = None) -> Parameter:
    """A moment."""
    forms = (when.UNIX, when.RELATIVE, "now")
    pattern = f"^({'|'.join(forms)})$"
    schema = {"anyOf": [{"type": "string", "pattern": pattern}, _DATE_TIME]}
    return Parameter(name, f"{help_}: {when.ALLOWED}", schema, when.moment, default)


_DATE_TIME = {"type": "string", "format": "date-time"}


def whole(name: str, help_: str, low: int, high: int, default: int) -> Parameter:
    """A whole number."""

    def read(text: str, now: float) -> int:
        if not re.fullmatch("[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"allowed: a whole number from {low} to {high}")
        return int(text)

    schema = {"type": "integer", "minimum": low, "maximum": high}
    return Parameter(name, help_, schema, read, str(default))


def one_of(name: str, help_: str, words: Sequence[str], default: str | None = None) -> Parameter:
    """One of these words."""

    def read(text: str, now: float) -> str:
        if text not in words:
            raise ValueError(f"allowed: {', '.join(words)}")
        return text

    schema = {"type": "string", "enum": list(words)}
    return Parameter(name, help_, schema, read, default)


def span(asked: Asked) -> tuple[float, float]:
    """`from` and `to`. Raises Problem where that is no stretch of time."""
    start, end = asked["from"], asked["to"]
    if not (math.isfinite(start) and math.isfinite(end)) or start >= end:
        raise Problem(HTTPStatus.BAD_REQUEST, "from must be before to", "from")
    return start, end
