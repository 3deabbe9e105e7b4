"""Who may what: one table, walked as anybody, as viewer and as admin, over real sockets."""

import asyncio
import base64
import gzip
import json
import re
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, web

from monitor import app as program
from monitor import collectors
from monitor.auth import access
from monitor.auth.access import ROUTES, SAID, TOLD, TOPICS, Rule
from monitor.auth.role import Role
from monitor.cli import load
from monitor.live import topics
from monitor.model.schema import Schema
from monitor.wire import commands
from tests.support.locked import TOKENS, Locked, furnish, locked
from tests.test_docs import samples

USER = {Role.ANYBODY: None, Role.VIEWER: "eve", Role.ADMIN: "admin"}
LIMIT_S = 30.0
MOMENT, SNAPSHOT = "/api/v1/moment?at=now", "/api/v1/snapshot"
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
# What is put into a route's braces.
OF_A_TOPIC = ("subscribe", "unsubscribe", "snapshot", "resume")
PARTS = {"{name}": "icon.svg"}


def routed(app: web.Application) -> Iterator[tuple[str, str]]:
    """Method and path of every route."""
    for route in app.router.routes():
        assert route.resource is not None
        yield route.method, route.resource.canonical


def application(directory: Path, base_path: str = "") -> web.Application:
    flags = ["--base-path", base_path]
    return program.build(load(flags, {"STATE_DIRECTORY": str(directory)}))


# The table is whole


@pytest.mark.parametrize("base_path", ["", "/monitor"])
def test_every_route_stands_in_the_table_and_no_other(tmp_path: Path, base_path: str) -> None:
    found = {
        f"{'GET' if method == 'HEAD' else method} {path.removeprefix(base_path)}"
        for method, path in routed(application(tmp_path, base_path))
    }
    assert found == set(ROUTES) - ({"GET "} if not base_path else set())


def test_every_command_message_and_topic_stands_in_the_table_and_no_other() -> None:
    assert {command.TYPE for command in get_args(commands.Command)} == set(SAID)
    assert samples().keys() == TOLD.keys()
    families = Schema(collectors.record_types()).families.values()
    assert set(topics.TOPICS) == set(TOPICS) >= {family.topic for family in families}


def test_what_tells_of_command_lines_files_and_sockets_is_for_admins() -> None:
    assert TOPICS["commands"] is TOPICS["sockets"] is Role.ADMIN
    assert SAID["process"] is TOLD["process"] is Role.ADMIN


def test_what_does_not_stand_there_is_nobodys() -> None:
    assert access.rule("GET", "/new") is access.rule("POST", "/metrics") is None
    assert not access.may(Role.ADMIN, SAID, "kill") and not access.may(Role.ADMIN, TOPICS, None)


async def test_a_route_that_was_forgotten_is_refused_to_an_admin(tmp_path: Path) -> None:
    async def secret(request: web.Request) -> web.Response:
        return web.Response(text="told")

    furnish(tmp_path)
    app = application(tmp_path)
    app.router.add_get("/new", secret)
    assert access.rule("GET", "/new") is None
    async with locked(tmp_path, app=app) as server:
        for user, status in ((None, 401), ("admin", 403)):
            async with server.browser(user) as browser:
                answer = await server.ask(browser, "/new")
                assert answer.status == status and "told" not in await answer.text()
    # And where nobody has to sign in.
    app = application(tmp_path / "open")
    app.router.add_get("/new", secret)
    async with locked(tmp_path / "open", app=app) as server, server.browser() as browser:
        assert (await server.ask(browser, "/new")).status == 403


# It is what happens


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("state")
    furnish(made)
    return made


@pytest.fixture
async def server(directory: Path) -> AsyncIterator[Locked]:
    async with locked(directory) as server:
        yield server


async def asked(server: Locked, browser: ClientSession, route: str, **options: Any) -> int:
    """The status of a request of that route."""
    method, _, path = route.replace("* ", "GET ").partition(" ")
    for brace, part in PARTS.items():
        path = path.replace(brace, part)
    if path == "/ws/metrics":
        headers = {**UPGRADE, **options.get("headers", {})}
        async with browser.get(f"{server.base}{path}", headers=headers) as answer:
            return answer.status
    return (await server.ask(browser, path, method, **options)).status


def refused(route: str, status: int) -> bool:
    # The way to the form is how a browser is refused the page.
    return status in (401, 403) or (route, status) == ("GET /", 303)


