"""What was is told to programs, and what is wrong with a question is named."""

import asyncio
import csv
import io
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, TCPConnector, web
from aiohttp.test_utils import TestClient

from monitor import app as program
from monitor.cli import load
from monitor.history.archive import MAX_WAITING, Archive
from monitor.history.store import Store
from monitor.web import api
from monitor.web.keys import ARCHIVE, CONFIG, HISTORY, SCHEMA
from tests.history.figures import BEGAN, PATIENCE_S, one, running, snapshot
from tests.history.figures import SCHEMA as FED
from tests.support.admin import as_admin
from tests.support.clock import HandClock

StartClient = Callable[[Any], Awaitable[TestClient[Any, Any]]]
PROBLEM = "application/problem+json"
SECONDS = 400


class Wall(HandClock):
    """It is the end of what was recorded."""

    def wall(self) -> float:
        return BEGAN + SECONDS


def application(store: Store, archive: Archive) -> web.Application:
    """The API and nothing else."""
    app = web.Application(middlewares=[as_admin])
    app[CONFIG] = load([], {"HOME": "/"})
    app[HISTORY], app[ARCHIVE], app[SCHEMA] = store, archive, FED
    api.add(app, "", Wall())
    return app


@pytest.fixture
async def client(
    aiohttp_client: StartClient, tmp_path: Path
) -> AsyncIterator[TestClient[Any, Any]]:
    with running(tmp_path, clock=HandClock()) as store:
        for second in range(SECONDS):
            store.add(snapshot(BEGAN + second))
            if second % 100 == 99:
                await asyncio.wait_for(asyncio.wrap_future(store.flush()), PATIENCE_S)
        archive = Archive(store, 1.0)
        yield await aiohttp_client(application(store, archive))
        archive.close()


async def told(client: TestClient[Any, Any], path: str, **query: Any) -> Any:
    answer = await client.get(f"/api/v1/{path}", params=query)
    assert answer.status == 200, await answer.text()
    assert answer.content_type == "application/json"
    return await answer.json()


async def refused(client: TestClient[Any, Any], path: str, status: int) -> Any:
    answer = await client.get(f"/api/v1/{path}")
    assert answer.status == status, await answer.text()
    assert answer.content_type == PROBLEM
    said = await answer.json()
    assert said["status"] == status and said["title"] and said["detail"]
    return said


async def test_figures_are_told_as_they_were_recorded(client: TestClient[Any, Any]) -> None:
    found = await told(client, "query", metric="load.one", **{"from": "-10s", "to": "now"})
    assert (found["from"], found["to"], found["step"]) == (BEGAN + 390, BEGAN + 400, 0)
    assert found["times"] == [BEGAN + second for second in range(390, 400)]
    [series] = found["series"]
    assert series == {
        "metric": "load.one",
        "key": "",
        "unit": "count",
        "average": [one(time) for time in found["times"]],
    }


@pytest.mark.parametrize("form", ["json", "csv"])
async def test_a_moment_keeps_all_its_digits(client: TestClient[Any, Any], form: str) -> None:
    answer = await client.get(f"/api/v1/query?metric=load.since&from=-3s&format={form}")
    assert (await answer.text()).count(str(BEGAN - 0.25)) == 3


async def test_over_a_longer_time_least_and_greatest_are_told_too(
    client: TestClient[Any, Any],
) -> None:
    query = {"metric": "load.one", "from": str(BEGAN), "to": str(BEGAN + 399), "points": "20"}
    found = await told(client, "query", **query)
    assert found["step"] >= 20 and len(found["times"]) <= 20
    [series] = found["series"]
    for time, least, greatest in zip(
        found["times"], series["least"], series["greatest"], strict=True
    ):
        inside = [one(BEGAN + n) for n in range(400) if time <= BEGAN + n < time + found["step"]]
        assert (least, greatest) == (min(inside), max(inside))


async def test_series_are_asked_for_by_name_and_by_key(client: TestClient[Any, Any]) -> None:
    async def names(**query: Any) -> list[tuple[str, str]]:
        found = await told(client, "query", **query)
        return [(series["metric"], series["key"]) for series in found["series"]]

    both = [("core.usage", "0"), ("core.usage", "1")]
    assert await names(metric="core.usage") == both
    assert await names(metric="core.usage", key="1") == both[1:]
    assert await names(metric=["core.usage", "load.one"]) == [*both, ("load.one", "")]
    assert await names(metric="core.usage", key="9") == []
    assert await names(metric="no.such") == []


async def test_what_was_not_is_null_and_never_zero(client: TestClient[Any, Any]) -> None:
    store = client.app[HISTORY]
    store.add(snapshot(BEGAN + SECONDS + 60))
    await asyncio.wait_for(asyncio.wrap_future(store.flush()), PATIENCE_S)
    query = {"from": str(BEGAN + 398), "to": str(BEGAN + 500)}
    found = await told(client, "query", metric="load.one", **query)
    [series] = found["series"]
    assert series["average"] == [one(BEGAN + 398), one(BEGAN + 399), None, one(BEGAN + 460)]


