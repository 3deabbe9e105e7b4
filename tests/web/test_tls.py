"""HTTPS: real handshakes with a real certificate, and what a bad one costs."""

import asyncio
import contextlib
import json
import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector
from websockets.asyncio.client import connect

from tests.support import certificates, peers
from tests.support.locked import WORD, furnish
from tests.support.peers import HANDSHAKE
from tests.support.subject import Subject, running
from tests.test_start import refused

LONG_S = 30.0
# A handshake has Stage.ASKING's time and a second, as it is looked at once a second.
HANDSHAKE_S = 8.5
# A stop has two seconds; the server is in asyncio's debug mode here, and twice as slow.
STOP_S = 3.0


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificates.make(tmp_path_factory.mktemp("pair"))


def trusting(cert: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(cert))


def flags(pair: tuple[Path, Path], *more: str) -> tuple[str, ...]:
    return ("--tls-cert", str(pair[0]), "--tls-key", str(pair[1]), *more)


@pytest.fixture
async def server(pair: tuple[Path, Path], tmp_path: Path) -> AsyncIterator[Subject]:
    furnish(tmp_path)
    environment = {"STATE_DIRECTORY": str(tmp_path)}
    async with running("real", flags=flags(pair), environment=environment) as subject:
        yield subject


async def cookie(server: Subject, cert: Path) -> str:
    """Of a session; it is for HTTPS alone."""
    form = {"user": "admin", "password": WORD}
    connector = TCPConnector(ssl=trusting(cert))
    url = f"https://127.0.0.1:{server.port}/login"
    async with (
        ClientSession(connector=connector) as browser,
        browser.post(url, data=form, allow_redirects=False) as answer,
    ):
        assert answer.status == 303
        (found,) = answer.cookies.values()
        assert found["secure"] is True and found["samesite"] == "Strict"
        return f"{found.key}={found.value}"


async def test_the_page_and_the_stream_are_had_over_it(
    server: Subject, pair: tuple[Path, Path]
) -> None:
    headers = {"Cookie": await cookie(server, pair[0])}
    url = f"wss://127.0.0.1:{server.port}/ws/metrics"
    async with (
        asyncio.timeout(LONG_S),
        connect(url, ssl=trusting(pair[0]), additional_headers=headers, compression=None) as ws,
    ):
        types = []
        async for message in peers.messages(ws):
            types.append(message["type"])
            if types.count("patch") >= 4:
                break
        assert types[:2] == ["welcome", "snapshot"]
    async with ClientSession(connector=TCPConnector(ssl=trusting(pair[0]))) as browser:
        base = f"https://127.0.0.1:{server.port}"
        async with browser.get(f"{base}/static/js/main.js") as answer:
            assert answer.status == 200 and len(await answer.read()) > 1000
        async with browser.get(f"{base}/", headers=headers) as answer:
            assert answer.status == 200
        # A page that came without encryption is another page.
        for origin, status in ((base, 200), (base.replace("https", "http"), 403)):
            async with browser.get(f"{base}/", headers={**headers, "Origin": origin}) as answer:
                assert answer.status == status
    assert await server.stop(signal.SIGTERM, LONG_S) == 0
    server.assert_log_clean()


async def test_at_the_end_viewers_are_told_and_nobody_is_waited_for(
    server: Subject, pair: tuple[Path, Path]
) -> None:
    headers = {"Cookie": await cookie(server, pair[0])}
    loop = asyncio.get_running_loop()
    # One that reads nothing, not even the end of TLS; and one that has not shaken hands.
    head = HANDSHAKE.format(port=server.port)
    head = head.replace("\r\n\r\n", f"\r\nCookie: {headers['Cookie']}\r\n\r\n")
    with (
        shaken(server.port, trusting(pair[0])) as deaf,
        socket.create_connection(("127.0.0.1", server.port), LONG_S),
    ):
        deaf.sendall(head.encode())
        assert deaf.recv(12) == b"HTTP/1.1 101"
        url = f"wss://127.0.0.1:{server.port}/ws/metrics"
        context = trusting(pair[0])
        async with (
            asyncio.timeout(LONG_S),
            connect(url, ssl=context, additional_headers=headers, compression=None) as ws,
        ):
            assert json.loads(await ws.recv())["type"] == "welcome"
            began = loop.time()
            server.process.send_signal(signal.SIGTERM)
            types = [message["type"] async for message in peers.messages(ws)]
            assert types[-1] == "bye" and ws.close_code == 1001
            assert await server.ended(LONG_S) == 0
            assert loop.time() - began < STOP_S
    server.assert_log_clean()


@contextlib.contextmanager
def shaken(port: int, context: ssl.SSLContext) -> Iterator[ssl.SSLSocket]:
    with (
        socket.create_connection(("127.0.0.1", port), LONG_S) as sock,
        context.wrap_socket(sock, server_hostname="localhost") as encrypted,
    ):
        yield encrypted


