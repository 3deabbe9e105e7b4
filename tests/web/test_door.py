"""Who may come in: the Host and the Origin of every request, on a real socket."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from monitor import app as program
from monitor.cli import load
from monitor.web.security import expected, same_host, served_names
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


LOOPBACK = [
    ("localhost:9050", True),
    ("LOCALHOST", True),
    ("127.0.0.1:9050", True),
    ("127.9.9.9", True),
    ("[::1]:9050", True),
    ("192.0.2.7:9050", True),  # an address cannot be rebound
    ("mon.example", True),
    ("evil.example", False),
    ("localhost.evil.example", False),
    ("evillocalhost", False),
    ("mon.example.evil.example", False),
    ("127.0.0.1.nip.io", False),
    ("127.0.0.1.", False),
    ("0x7f000001", False),
    ("", False),
    ("[::1", False),
    ("user@evil.example", False),
]


@pytest.mark.parametrize(("host", "allowed"), LOOPBACK)
def test_a_host_is_an_address_or_a_name_of_this_machine(host: str, allowed: bool) -> None:
    names = served_names(load(["--allowed-host", "mon.example"], {"HOME": "/"}))
    assert expected(host, names) is allowed


def test_the_machines_own_name_serves_only_where_others_can_reach_it() -> None:
    own = socket.gethostname().lower()
    assert own not in served_names(load([], {"HOME": "/"})) - {"localhost"}
    assert own in served_names(load(["--host", "0.0.0.0"], {"HOME": "/"}))


@pytest.mark.parametrize(
    ("origin", "same"),
    [
        ("http://127.0.0.1:9050", True),
        ("https://127.0.0.1:9050", True),
        ("http://127.0.0.1:9051", False),
        ("http://127.0.0.1", False),
        ("http://127.0.0.1:9050.evil.example", False),
        ("http://evil.example", False),
        ("null", False),
        ("", False),
        ("http://[", False),
    ],
)
def test_an_origin_is_the_pages_own_port_included(origin: str, same: bool) -> None:
    assert same_host(origin, "127.0.0.1:9050") is same


def test_a_proxys_own_name_is_an_origin_where_it_is_allowed() -> None:
    assert same_host("https://mon.example", "127.0.0.1:9050", ("mon.example",))
    assert not same_host("https://mon.example.evil.example", "127.0.0.1:9050", ("mon.example",))
    assert not same_host("https://mon.example", "127.0.0.1:9050")


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


async def test_a_foreign_page_may_not_open_the_stream(port: int) -> None:
    handshake = HANDSHAKE.format(port=port)
    foreign = handshake.replace("\r\n\r\n", "\r\nOrigin: http://evil.example\r\n\r\n")
    own = handshake.replace("\r\n\r\n", f"\r\nOrigin: http://127.0.0.1:{port}\r\n\r\n")
    assert await status(port, foreign) == 403
    assert await status(port, own) == 101
    assert await status(port, handshake) == 101