async def test_spreadsheets_are_given_rows(client: TestClient[Any, Any]) -> None:
    answer = await client.get("/api/v1/query?metric=core.usage&from=-3s&format=csv")
    assert answer.content_type == "text/csv"
    rows = list(csv.reader(io.StringIO(await answer.text())))
    assert rows[0] == ["time", "core.usage[0]", "core.usage[1]"]
    assert [row[0] for row in rows[1:]] == [str(int(BEGAN) + n) for n in (397, 398, 399)]
    assert {row[1] for row in rows[1:]} == {"0.25"}
    by_header = await client.get("/api/v1/processes?at=now", headers={"Accept": "text/csv"})
    rows = list(csv.reader(io.StringIO(await by_header.text())))
    assert rows[0][0] == "pid" and {row[0] for row in rows[1:]} == {"1", "77"}


async def test_the_process_table_of_any_second_is_told(client: TestClient[Any, Any]) -> None:
    found = await told(client, "processes", at=str(BEGAN + 123.4))
    assert (found["time"], found["step"]) == (BEGAN + 123, 1)
    assert found["processes"]["77"] == {"started": 9, "user": "me", "name": "work", "cpu": 0.3}
    said = await refused(client, "processes?at=-1d", 404)
    assert said["parameter"] == "at"


async def test_all_that_there_is_a_history_of_is_named(client: TestClient[Any, Any]) -> None:
    found = {one["name"]: one for one in (await told(client, "metrics"))["metrics"]}
    assert found["core.usage"] == {
        "name": "core.usage",
        "unit": "ratio",
        "kind": "gauge",
        "help": "How busy",
        "topic": "host",
        "keys": ["0", "1"],
    }
    assert found["load.one"]["keys"] == []
    assert "load.words" not in found, "texts are not kept"


async def test_how_far_back_it_goes_and_what_fits_is_told(client: TestClient[Any, Any]) -> None:
    found = await told(client, "history")
    assert (found["state"], found["reason"], found["lost"]) == ("ok", None, 0)
    assert (found["from"], found["until"]) == (BEGAN, BEGAN + 399)
    assert 0 < found["bytes"] <= found["limit"] == 1 << 30
    assert [tier["step"] for tier in found["tiers"]] == [1, 10, 60, 3600]
    assert found["tiers"][0]["keeps"] == 14 * 86_400


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("query", "metric"),
        ("query?metric=", "metric"),
        ("query?metric=" + "x" * 256, "metric"),
        ("query?" + "&".join(["metric=a"] * 51), "metric"),
        ("query?metric=a&from=yesterday", "from"),
        ("query?metric=a&to=2026-02-31T00:00:00Z", "to"),
        ("query?metric=a&from=now&to=-1h", "from"),
        ("query?metric=a&from=-9999999w", "from"),
        ("query?metric=a&from=1969-12-31T23:59:59Z", "from"),
        ("query?metric=a&to=99999999999", "to"),
        ("processes?at=9999-12-31T00:00:00Z", "at"),
        ("explain?metric=cpu&from=-9999999w", "from"),
        ("query?metric=a&from=-1h&from=-2h", "from"),
        ("query?metric=a&points=0", "points"),
        ("query?metric=a&points=5001", "points"),
        ("query?metric=a&points=1e3", "points"),
        ("query?metric=a&format=xml", "format"),
        ("query?metric=a&metrics=b", "metrics"),
        ("processes", "at"),
        ("processes?at=nan", "at"),
        ("metrics?x=1", "x"),
    ],
)
async def test_what_is_wrong_is_named(
    client: TestClient[Any, Any], path: str, parameter: str
) -> None:
    said = await refused(client, path, 400)
    assert said["parameter"] == parameter and parameter in said["detail"]


async def test_another_address_is_answered_with_those_that_there_are(
    client: TestClient[Any, Any],
) -> None:
    said = await refused(client, "nothing/here", 404)
    assert "/api/v1/query" in said["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/query?metric=a", 405),
        ("DELETE", "/history", 405),
        ("PUT", "/openapi.json", 405),
        ("POST", "/nothing", 404),
        ("GET", "/query/", 404),
        ("GET", "", 404),
    ],
)
async def test_what_is_refused_before_the_api_is_a_problem_too(
    client: TestClient[Any, Any], method: str, path: str, status: int
) -> None:
    answer = await client.request(method, f"/api/v1{path}")
    assert (answer.status, answer.content_type) == (status, PROBLEM)
    said = await answer.json()
    assert said["status"] == status and said["title"] and said["detail"]
    if status == 405:
        assert answer.headers["Allow"] == "GET, HEAD" and "GET" in said["detail"]


