"""Who may come in: the Host and the Origin of every request, on a real socket."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from monitor import app as program
from monitor.auth.access import ROUTES
from monitor.auth.role import Role
from monitor.cli import load
from monitor.web.security import expected, same_host, served_names
from tests.support.locked import TOKENS, furnish, locked
from tests.support.peers import HANDSHAKE


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    app = program.build(load(["--allowed-host", "mon.example"], {"STATE_DIRECTORY": str(tmp_path)}))
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


async def status(port: int, request: str) -> int:
    """The status that a request, written out as it is, is answered with."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.encode())
    line = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    return int(line.split()[1])


# What each kind of listening is asked by: on 127.0.0.1, on all addresses, on 192.0.2.7.
HOSTS = [
    # This machine's own.
    ("localhost:9050", "lws"),
    ("LOCALHOST", "lws"),
    ("127.0.0.1:9050", "lw"),
    ("127.0.0.1", "lw"),
    ("127.9.9.9", "lw"),
    ("[::1]:9050", "lw"),
    ("[::1]", "lw"),
    # That of the connection, or of a router before it; an address cannot be rebound.
    ("192.0.2.7:9050", "ws"),
    ("192.0.2.8", "w"),
    ("[2001:db8::7]", "w"),
    ("0.0.0.0:9050", "w"),
    # What was allowed by --allowed-host.
    ("mon.example", "lws"),
    ("mon.example:443", "lws"),
    ("MON.example", "lws"),
    # Others.
    ("evil.example", ""),
    ("evil.example:9050", ""),
    ("evil.example:443", ""),
    # Before and after a name that is allowed.
    ("localhost.evil.example", ""),
    ("evillocalhost", ""),
    ("evil-localhost", ""),
    ("evil.localhost", ""),
    ("mon.example.evil.example", ""),
    ("evil.mon.example", ""),
    ("xmon.example", ""),
    ("mon.examplex", ""),
    ("127.0.0.1.evil.example", ""),
    ("127.0.0.1evil.example", ""),
    # Names of an address.
    ("127.0.0.1.nip.io", ""),
    ("127-0-0-1.nip.io:9050", ""),
    ("7f000001.nip.io", ""),
    ("localtest.me", ""),
    # A dot at the end is another site to a browser.
    ("localhost.", ""),
    ("127.0.0.1.", ""),
    ("mon.example.", ""),
    ("mon.example.:9050", ""),
    # Addresses that only some read as such.
    ("0x7f000001", ""),
    ("2130706433", ""),
    ("127.1", ""),
    ("0177.0.0.1", ""),
    ("[::ffff:127.0.0.1]", "w"),
    ("::1", ""),
    ("[127.0.0.1]", ""),
    ("[::1", ""),
    ("::1]", ""),
    ("[::1]x", ""),
    ("[::1%lo]", ""),
    # What is no host.
    ("", ""),
    (".", ""),
    (":9050", ""),
    ("null", ""),
    ("*", ""),
    ("localhost:", ""),
    ("localhost:x", ""),
    ("localhost:9050:9050", ""),
    ("localhost:999999", ""),
    ("localhost evil.example", ""),
    ("localhost,evil.example", ""),
    ("localhost/evil.example", ""),
    ("localhost@evil.example", ""),
    ("evil.example@localhost", ""),
    ("localhost#evil.example", ""),
    ("localhost\0.evil.example", ""),
    ("l\u00f6calhost", ""),
    ("\uff4cocalhost", ""),
    ("\u0661\u0662\u0667.0.0.1", ""),
]
BOUND = {"l": "127.0.0.1", "w": "0.0.0.0", "s": "192.0.2.7"}


@pytest.mark.parametrize("kind", BOUND)
@pytest.mark.parametrize(("host", "allowed"), HOSTS)
def test_a_host_is_an_address_or_a_name_of_this_machine(host: str, allowed: str, kind: str) -> None:
    bound = BOUND[kind]
    config = load(["--host", bound, "--allowed-host", "mon.example"], {"HOME": "/"})
    local = "192.0.2.7" if kind == "w" else bound
    assert expected(host, served_names(config), bound, local) is (kind in allowed)


