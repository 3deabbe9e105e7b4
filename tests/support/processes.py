"""Serves the real page, and a stream that tells of processes as a test or a benchmark wants it."""

import asyncio
import contextlib
import threading
import time
from pathlib import Path
from typing import Any, Self

import aiohttp_jinja2
import jinja2
from aiohttp import WSMsgType, web

from monitor.web.headers import HEADERS

ROOT = Path(__file__).parents[2]
START_S = 30.0
INTERVAL_S = 1.0
# The page takes the stream for live as long as something comes within two intervals.
HOST_PAUSE_S = INTERVAL_S / 2

Document = dict[str, Any]

METRICS: Document = {
    f"process.{name}": {"kind": kind, "unit": unit, "help": name, "key": "pid"}
    for name, kind, unit in (
        ("started", "info", "seconds"),
        ("parent", "info", "count"),
        ("user", "info", "text"),
        ("state", "info", "text"),
        ("name", "info", "text"),
        ("kernel", "info", "flag"),
        ("cpu", "rate", "ratio"),
        ("children", "rate", "ratio"),
        ("rss", "gauge", "bytes"),
        ("pss", "gauge", "bytes"),
        ("threads", "gauge", "count"),
        ("files", "gauge", "count"),
        ("read_bytes", "rate", "bytes/s"),
        ("written_bytes", "rate", "bytes/s"),
        ("unit", "info", "text"),
        ("container", "info", "text"),
        ("denied", "info", "text"),
    )
}
HOST_METRICS: Document = {
    f"processes.{name}": {"kind": "gauge", "unit": unit, "help": name, "collector": "process"}
    for name, unit in (
        ("total", "count"),
        ("threads", "count"),
        ("running", "count"),
        ("blocked", "count"),
        ("zombie", "count"),
        ("forks", "count/s"),
        ("cpu_seen", "ratio"),
        ("cpu_reaped", "ratio"),
        ("cpu_rest", "ratio"),
        ("sweep_period", "seconds"),
    )
} | {"monitor.ticks": {"kind": "gauge", "unit": "count", "help": "ticks"}}


def process(name: str, **more: Any) -> Document:
    """One as the stream tells it."""
    plain: Document = {
        "started": 1_763_800_000.0,
        "parent": 1,
        "user": "root",
        "state": "S",
        "name": name,
        "cpu": 0.0,
        "children": 0.0,
        "rss": 1 << 20,
        "threads": 1,
        "read_bytes": 0,
        "written_bytes": 0,
    }
    return {field: value for field, value in (plain | more).items() if value is not None}


def merged(known: Document, patch: Document) -> Document:
    """RFC 7386, in a copy."""
    result = dict(known)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            result[name] = merged(result.get(name, {}), value)
        else:
            result[name] = value
    return result