async def test_what_a_request_expects_of_its_body_is_no_matter(
    client: TestClient[Any, Any],
) -> None:
    answer = await client.get("/api/v1/metrics", headers={"Expect": "a miracle"})
    assert answer.status == 200


async def test_what_is_unknown_has_no_times(client: TestClient[Any, Any]) -> None:
    for name in ("no.such", "load.words"):
        found = await told(client, "query", metric=name, **{"from": "-10s"})
        assert (found["series"], found["times"]) == ([], [])


async def test_too_much_is_refused_before_it_is_looked_for(
    client: TestClient[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.web.history_api.MAX_FIGURES", 9)
    said = await refused(client, "query?metric=core.usage&points=5", 422)
    assert "2 series in 5 points" in said["detail"] and said["parameter"] == "metric"


async def test_more_than_wait_already_are_told_to_come_again(client: TestClient[Any, Any]) -> None:
    archive, go = client.app[ARCHIVE], threading.Event()
    first = archive.ask(lambda _: go.wait(PATIENCE_S))
    async with asyncio.timeout(PATIENCE_S):
        while not first.running():  # noqa: ASYNC110  (another thread)
            await asyncio.sleep(0.01)
    for _ in range(MAX_WAITING):
        archive.ask(lambda _: None, "127.0.0.1")
    answer = await client.get("/api/v1/metrics")
    go.set()
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert answer.content_type == PROBLEM


async def test_one_address_leaves_the_others_their_answers(client: TestClient[Any, Any]) -> None:
    archive, go = client.app[ARCHIVE], threading.Event()
    first = archive.ask(lambda _: go.wait(PATIENCE_S), "127.0.0.1")
    async with asyncio.timeout(PATIENCE_S):
        while not first.running():  # noqa: ASYNC110  (another thread)
            await asyncio.sleep(0.01)
    waiting = [archive.ask(lambda _: None, "127.0.0.1") for _ in range(MAX_WAITING)]
    assert (await client.get("/api/v1/metrics")).status == 503
    elsewhere = TCPConnector(local_addr=("127.0.0.2", 0))
    async with ClientSession(connector=elsewhere) as other:
        asked = asyncio.create_task(other.get(client.make_url("/api/v1/metrics")))
        async with asyncio.timeout(PATIENCE_S):
            while not asked.done() and not waiting[-1].done():  # noqa: ASYNC110  (another thread)
                await asyncio.sleep(0.01)
        go.set()
        assert (await asked).status == 200


async def test_without_a_history_it_is_said_why(
    aiohttp_client: StartClient, tmp_path: Path
) -> None:
    app = program.build(load([], {"STATE_DIRECTORY": str(tmp_path)}))
    client = await aiohttp_client(app)
    said = await refused(client, "query?metric=cpu.usage", 503)
    assert said["detail"] == "there is no history: not open"
    found = await told(client, "history")
    assert (found["state"], found["reason"]) == ("off", "not open")


async def test_the_description_has_every_address_and_parameter(
    client: TestClient[Any, Any],
) -> None:
    answer = await client.get("/api/v1/openapi.json")
    described = json.loads(await answer.text())
    assert set(described["paths"]) == {one.path for one in api.OPERATIONS}
    for one_ in api.OPERATIONS:
        parameters = described["paths"][one_.path][one_.method.lower()]["parameters"]
        assert [p["name"] for p in parameters] == [p.name for p in one_.parameters]


async def test_a_large_answer_is_compressed_for_who_takes_it(client: TestClient[Any, Any]) -> None:
    path = f"/api/v1/query?metric=load.one&from={BEGAN}&to={BEGAN + 400}&points=5000"
    async with client.get(path, headers={"Accept-Encoding": "gzip"}) as got:
        told = await got.read()
        assert got.headers["Content-Encoding"] == "gzip"
        small = int(got.headers["Content-Length"])
    async with client.get(path, headers={"Accept-Encoding": "identity"}) as plain:
        assert await plain.read() == told
        assert "Content-Encoding" not in plain.headers
        assert small < len(told) / 2


@pytest.mark.parametrize(("path", "method"), [("query", "POST"), ("marks", "PUT"), ("x", "PUT")])
async def test_other_methods_are_refused_in_the_same_form(
    client: TestClient[Any, Any], path: str, method: str
) -> None:
    answer = await client.request(method, f"/api/v1/{path}")
    assert answer.content_type == PROBLEM
    assert answer.status == (404 if path == "x" else 405)
    if path != "x":
        assert "GET" in answer.headers["Allow"] and method not in answer.headers["Allow"]


async def test_what_never_was_has_no_times_either(client: TestClient[Any, Any]) -> None:
    found = await told(client, "query", metric="no.such")
    assert (found["times"], found["series"]) == ([], [])