@pytest.mark.parametrize("role", USER, ids=lambda role: role.word)
async def test_each_route_is_open_to_whom_the_table_says(server: Locked, role: Role) -> None:
    for route, rule in ROUTES.items():
        if route in ("GET ", "POST /logout"):  # of a base path; and it would end the session
            continue
        async with server.browser(USER[role]) as browser:
            # A POST without a form is wrong (415), and not forbidden.
            status = await asked(server, browser, route)
            assert refused(route, status) is (role < rule.least), (route, status)
            if route.startswith("GET ") and "/ws/" not in route:
                head = await asked(server, browser, route.replace("GET", "HEAD"))
                # Where there is no HEAD, there is no answer to it either.
                assert refused(route, head) is (role < rule.least) or head == 405, (route, head)


@pytest.mark.parametrize("role", TOKENS, ids=lambda role: role.word)
async def test_each_route_is_open_to_the_tokens_that_the_table_says(
    server: Locked, role: Role
) -> None:
    headers = {"Authorization": f"Bearer {TOKENS[role]}"}
    async with server.browser() as browser:
        for route, rule in ROUTES.items():
            if route == "GET ":
                continue
            status = await asked(server, browser, route, headers=headers)
            may = rule.token and role >= rule.least
            assert refused(route, status) is not may, (route, status)
            assert not (rule.token and not route.startswith(("GET ", "* "))), "tokens only read"


async def test_nothing_is_sent_before_it_is_known_who_asks(server: Locked) -> None:
    async with server.browser() as browser:
        for path in ("/ws/metrics", "/metrics", "/api/v1/processes", "/api/v1/openapi.json"):
            answer = await server.ask(browser, path, headers=UPGRADE)
            assert answer.status == 401
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="monitor"'
            assert int(answer.headers["Content-Length"]) < 200
        for path in ("/healthz", "/readyz"):
            assert "/" not in await (await server.ask(browser, path)).text()


# The stream


