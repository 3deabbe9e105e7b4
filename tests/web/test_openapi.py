"""The API does what its description says: schemathesis makes up questions from it, good and bad."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from monitor.clock import SystemClock
from monitor.web import answers, api
from tests.support.admin import as_admin
from tests.support.subject import running

SECONDS = 120.0
EXAMPLES = 40
# That `from` is before `to` no schema can say: what is not so is well-formed, and refused.
EXCLUDED = "positive_data_acceptance"
PROGRAM = Path(sys.executable).with_name("schemathesis")


async def examined(url: str) -> tuple[int, str]:
    """The exit code of schemathesis, and all that it says."""
    with tempfile.TemporaryDirectory() as directory:
        process = await asyncio.create_subprocess_exec(
            *(PROGRAM, "run", f"{url}/api/v1/openapi.json", "--no-color"),
            *("--checks", "all", "--exclude-checks", EXCLUDED),
            *("--max-examples", str(EXAMPLES), "--seed", "1"),
            cwd=directory,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), SECONDS)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert process.returncode is not None
    return process.returncode, said.decode(errors="replace")


async def test_the_api_is_as_it_is_described() -> None:
    async with running("real", strict=False) as subject:
        code, said = await examined(f"http://127.0.0.1:{subject.port}")
        assert code == 0, said
        assert f"Tested: {len(api.OPERATIONS)}" in said
        subject.assert_log_clean()


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_one_that_answers_something_else_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The check above can fail."""

    async def other(request: web.Request, asked: object) -> web.Response:
        return web.json_response({"nothing": "of the kind"})

    [one] = [operation for operation in api.OPERATIONS if operation.path == "/metrics"]
    monkeypatch.setattr(api, "OPERATIONS", (replace(one, handler=other),))
    assert one.answers["application/json"] is answers.METRICS
    app = web.Application(middlewares=[as_admin])
    api.add(app, "", SystemClock())
    async with served(app) as url:
        code, said = await examined(url)
    assert code == 1 and "Response violates schema" in said, said
