"""Viewers, polite and rude, on real sockets."""

import asyncio
import contextlib
import json
import os
import socket
import struct
from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar

from websockets.asyncio.client import ClientConnection, connect

T = TypeVar("T")

HANDSHAKE = (
    "GET /ws/metrics HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n"
)


@contextlib.asynccontextmanager
async def viewer(url: str) -> AsyncIterator[ClientConnection]:
    """A well-behaved viewer."""
    async with connect(url, compression=None, open_timeout=20, close_timeout=5) as ws:
        yield ws


async def messages(ws: ClientConnection) -> AsyncIterator[dict[str, Any]]:
    """What it is sent, decoded, until it is closed."""
    async for text in ws:
        message: dict[str, Any] = json.loads(text)
        yield message


async def raw_viewer(port: int, receive_buffer: int | None = None) -> socket.socket:
    """A bare socket on which the upgrade is done and which has read no message yet."""
    loop = asyncio.get_running_loop()
    sock = socket.socket()
    sock.setblocking(False)
    if receive_buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    try:
        await loop.sock_connect(sock, ("127.0.0.1", port))
        await loop.sock_sendall(sock, HANDSHAKE.format(port=port).encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            got = await loop.sock_recv(sock, 1)
            assert got, f"the upgrade was not done: {head!r}"
            head += got
        assert b" 101 " in head, head
    except BaseException:
        sock.close()
        raise
    return sock


class Crowd:
    """Tasks and sockets of a scenario; none of them outlives it, however it ends."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[Any]] = []
        self._sockets: list[socket.socket] = []

    def start(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run it beside the others."""
        task = asyncio.create_task(coroutine)
        self._tasks.append(task)
        return task

    async def raw(self, port: int, receive_buffer: int | None = None) -> socket.socket:
        """A raw viewer that is closed in the end."""
        sock = await raw_viewer(port, receive_buffer)
        self._sockets.append(sock)
        return sock

    def reset(self) -> float:
        """End all raw viewers at once, with RST; when the first of them went, monotonic seconds."""
        for sock in self._sockets:
            reset_on_close(sock)
        began = asyncio.get_running_loop().time()
        for sock in self._sockets:
            sock.close()
        return began

    async def __aenter__(self) -> "Crowd":
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for sock in self._sockets:
            sock.close()


def masked(opcode: int, payload: bytes) -> bytes:
    """A client's frame (RFC 6455, 5.2)."""
    size = len(payload)
    if size < 126:
        header = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
    else:
        header = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
    mask = os.urandom(4)
    return header + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


def text(message: dict[str, Any]) -> bytes:
    """A client's text message as a frame."""
    return masked(1, json.dumps(message).encode())


def reset_on_close(sock: socket.socket) -> None:
    """Its end will be RST (socket(7), SO_LINGER)."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def reset(sock: socket.socket) -> None:
    """End with RST."""
    reset_on_close(sock)
    sock.close()