@pytest.mark.parametrize("bound", ["::", "::1", "localhost"])
def test_on_ipv6_it_is_the_same(bound: str) -> None:
    config = load(["--host", bound], {"HOME": "/"})
    for host in ("localhost", "[::1]:9050", "127.0.0.1"):
        assert expected(host, served_names(config), bound, "::1")
    assert not expected("evil.example", served_names(config), bound, "::1")
    assert expected("[2001:db8::7]", served_names(config), bound, "::1") is (bound == "::")


def test_the_machines_own_name_serves_only_where_others_can_reach_it() -> None:
    own = socket.gethostname().lower()
    assert own not in served_names(load([], {"HOME": "/"})) - {"localhost"}
    assert own in served_names(load(["--host", "0.0.0.0"], {"HOME": "/"}))


ORIGINS = [
    ("http://127.0.0.1:9050", True),
    ("https://127.0.0.1:9050", True),
    ("HTTP://127.0.0.1:9050", True),
    # Another port is another page.
    ("http://127.0.0.1:9051", False),
    ("http://127.0.0.1", False),
    ("http://127.0.0.1:80", False),
    ("http://localhost:9050", False),
    ("http://[::1]:9050", False),
    ("http://evil.example", False),
    ("http://evil.example:9050", False),
    ("http://127.0.0.1:9050.evil.example", False),
    ("http://127.0.0.1.evil.example:9050", False),
    ("http://evil127.0.0.1:9050", False),
    ("http://127.0.0.1.:9050", False),
    ("http://127.0.0.1.nip.io:9050", False),
    ("http://evil.example@127.0.0.1:9050", False),
    ("http://127.0.0.1:9050@evil.example", False),
    ("http://127.0.0.1:9050/", False),
    ("http://127.0.0.1:9050#", False),
    ("http://127.0.0.1:9050 http://evil.example", False),
    ("file://127.0.0.1:9050", False),
    ("chrome-extension://127.0.0.1:9050", False),
    ("//127.0.0.1:9050", False),
    ("127.0.0.1:9050", False),
    ("null", False),
    ("", False),
    ("http://", False),
    ("http://[", False),
    ("*", False),
]


@pytest.mark.parametrize(("origin", "same"), ORIGINS)
def test_an_origin_is_the_pages_own_port_included(origin: str, same: bool) -> None:
    assert same_host(origin, "127.0.0.1:9050") is same


@pytest.mark.parametrize(
    ("origin", "same"),
    [
        ("https://mon.example", True),
        ("http://mon.example", True),
        # Whatever else is at that name is no page of ours.
        ("https://mon.example:8443", False),
        ("https://mon.example.", False),
        ("https://mon.example.evil.example", False),
        ("https://xmon.example", False),
        ("https://evil.mon.example", False),
        ("https://user@mon.example", False),
    ],
)
def test_a_proxys_own_name_is_an_origin_where_it_is_allowed(origin: str, same: bool) -> None:
    assert same_host(origin, "127.0.0.1:9050", ("mon.example",)) is same
    assert not same_host(origin, "127.0.0.1:9050")


def test_over_https_a_page_that_came_without_is_another() -> None:
    assert same_host("https://mon.example", "mon.example", secure=True)
    assert not same_host("http://mon.example", "mon.example", secure=True)
    assert not same_host("http://mon.example", "mon.example", ("mon.example",), secure=True)


@pytest.mark.parametrize(
    ("request_line", "host", "answer"),
    [
        ("GET / HTTP/1.1", "127.0.0.1", 200),
        ("GET / HTTP/1.1", "evil.example", 400),
        ("GET /healthz HTTP/1.1", "evil.example", 400),
        ("GET /static/icon.svg HTTP/1.1", "evil.example", 400),
        ("GET /nowhere HTTP/1.1", "evil.example", 400),
        ("GET http://evil.example/ HTTP/1.1", "127.0.0.1", 400),
        ("GET http://127.0.0.1/ HTTP/1.1", "evil.example", 400),
        ("GET /nowhere HTTP/1.1", "127.0.0.1", 404),
        ("POST / HTTP/1.1", "127.0.0.1", 405),
    ],
)
async def test_every_route_looks_at_the_host(
    port: int, request_line: str, host: str, answer: int
) -> None:
    assert await status(port, f"{request_line}\r\nHost: {host}\r\n\r\n") == answer