async def said_by(stream: ClientWebSocketResponse, types: set[str]) -> dict[str, Any]:
    """The next message of one of these types."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            message: dict[str, Any] = await stream.receive_json()
            if message["type"] in types:
                return message


def command(kind: str, topic: str) -> dict[str, Any]:
    more: dict[str, dict[str, Any]] = {
        "resume": {"session": "x", "since": 1},
        "history": {"metrics": ["cpu.usage"]},
        "process": {"pid": 1},
    }
    return {"type": kind, "topic": topic, **more.get(kind, {})}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ADMIN], ids=lambda role: role.word)
async def test_each_command_and_topic_is_open_to_whom_the_table_says(
    server: Locked, role: Role
) -> None:
    async with server.browser(USER[role]) as browser:
        for kind, least in SAID.items():
            async with browser.ws_connect(f"{server.base}/ws/metrics") as stream:
                welcome = await said_by(stream, {"welcome"})
                assert set(welcome["topics"]) == {n for n, r in TOPICS.items() if role >= r}
                for topic, needs in TOPICS.items():
                    may = role >= least and (kind not in OF_A_TOPIC or role >= needs)
                    await stream.send_json(command(kind, topic))
                    # Messages are followed one after another: its answer ends here.
                    await stream.send_json({"type": "?"})
                    answer = await said_by(stream, {"error"})
                    assert (answer["code"] == "forbidden") is not may, (kind, topic, answer)
                    if answer["code"] != "unknown-type":
                        await said_by(stream, {"error"})


async def test_a_viewer_is_told_nothing_that_is_not_for_viewers(server: Locked) -> None:
    async with (
        server.browser("admin") as other,
        server.browser("eve") as browser,
        other.ws_connect(f"{server.base}/ws/metrics") as admins,
        browser.ws_connect(f"{server.base}/ws/metrics") as stream,
    ):
        # The admin's topics are read meanwhile.
        for topic in ("commands", "sockets"):
            await admins.send_json({"type": "subscribe", "topic": topic})
        await admins.send_json({"type": "process", "pid": 1})
        assert (await said_by(admins, {"process"}))["data"]
        heard: list[dict[str, Any]] = []
        async with asyncio.timeout(LIMIT_S):
            for kind in SAID:
                for topic in TOPICS:
                    await stream.send_json(command(kind, topic))
            while sum(message["type"] == "patch" for message in heard) < 3:
                heard.append(await stream.receive_json())
        for message in heard:
            assert TOLD[message["type"]] <= Role.VIEWER
            assert TOPICS[message.get("topic", "host")] <= Role.VIEWER


async def test_nor_by_the_history_and_the_scrape(server: Locked) -> None:
    hidden = {
        family.name
        for family in Schema(collectors.record_types()).families.values()
        if TOPICS[family.topic] > Role.VIEWER
    }
    assert {"listener", "command"} <= hidden
    pages = {}
    async with (
        server.browser() as browser,
        server.browser("admin") as admin,
        admin.ws_connect(f"{server.base}/ws/metrics") as stream,
    ):
        await stream.send_json({"type": "subscribe", "topic": "sockets"})
        async with asyncio.timeout(LIMIT_S):
            while "listener" not in json.dumps(await said_by(stream, {"snapshot", "patch"})):
                pass
        for role, text in TOKENS.items():
            headers = {"Authorization": f"Bearer {text}"}
            answer = await server.ask(browser, "/metrics", headers=headers)
            pages[role] = await answer.text()
            for family in hidden:
                metric = f"/api/v1/query?metric={family}.waiting"
                status = (await server.ask(browser, metric, headers=headers)).status
                assert (status == 403) is (role is Role.VIEWER), (family, role, status)
            answer = await server.ask(browser, "/api/v1/metrics", headers=headers)
            named = {one["name"].partition(".")[0] for one in (await answer.json())["metrics"]}
            assert not (named & hidden) or role is Role.ADMIN
    assert "monitor_listener" in pages[Role.ADMIN]
    assert not [family for family in hidden if f"monitor_{family}" in pages[Role.VIEWER]]


def unpacked(page: str) -> str:
    """The record in a snapshot; any other answer as it is."""
    found = re.search(r'id="record">([^<]+)<', page)
    return gzip.decompress(base64.b64decode(found[1])).decode() if found else page


def hides(text: str, marks: Iterable[str]) -> bool:
    return not any(mark in text for mark in marks)


def asking() -> list[str]:
    """What to GET of each route that is open to viewers, so that it tells something."""
    queries = {"moment": "at=now", "processes": "at=now", "explain": "metric=cpu"}
    queries["query"] = "metric=load.one"
    ways = []
    for route in ROUTES:
        method, _, path = route.partition(" ")
        if method == "GET" and path and "/ws/" not in path:
            query = queries.get(path.rpartition("/")[2])
            ways.append(path.replace("{name}", "icon.svg") + (f"?{query}" if query else ""))
    return ways


async def test_no_answer_tells_a_viewer_of_command_lines_and_sockets(server: Locked) -> None:
    """Though all of it is read meanwhile, for an admin who looks."""
    argument = f"known-by-{secrets.token_hex(8)}"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "input()", argument, stdin=asyncio.subprocess.PIPE
    )
    with socket.create_server(("127.0.0.7", 0)) as listening:
        # Whatever has them has them so.
        marks = argument, f"127.0.0.7:{listening.getsockname()[1]}", '"listener":', '"line":'
        told: dict[Role, dict[str, str]] = {}
        async with (
            server.browser("admin") as admin,
            server.browser("eve") as viewer,
            admin.ws_connect(f"{server.base}/ws/metrics") as stream,
            asyncio.timeout(LIMIT_S),
        ):
            for topic in ("commands", "sockets"):
                await stream.send_json({"type": "subscribe", "topic": topic})
            heard = ""
            while not all(mark in heard for mark in marks):
                heard += json.dumps(await stream.receive_json())
            while marks[1] not in await (await server.ask(admin, MOMENT)).text():
                pass
            for role, browser in ((Role.VIEWER, viewer), (Role.ADMIN, admin)):
                told[role] = {
                    way: unpacked(await (await server.ask(browser, way)).text()) for way in asking()
                }
    await process.communicate(b"\n")
    assert '"load"' in told[Role.VIEWER][MOMENT] and '"texts"' in told[Role.VIEWER][SNAPSHOT]
    assert [way for way, text in told[Role.VIEWER].items() if not hides(text, marks)] == []
    assert not hides(told[Role.ADMIN][MOMENT], marks)
    # The file is handed on: it has none of this, whoever makes it.
    assert hides(told[Role.ADMIN][SNAPSHOT], marks)


def test_a_rule_is_for_reading_where_a_token_may() -> None:
    assert not [r for r, rule in ROUTES.items() if rule.token and not r.startswith("GET ")]
    assert Rule(Role.VIEWER).token is False