class Theatre:
    """A server whose processes are what it is told; in a thread of its own."""

    def __init__(
        self,
        processes: Document,
        *,
        commands: Document | None = None,
        details: dict[int, Document] | None = None,
        host: Document | None = None,
        monitor: Document | None = None,
    ) -> None:
        self.documents: Document = {
            "processes": {"process": processes},
            "commands": {"command": {pid: {"line": x} for pid, x in (commands or {}).items()}},
        }
        self.details = details or {}
        self.host: Document = {"processes": host or {"total": len(processes)}}
        if monitor is not None:
            self.host["monitor"] = monitor
        self.url = ""
        self.heard: list[Document] = []
        self._seq = {"host": 1, "processes": 1, "commands": 1, "services": 1, "sockets": 1}
        self._viewers: dict[web.WebSocketResponse, set[str]] = {}
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(START_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def patch(self, changes: Document) -> None:
        """Tell all viewers of a change of processes: fields by pid, None for one that ended."""
        self._do(self._patch("processes", {"process": changes}))

    def drop(self) -> None:
        """End all connections, as a server does that is started again."""
        self._do(self._drop())

    def asked(self, **fields: Any) -> int:
        """How many messages had these fields."""
        return sum(fields.items() <= message.items() for message in self.heard)

    def _do(self, what: Any) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(START_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        runner = web.AppRunner(self._app(), shutdown_timeout=0.1)
        self._loop.run_until_complete(self._serve(runner))
        ticking = self._loop.create_task(self._tick())
        self._ready.set()
        self._loop.run_forever()
        ticking.cancel()
        self._loop.run_until_complete(self._drop())
        self._loop.run_until_complete(runner.cleanup())

    async def _serve(self, runner: web.AppRunner) -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"

    def _app(self) -> web.Application:
        app = web.Application()
        aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader(ROOT / "templates"))
        app.router.add_get("/", self._page)
        app.router.add_get("/ws/metrics", self._stream)
        app.router.add_static("/static", ROOT / "static")
        return app

    async def _page(self, request: web.Request) -> web.StreamResponse:
        names = {"hostname": "theatre", "version": "0.1.0", "interval": INTERVAL_S}
        page = aiohttp_jinja2.render_template("index.html", request, names)
        page.headers.update(HEADERS)
        return page

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        viewer = web.WebSocketResponse()
        await viewer.prepare(request)
        self._viewers[viewer] = set()
        await viewer.send_json(
            {
                "type": "welcome",
                "protocol": 1,
                "version": "0.1.0",
                "session": "theatre",
                "interval": INTERVAL_S,
                "topics": {name: {"help": ""} for name in ("host", *self.documents)},
                "metrics": HOST_METRICS,
            }
        )
        await self._send(viewer, "snapshot", "host", self.host)
        with contextlib.suppress(ConnectionError):
            async for message in viewer:
                if message.type is WSMsgType.TEXT:
                    await self._answer(viewer, message.json())
        del self._viewers[viewer]
        return viewer

    async def _answer(self, viewer: web.WebSocketResponse, said: Document) -> None:
        self.heard.append(said)
        topic = said.get("topic", "")
        match said["type"]:
            case "subscribe" | "resume":  # what was missed is not kept here: a snapshot does
                self._viewers[viewer].add(topic)
                metrics = METRICS if topic == "processes" else {}
                await viewer.send_json({"type": "topic", "topic": topic, "metrics": metrics})
                await self._send(viewer, "snapshot", topic, self.documents[topic])
            case "unsubscribe":
                self._viewers[viewer].discard(topic)
            case "snapshot":
                known = self.host if topic == "host" else self.documents[topic]
                await self._send(viewer, "snapshot", topic, known)
            case "history":
                await viewer.send_json(
                    {"type": "history", "topic": "host", "times": [], "data": {}}
                )
            case "process":
                await viewer.send_json(self._details(said["pid"]))

    def _details(self, pid: int) -> Document:
        if pid in self.details:
            return {"type": "process", "pid": pid, "data": self.details[pid]}
        return {"type": "error", "code": "no-process", "message": f"there is no process {pid}"}

    async def _tick(self) -> None:
        ticks = 0
        while True:
            await asyncio.sleep(HOST_PAUSE_S)  # the stream's own pace
            ticks += 1
            await self._patch("host", {"monitor": {"ticks": ticks}})

    async def _patch(self, topic: str, changes: Document) -> None:
        base = self._seq[topic]
        self._seq[topic] += 1
        if topic != "host":
            self.documents[topic] = merged(self.documents[topic], changes)
        for viewer, topics in list(self._viewers.items()):
            if topic == "host" or topic in topics:
                with contextlib.suppress(ConnectionError):
                    await self._send(viewer, "patch", topic, changes, base=base)

    async def _send(
        self, viewer: web.WebSocketResponse, kind: str, topic: str, data: Document, **more: Any
    ) -> None:
        now = time.time()
        seq = self._seq[topic]
        said = {"type": kind, "topic": topic, "seq": seq, "time": now, "data": data, **more}
        await viewer.send_json(said)

    async def _drop(self) -> None:
        for viewer in list(self._viewers):
            await viewer.close()