@pytest.mark.parametrize(
    "head",
    [
        "Host: 127.0.0.1\r\nHost: evil.example",
        "Host: evil.example\r\nHost: 127.0.0.1",
        "X: y",  # HTTP/1.1 without a Host
    ],
)
async def test_there_is_one_host(port: int, head: str) -> None:
    assert await status(port, f"GET /healthz HTTP/1.1\r\n{head}\r\n\r\n") == 400


@pytest.mark.parametrize("line", ["GET /healthz HTTP/1.0", "CONNECT 127.0.0.1:80 HTTP/1.1"])
async def test_what_names_no_host_is_refused(port: int, line: str) -> None:
    assert await status(port, f"{line}\r\nConnection: close\r\n\r\n") == 400


async def test_every_route_in_the_table_looks_at_the_host(port: int) -> None:
    for route in ROUTES:
        method, _, path = route.partition(" ")
        path = path.replace("{name}", "icon.svg")
        own = f"127.0.0.1:{port}"
        for target, host in ((path or "/", "evil.example"), (f"http://evil.example{path}", own)):
            request = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            assert await status(port, request) == 400, request


async def test_a_foreign_page_may_not_open_the_stream(port: int) -> None:
    handshake = HANDSHAKE.format(port=port)
    assert await status(port, handshake) == 101
    for origin, same in ORIGINS:
        here = origin.replace(":9050", f":{port}")
        request = handshake.replace("\r\n\r\n", f"\r\nOrigin: {here}\r\n\r\n")
        assert await status(port, request) == (101 if same else 403), origin


async def asked(url: str, **headers: str) -> tuple[int, dict[str, str]]:
    """The status, and what is said of other pages' rights."""
    async with ClientSession() as session, session.get(url, headers=headers) as answer:
        told = {name: value for name, value in answer.headers.items() if name.startswith("Access")}
        return answer.status, told


async def test_no_page_of_another_site_reads_anything(port: int) -> None:
    for path in ("/", "/metrics", "/api/v1/openapi.json", "/healthz", "/login", "/nowhere"):
        url = f"http://127.0.0.1:{port}{path}"
        for origin in ("http://evil.example", "null", f"http://localhost:{port}"):
            assert await asked(url, Origin=origin) == (403, {})
        assert (await asked(url, Origin=f"http://127.0.0.1:{port}"))[1] == {}


async def test_a_page_of_a_configured_origin_reads_figures_alone(tmp_path: Path) -> None:
    grafana = "https://grafana.example"
    furnish(tmp_path)
    async with locked(tmp_path, "--cors-origin", grafana) as server:
        api, page = f"{server.base}/api/v1/openapi.json", f"{server.base}/"
        token = f"Bearer {TOKENS[Role.VIEWER]}"
        may = {"Access-Control-Allow-Origin": grafana}
        assert await asked(api, Origin=grafana, Authorization=token) == (200, may)
        assert await asked(api, Origin=grafana) == (401, may)
        assert await asked(page, Origin=grafana) == (403, {})
        assert await asked(f"{server.base}/ws/metrics", Origin=grafana) == (403, {})
        for origin in ("https://grafana.example.evil.example", "http://grafana.example", "null"):
            assert await asked(api, Origin=origin, Authorization=token) == (403, {})
        assert (await asked(api, Authorization=token))[1] == {}
        async with ClientSession() as session:
            for method, path, status in (("GET", api, 204), ("GET", page, 403)):
                headers = {"Origin": grafana, "Access-Control-Request-Method": method}
                async with session.options(path, headers=headers) as answer:
                    assert answer.status == status
                    allowed = answer.headers.get("Access-Control-Allow-Headers")
                    assert allowed == ("Authorization" if status == 204 else None)
                    assert "Access-Control-Allow-Credentials" not in answer.headers
            async with session.get(api) as answer:
                assert "Origin" in answer.headers["Vary"]
