"""Notes on the timeline are taken from those who may, a few at a time."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from monitor.web.marks import MAX_BODY_BYTES, MOST_A_MINUTE
from tests.support.subject import running

FIRST_TICK_S = 10.0
JSON = {"Content-Type": "application/json"}


async def post(
    session: aiohttp.ClientSession, port: int, data: Any, headers: dict[str, str] | None = None
) -> tuple[int, Any, str | None]:
    url = f"http://127.0.0.1:{port}/api/v1/marks"
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    async with session.post(url, data=body, headers=headers or JSON) as answer:
        said = await answer.text()
        told = json.loads(said) if "json" in answer.content_type else said
        return answer.status, told, answer.headers.get("Retry-After")


async def test_marks_are_made_and_told_and_refused() -> None:
    async with running("real", strict=False) as subject, aiohttp.ClientSession() as session:
        port = subject.port
        status, told, _ = await post(session, port, {"text": "deployed 1.2"})
        assert status == 201 and told["kind"] == "note"
        status, old, _ = await post(session, port, {"text": "was before", "time": "-5m"})
        assert status == 201 and old["time"] < told["time"] - 299
        notes = ["was before", "deployed 1.2"]
        marks: list[Any] = []
        async with asyncio.timeout(FIRST_TICK_S):
            while "start" not in {mark["kind"] for mark in marks}:
                async with session.get(f"http://127.0.0.1:{port}/api/v1/marks?from=-10m") as answer:
                    marks = (await answer.json())["marks"]
        assert [mark["text"] for mark in marks if mark["kind"] == "note"] == notes
        # Another site's page: neither a plain form of it nor a script of it gets in.
        form = {"Content-Type": "text/plain"}
        assert (await post(session, port, {"text": "x"}, form))[0] == 415
        foreign = {**JSON, "Origin": "http://evil.example"}
        assert (await post(session, port, {"text": "x"}, foreign))[0] == 403
        for wrong, parameter in (
            ({}, "text"),
            ({"text": ""}, "text"),
            ({"text": "x" * 201}, "text"),
            ({"text": "a\nb"}, "text"),
            ({"text": 5}, "text"),
            ({"text": "x", "time": "soon"}, "time"),
            ({"text": "x", "time": True}, "time"),
            ({"text": "x", "kind": "boot"}, "kind"),
        ):
            status, said, _ = await post(session, port, wrong)
            assert (status, said["parameter"]) == (400, parameter), wrong
        for body, expected in (
            (b"{", 400),
            (b"[]", 400),
            (b"[" * 4000, 400),
            (b'"' + b"x" * MAX_BODY_BYTES + b'"', 413),
        ):
            assert (await post(session, port, body))[0] == expected
        statuses = [(await post(session, port, {"text": str(n)}))[0] for n in range(MOST_A_MINUTE)]
        assert statuses == [201] * (MOST_A_MINUTE - 2) + [429] * 2
        assert int((await post(session, port, {"text": "x"}))[2] or 0) > 0
        subject.assert_log_clean()


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_other_methods_are_not_for_it(method: str) -> None:
    async with running("real", strict=False) as subject, aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{subject.port}/api/v1/marks"
        async with session.request(method, url) as answer:
            assert answer.status == 405
