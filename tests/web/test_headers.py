"""Every answer forbids all but the page's own files, whoever gives it and however it is."""

import asyncio
import contextlib
from pathlib import Path

import pytest
from aiohttp import web

from monitor import app as program
from monitor.auth import access
from monitor.auth.role import Role
from monitor.cli import load
from monitor.web.headers import HEADERS, NO_PAGE, POLICY
from monitor.web.visitor import VISITOR
from tests.support.locked import TOKENS, Locked, furnish, locked
from tests.support.peers import HANDSHAKE

LONG_S = 20.0


async def told(server: Locked, sent: str | bytes) -> tuple[int, dict[str, str]]:
    """The status and the headers of what a request, written out as it is, is answered with."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(sent.encode() if isinstance(sent, str) else sent)
    async with asyncio.timeout(LONG_S):
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    headers = dict(line.split(": ", 1) for line in lines if line)
    return int(first.split()[1]), headers


def check(headers: dict[str, str]) -> None:
    for name, value in HEADERS.items():
        if name == POLICY and not headers.get("Content-Type", "text/html").startswith("text/html"):
            # What stands before the application answers has the long one always.
            assert headers[name] in (value, NO_PAGE)
        else:
            assert headers.get(name) == value or name in ("Cache-Control", POLICY), name
    assert headers[POLICY].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in headers[POLICY]
    assert headers["Cache-Control"] in ("no-cache", "no-store")
    assert "aiohttp" not in headers.get("Server", "") and "Python" not in headers.get("Server", "")
    assert not [name for name in headers if name.startswith("Access-Control")]


def request(line: str, *headers: str, host: str = "127.0.0.1") -> str:
    return "\r\n".join([f"{line} HTTP/1.1", f"Host: {host}", *headers, "", ""])


TOKEN = f"Authorization: Bearer {TOKENS[Role.VIEWER]}"
FORM = "Content-Type: application/x-www-form-urlencoded"
ANSWERS: dict[str, tuple[int, str | bytes]] = {
    "the form": (200, request("GET /login")),
    "a file": (200, request("GET /static/icon.svg")),
    "a file, compressed": (200, request("GET /static/icon.svg", "Accept-Encoding: gzip")),
    "a file that is there": (304, request("GET /static/icon.svg", "If-None-Match: *")),
    "the icon": (204, request("GET /favicon.ico")),
    "figures": (200, request("GET /api/v1/openapi.json", TOKEN)),
    "the way to the form": (303, request("GET /")),
    "nowhere": (404, request("GET /nowhere")),
    "no file": (404, request("GET /static/nothing")),
    "no operation": (404, request("GET /api/v1/nothing", TOKEN)),
    "another method": (405, request("POST /static/icon.svg")),
    "a strange method": (400, request("BREW /")),
    "no HEAD": (405, request("HEAD /ws/metrics")),
    "a parameter": (400, request("GET /api/v1/query", TOKEN)),
    "a foreign host": (400, request("GET /", host="evil.example")),
    "no host": (400, request("GET /", host="")),
    "a foreign page": (403, request("GET /", "Origin: null")),
    "a token for the page": (403, request("GET /", TOKEN)),
    "nobody": (401, request("GET /metrics")),
    "nobody, of the API": (401, request("GET /api/v1/history")),
    "nobody, of the stream": (401, HANDSHAKE.format(port=1)),
    "a foreign page, of the stream": (
        403,
        HANDSHAKE.format(port=1).replace("\r\n\r\n", "\r\nOrigin: http://evil.example\r\n\r\n"),
    ),
    "a form that is none": (415, request("POST /login", "Content-Length: 0")),
    "too long a form": (
        413,
        request("POST /login", FORM, "Content-Length: 99999") + "x" * 99_999,
    ),
    "no HTTP": (400, b"\x16\x03\x01\x02\x00\x01\r\n\r\n"),
    "no request": (400, "x\r\n\r\n"),
    "a broken header": (400, request("GET /", "a b: c")),
    "two hosts": (400, request("GET /", "Host: 127.0.0.1")),
    "two lengths": (400, request("POST /login", "Content-Length: 1", "Content-Length: 2")),
    "a strange version": (400, "GET / HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n"),
    "a long line": (400, request(f"GET /{'x' * 9000}")),
    "too long a head": (431, request("GET /", *[f"X-{n}: {'x' * 900}" for n in range(60)])[:-4]),
}


@pytest.mark.parametrize("case", ANSWERS)
async def test_every_answer_has_the_headers(case: str, tmp_path: Path) -> None:
    furnish(tmp_path)
    async with locked(tmp_path) as server:
        status, headers = await told(server, ANSWERS[case][1])
        assert status == ANSWERS[case][0]
        check(headers)


async def test_so_has_what_a_password_is_answered(tmp_path: Path) -> None:
    furnish(tmp_path)
    form = "user=admin&password=wrong"
    sent = request("POST /login", FORM, f"Content-Length: {len(form)}") + form
    async with locked(tmp_path) as server:
        for expected in [401] * 5 + [429]:
            status, headers = await told(server, sent)
            assert status == expected and ("Retry-After" in headers) is (expected == 429)
            check(headers)


async def test_so_has_an_upgrade_and_a_server_that_is_full(tmp_path: Path) -> None:
    async with locked(tmp_path, "--max-viewers", "1") as server, server.browser() as browser:
        async with browser.ws_connect(f"{server.base}/ws/metrics"):
            status, headers = await told(server, HANDSHAKE.format(port=server.port))
            assert status == 503
            check(headers)
        async with asyncio.timeout(LONG_S):
            while status == 503:
                status, headers = await told(server, HANDSHAKE.format(port=server.port))
        assert status == 101
        check(headers)
        status, headers = await told(server, request("GET /ws/metrics"))
        assert status == 400
        check(headers)


async def test_so_has_a_server_without_places(tmp_path: Path) -> None:
    async with locked(tmp_path, requests=0) as server:
        status, headers = await told(server, request("GET /"))
        assert (status, headers["Retry-After"]) == (503, "1")
        check(headers)


async def test_so_has_a_request_that_takes_too_long(tmp_path: Path) -> None:
    async with locked(tmp_path) as server:
        status, headers = await told(server, "GET / HTTP/1.1\r\n")
        assert status == 408
        check(headers)


async def test_so_has_an_error_of_the_programs_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(request: web.Request) -> web.Response:
        assert request[VISITOR].role is Role.ADMIN
        raise RuntimeError("broken")

    rule = access.Rule(Role.VIEWER)
    monkeypatch.setattr(access, "ROUTES", {**access.ROUTES, "GET /broken": rule})
    app = program.build(load([], {"STATE_DIRECTORY": str(tmp_path)}))
    app.router.add_get("/broken", broken)
    async with locked(tmp_path, app=app) as server:
        for accept in ("text/html", "text/plain"):
            status, headers = await told(server, request("GET /broken", f"Accept: {accept}"))
            assert status == 500
            check(headers)
