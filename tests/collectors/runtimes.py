"""Servers on a unix socket: one that speaks docker's API, and those that do not."""

import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from tests.collectors.sources import LONG_S

Converse = Callable[[socket.socket], None]


def _stop(server: socketserver.BaseServer, thread: threading.Thread) -> None:
    server.shutdown()
    server.server_close()
    thread.join(LONG_S)


@contextmanager
def docker(path: Path, containers: list[dict[str, Any]], asked: list[str]) -> Iterator[None]:
    """Python's HTTP server, answering in chunks as docker does; `asked` gets each request line."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(self.requestline)
            found = self.path == "/containers/json"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            body = json.dumps(containers if found else {}).encode()
            for piece in (body[:1], body[1:]):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")

        def address_string(self) -> str:
            return "unix"

        def log_message(self, format: str, *args: Any) -> None:
            pass

    path.parent.mkdir(parents=True, exist_ok=True)
    server = socketserver.ThreadingUnixStreamServer(str(path), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        _stop(server, thread)


@contextmanager
def peer(path: Path, converse: Converse) -> Iterator[None]:
    """Whoever connects is handed to `converse`, which may do with the connection what it likes."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):  # the other end had enough
                converse(self.request)

    path.parent.mkdir(parents=True, exist_ok=True)
    server = socketserver.ThreadingUnixStreamServer(str(path), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        _stop(server, thread)


def silent(connection: socket.socket) -> None:
    """Says nothing until the other end goes."""
    connection.settimeout(LONG_S)
    while connection.recv(1 << 16):
        pass


def flood(unit: bytes, times: int) -> Converse:
    """Says so much, as fast as it is taken."""

    def converse(connection: socket.socket) -> None:
        connection.settimeout(LONG_S)
        connection.recv(1 << 16)
        for _ in range(times):
            connection.sendall(unit)

    return converse


def says(*texts: bytes) -> Converse:
    """Says one text after each thing that is said to it, and then ends."""

    def converse(connection: socket.socket) -> None:
        connection.settimeout(LONG_S)
        for text in texts:
            if not connection.recv(1 << 16):
                return
            connection.sendall(text)

    return converse
