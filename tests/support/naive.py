"""A dashboard as one writes it first: a task for each connection, sends without state.

It shows figures and is wrong at every end of life and at every fault. The tests of tests/life and
tests/chaos must fail on it: a test that it passes is a test that proves nothing.
"""

import asyncio
import sys
import time
import weakref
from typing import Any

import psutil
from aiohttp import web

from tests.support.faults import Told, chunks

INTERVAL = web.AppKey("interval", float)
SOCKETS = web.AppKey("sockets", weakref.WeakSet[web.WebSocketResponse])
SEQ = web.AppKey("seq", list)
BULK = web.AppKey("bulk", int)
PROBE: web.AppKey[Told | None] = web.AppKey("probe")
TASKS: list[Any] = []


def figures(app: web.Application, seconds: float) -> dict[str, Any]:
    """What has changed in `seconds`."""
    data: dict[str, Any] = {"rates": {"ticks": 1 / seconds}}
    if app[BULK]:
        data["bulk"] = {n: {"text": text} for n, text in chunks(app[BULK], app[SEQ][0]).items()}
    if (probe := app[PROBE]) is not None:
        data["probe"] = {"level": probe()}
    return data


async def broadcast(app: web.Application) -> None:
    deadline = before = time.time()
    while True:
        app[SEQ][0] += 1
        now = time.time()
        news = figures(app, (now - before) or app[INTERVAL])
        before = now
        for ws in app[SOCKETS]:
            message = {"type": "patch", "seq": app[SEQ][0], "base": app[SEQ][0] - 1}
            await ws.send_json({**message, "topic": "host", "time": now, "data": news})
        deadline += app[INTERVAL]
        await asyncio.sleep(max(0, deadline - time.time()))


async def send_metrics(ws: web.WebSocketResponse, interval: float) -> None:
    while True:
        await ws.send_json({"type": "cpu", "cpu": psutil.cpu_percent(), "padding": "x" * 1000})
        await asyncio.sleep(interval)


async def send_memory(ws: web.WebSocketResponse, interval: float) -> None:
    while True:
        await ws.send_json({"type": "memory", "memory": psutil.virtual_memory()._asdict()})
        await asyncio.sleep(interval)


async def metrics(request: web.Request) -> web.WebSocketResponse:
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    request.app[SOCKETS].add(ws)
    interval = request.app[INTERVAL]
    TASKS.append(asyncio.create_task(send_metrics(ws, interval)))
    TASKS.append(asyncio.create_task(send_memory(ws, interval)))
    await ws.send_json({"type": "welcome", "metrics": {"rates.ticks": {"kind": "rate"}}})
    seq = request.app[SEQ][0]
    await ws.send_json({"type": "snapshot", "topic": "host", "seq": seq, "time": 0.0, "data": {}})
    async for message in ws:
        await ws.send_json({"type": "snapshot", "topic": "host", "seq": 0, "padding": "x" * 4000})
        print("viewer said", message.type, file=sys.stderr)
    return ws


async def start(app: web.Application) -> None:
    TASKS.append(asyncio.create_task(broadcast(app)))


async def clean_up(app: web.Application) -> None:
    for task in TASKS:
        task.cancel()


def run(host: str, port: int, interval: float, bulk: int, probe: Told | None) -> int:
    app = web.Application()
    app[INTERVAL], app[BULK], app[PROBE] = interval, bulk, probe
    app[SOCKETS] = weakref.WeakSet()
    app[SEQ] = [0]
    app.router.add_get("/ws/metrics", metrics)
    app.on_startup.append(start)
    app.on_cleanup.append(clean_up)
    web.run_app(app, host=host, port=port, access_log=None, print=None)
    return 0