async def test_nothing_older_than_tls_1_2_is_spoken(server: Subject) -> None:
    for version in ("-tls1", "-tls1_1", "-tls1_2", "-tls1_3"):
        # Whatever OpenSSL's own settings here: the server alone is to refuse.
        child = await asyncio.create_subprocess_exec(
            *("openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-brief"),
            *("-cipher", "ALL:@SECLEVEL=0", version),
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(LONG_S):
            _, said = await child.communicate()
        spoken = b"CONNECTION ESTABLISHED" in said
        assert spoken is (version in ("-tls1_2", "-tls1_3")), (version, said)


async def test_what_is_no_tls_is_turned_away(server: Subject) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    async with asyncio.timeout(LONG_S):
        with contextlib.suppress(ConnectionError):
            assert b"HTTP" not in await reader.read()
    writer.close()


async def test_a_handshake_that_never_ends_is_ended(server: Subject) -> None:
    loop = asyncio.get_running_loop()
    for said in (b"", b"\x16\x03\x01\x02\x00\x01"):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(said)
        began = loop.time()
        async with asyncio.timeout(LONG_S):
            with contextlib.suppress(ConnectionError):
                await reader.read()
        assert loop.time() - began < HANDSHAKE_S
        writer.close()


async def test_a_viewer_that_does_not_read_is_cut_off(
    server: Subject, pair: tuple[Path, Path]
) -> None:
    head = HANDSHAKE.format(port=server.port)
    head = head.replace("\r\n\r\n", f"\r\nCookie: {await cookie(server, pair[0])}\r\n\r\n")
    with shaken(server.port, trusting(pair[0])) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        sock.sendall(head.encode())
        assert sock.recv(12) == b"HTTP/1.1 101"
        snapshot = peers.text({"type": "snapshot", "topic": "host"})
        with contextlib.suppress(ConnectionError):
            sock.sendall(snapshot * 60)
        async with asyncio.timeout(LONG_S):
            while not any("stopped reading" in line for line in server.log):  # noqa: ASYNC110
                await asyncio.sleep(0.1)  # its log tells of it, and nothing else


async def test_a_broken_frame_is_told_and_leaves_no_trace(
    server: Subject, pair: tuple[Path, Path]
) -> None:
    head = HANDSHAKE.format(port=server.port)
    head = head.replace("\r\n\r\n", f"\r\nCookie: {await cookie(server, pair[0])}\r\n\r\n")
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", server.port, ssl=trusting(pair[0]), server_hostname="localhost"
    )
    writer.write(head.encode())
    async with asyncio.timeout(LONG_S):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"\x81\x01x")  # without a mask
        with contextlib.suppress(ConnectionError):
            assert b"\x88" in await reader.read()
    writer.close()
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        await writer.wait_closed()
    assert await server.stop(signal.SIGTERM, LONG_S) == 0
    server.assert_log_clean()


def presented(port: int) -> bytes:
    """The certificate that a new connection is shown."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with shaken(port, context) as sock:
        found = sock.getpeercert(binary_form=True)
        assert found is not None
        return found


async def logged(server: Subject, what: str, times: int = 1) -> None:
    async with asyncio.timeout(LONG_S):
        while sum(what in line for line in server.log) < times:  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # its log tells of it, and nothing else


async def test_a_new_certificate_is_taken_at_sighup(tmp_path: Path) -> None:
    first, second = certificates.make(tmp_path), certificates.make(tmp_path, "second")
    environment = {"STATE_DIRECTORY": str(tmp_path / "state")}
    async with running("real", flags=flags(first), environment=environment) as server:
        url = f"wss://localhost:{server.port}/ws/metrics"
        async with connect(url, ssl=trusting(first[0]), compression=None) as ws:
            assert json.loads(await ws.recv())["type"] == "welcome"
            before = await asyncio.to_thread(presented, server.port)
            # Half of a pair is none, and leaves what was.
            first[0].write_bytes(second[0].read_bytes())
            server.process.send_signal(signal.SIGHUP)
            await logged(server, "certificate.refused")
            assert await asyncio.to_thread(presented, server.port) == before
            first[1].write_bytes(second[1].read_bytes())
            server.process.send_signal(signal.SIGHUP)
            await logged(server, "certificate.read")
            after = await asyncio.to_thread(presented, server.port)
            assert ssl.DER_cert_to_PEM_cert(after) == second[0].read_text()
            assert after != before
            # Who was there stays.
            async with asyncio.timeout(LONG_S):
                assert json.loads(await ws.recv())["type"]


def test_a_certificate_that_is_none_is_refused(pair: tuple[Path, Path], tmp_path: Path) -> None:
    data = ("--data-dir", str(tmp_path / "data"))
    cert, key = pair
    other = certificates.make(tmp_path, "other")[1]
    assert refused(*flags((cert, other)), *data).endswith("KEY_VALUES_MISMATCH")
    assert "No such file" in refused(*flags((cert, tmp_path / "absent")), *data)
    assert "without --tls-cert" in refused("--tls-key", str(key), *data)
    assert "cannot use the certificate" in refused("--tls-cert", str(cert), *data)  # no key in it
    open_key = tmp_path / "open.key"
    open_key.write_bytes(key.read_bytes())
    open_key.chmod(0o644)
    assert refused(*flags((cert, open_key)), *data).endswith(f"chmod 600 {open_key}")
    locked_key = tmp_path / "locked.key"
    subprocess.run(
        ["openssl", "ec", "-in", str(key), "-aes256", "-passout", "pass:x", "-out",
         str(locked_key)],
        check=True, capture_output=True, timeout=LONG_S,
    )  # fmt: skip
    locked_key.chmod(0o600)
    assert refused(*flags((cert, locked_key)), *data).endswith("the key has a password")


def test_both_may_be_in_one_file(pair: tuple[Path, Path], tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(pair[0].read_bytes() + pair[1].read_bytes())
    both.chmod(0o600)
    with subprocess.Popen(
        [sys.executable, "-m", "monitor", "--port", "0", "--data-dir", str(tmp_path / "data"),
         "--tls-cert", str(both)],
        stdout=subprocess.PIPE, text=True,
    ) as child:  # fmt: skip
        assert child.stdout is not None
        said = child.stdout.readline()
        child.terminate()
    assert re.fullmatch(r"monitor is at https://127\.0\.0\.1:\d+/\n", said)
