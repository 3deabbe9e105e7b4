"""One way to send one message to many: a server that sends when it is told to on standard input.

`python -m bench.fanout_server METHOD BYTES DIRECTORY` prints its port. Each line that it reads is a
command, answered by one line of JSON: `tick` sends to all and answers with what that cost, `memory`
with the resident bytes, `count` with how many are connected.
"""

import asyncio
import base64
import gc
import hashlib
import json
import math
import socket
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from websockets.asyncio.server import ServerConnection, broadcast, serve

from bench.fanout_report import TIMED, WATCHED
from monitor import app as program
from monitor.cli import load
from monitor.live.room import Room
from monitor.model.sample import Snapshot
from monitor.web.keys import HUB, ROOM
from monitor.wire.frame import text_frame

MOST = 20_000
BACKLOG = 4096
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
STEP_S = 0.001
HOST = "127.0.0.1"


class Method(ABC):
    """A server, and how it sends one message to all that are connected."""

    def __init__(self, size: int, directory: str) -> None:
        self._size = size
        self._directory = directory

    def text(self) -> str:
        """So long, another one at each tick; clients find in it when it was made."""
        now = f"@{time.monotonic():017.6f}@"
        return now * (self._size // len(now))

    @abstractmethod
    async def listen(self) -> int:
        """Begin to accept; the port."""

    @abstractmethod
    async def send(self) -> None:
        """Send one message to all."""

    @abstractmethod
    def count(self) -> int:
        """How many are connected."""


class Hub(Method):
    """This program: its whole application with its sampler at rest, ticks of a made-up host."""

    async def listen(self) -> int:
        app = program.build(load(["--port", "0", "--data-dir", self._directory], {}))
        # The sampler is at rest and needs no descriptors.
        app[ROOM] = Room(viewers=MOST, per_address=MOST, descriptors=MOST)
        self._hub = app[HUB]
        self._seq = 0
        # As the program does: or all heartbeats come at whole seconds, at once.
        self._runner = web.AppRunner(app, access_log=None, timeout_ceil_threshold=math.inf)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, 0, backlog=BACKLOG)
        await site.start()
        await self.send()
        return int(self._runner.addresses[0][1])

    async def send(self) -> None:
        self._seq += 1
        figures: Any = {"host": {"hostname": self.text()}}
        await self._hub.publish(Snapshot(self._seq, time.time(), time.monotonic(), {}, figures))

    def count(self) -> int:
        return len(self._hub.viewers)


class Floor(Method):
    """Sockets and nothing else: one frame, and send(2) for each."""

    async def listen(self) -> int:
        self._peers: list[socket.socket] = []
        self._server = socket.create_server((HOST, 0), backlog=BACKLOG)
        self._server.setblocking(False)
        self._accepting = asyncio.create_task(self._accept())
        return int(self._server.getsockname()[1])

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            peer, _ = await loop.sock_accept(self._server)
            request = await loop.sock_recv(peer, 4096)
            key = next(
                line.split(b":")[1].strip()
                for line in request.split(b"\r\n")
                if line.lower().startswith(b"sec-websocket-key")
            )
            answer = base64.b64encode(hashlib.sha1(key + GUID).digest())
            peer.send(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + answer + b"\r\n\r\n"
            )
            self._peers.append(peer)

    async def send(self) -> None:
        frame = text_frame(json.dumps({"text": self.text()}).encode())
        for peer in self._peers:
            if peer.send(frame) != len(frame):
                raise RuntimeError("a peer does not keep up: this is no floor")

    def count(self) -> int:
        return len(self._peers)


class Broadcast(Method):
    """The library `websockets`, by its broadcast()."""

    async def listen(self) -> int:
        self._peers: set[ServerConnection] = set()
        server = await serve(
            self._stay, HOST, 0, compression=None, ping_interval=None, backlog=BACKLOG
        )
        return int(server.sockets[0].getsockname()[1])

    async def _stay(self, peer: ServerConnection) -> None:
        self._peers.add(peer)
        await peer.wait_closed()

    async def send(self) -> None:
        broadcast(self._peers, json.dumps({"text": self.text()}))

    def count(self) -> int:
        return len(self._peers)


class SendJson(Method):
    """aiohttp as it is mostly used: `await ws.send_json()` for one after another."""

    async def listen(self) -> int:
        self._peers: set[web.WebSocketResponse] = set()
        app = web.Application()
        app.router.add_get("/", self._stay)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, HOST, 0, backlog=BACKLOG)
        await site.start()
        return int(runner.addresses[0][1])

    async def _stay(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        self._peers.add(ws)
        async for _ in ws:
            pass
        return ws

    async def send(self) -> None:
        document = {"text": self.text()}
        for ws in list(self._peers):
            await ws.send_json(document)

    def count(self) -> int:
        return len(self._peers)


METHODS: dict[str, type[Method]] = {
    "floor": Floor,
    "hub": Hub,
    "broadcast": Broadcast,
    "send_json": SendJson,
}


async def stall(ticking: Awaitable[None]) -> float:
    """The longest for which the loop did not turn while that was done, in seconds."""
    task = asyncio.ensure_future(ticking)
    longest, before = 0.0, time.monotonic()
    while not task.done():
        await asyncio.sleep(0)
        now = time.monotonic()
        longest, before = max(longest, now - before), now
    await task
    return longest


async def tick(method: Method, settle: float, kind: str) -> dict[str, float]:
    """Send once; what it took until all of it was written, beyond what is done anyway in that time.

    The loop is watched only on request: that costs as well.
    """
    idle = await _cpu_of(asyncio.sleep(settle)) if kind == TIMED else 0.0
    cpu, began = time.process_time(), time.monotonic()
    longest = 0.0
    if kind == WATCHED:
        longest = await stall(method.send())
    else:
        await method.send()
    length = time.monotonic() - began
    await asyncio.sleep(settle)
    return {"cpu": time.process_time() - cpu - idle, "length": length, "stall": longest}


async def _cpu_of(doing: Awaitable[None]) -> float:
    before = time.process_time()
    await doing
    return time.process_time() - before


def resident() -> int:
    """Bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096


async def main(name: str, size: int, directory: str) -> None:
    """Until standard input ends."""
    method = METHODS[name](size, directory)
    port = await method.listen()
    gc.collect()
    gc.freeze()  # as the program itself does
    print(port, flush=True)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    answers: dict[str, Callable[[], Any]] = {"memory": resident, "count": method.count}
    async for line in lines:
        word, *rest = line.decode().split()
        if word == "tick":
            answer = await tick(method, float(rest[0]), rest[1])
        else:
            answer = answers[word]()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
