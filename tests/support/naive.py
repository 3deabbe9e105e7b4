"""A dashboard as one writes it first: a task for each connection, sends without state.

It shows figures and is wrong at every end of life. The tests of tests/life must fail on it: a test
that it passes is a test that proves nothing.
"""

import asyncio
import sys
import weakref
from typing import Any

import psutil
from aiohttp import web

INTERVAL_S = 0.25
SOCKETS = web.AppKey("sockets", weakref.WeakSet[web.WebSocketResponse])
SEQ = web.AppKey("seq", list)
TASKS: list[Any] = []


async def broadcast(app: web.Application) -> None:
    while True:
        app[SEQ][0] += 1
        for ws in app[SOCKETS]:
            await ws.send_json({"type": "patch", "seq": app[SEQ][0], "base": app[SEQ][0] - 1})
        await asyncio.sleep(INTERVAL_S)


async def send_metrics(ws: web.WebSocketResponse) -> None:
    while True:
        await ws.send_json({"type": "cpu", "cpu": psutil.cpu_percent(), "padding": "x" * 1000})
        await asyncio.sleep(INTERVAL_S)


async def send_memory(ws: web.WebSocketResponse) -> None:
    while True:
        await ws.send_json({"type": "memory", "memory": psutil.virtual_memory()._asdict()})
        await asyncio.sleep(INTERVAL_S)


async def metrics(request: web.Request) -> web.WebSocketResponse:
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    request.app[SOCKETS].add(ws)
    TASKS.append((asyncio.create_task(send_metrics(ws)), asyncio.create_task(send_memory(ws))))
    await ws.send_json({"type": "welcome"})
    await ws.send_json({"type": "snapshot", "topic": "host", "seq": request.app[SEQ][0]})
    async for message in ws:
        await ws.send_json({"type": "snapshot", "topic": "host", "seq": 0, "padding": "x" * 4000})
        print("viewer said", message.type, file=sys.stderr)
    return ws


async def start(app: web.Application) -> None:
    TASKS.append(asyncio.create_task(broadcast(app)))


async def clean_up(app: web.Application) -> None:
    for task in TASKS:
        task.cancel()


def run(port: int) -> int:
    app = web.Application()
    app[SOCKETS] = weakref.WeakSet()
    app[SEQ] = [0]
    app.router.add_get("/ws/metrics", metrics)
    app.on_startup.append(start)
    app.on_cleanup.append(clean_up)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None)
    return 0
