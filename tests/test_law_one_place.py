"""One metric, one place: a field that is added to a record is in every projection of it."""

import json
import re
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar

import aiohttp
import pytest
from aiohttp.test_utils import TestClient

from monitor import app as program
from monitor import collectors, docs
from monitor.cli import load
from monitor.collectors.collector import Collector
from monitor.model.metric import BYTES, COUNT, TEXT, Record, counter, gauge, info, key, record
from monitor.model.sample import CollectorStatus

StartClient = Callable[[Any], Awaitable[TestClient[Any, Any]]]

HELP = "How much cheese the moon is made of"
# What a collector's author writes, and how the viewer is told of it. All of them change at each
# reading, but for the text.
FIELDS: dict[str, tuple[Any, dict[str, str]]] = {
    "gauge": (gauge(BYTES, HELP), {"kind": "gauge", "unit": "bytes"}),
    "rate": (counter(BYTES, HELP), {"kind": "rate", "unit": "bytes/s"}),
    "share": (counter(BYTES, HELP, over="all"), {"kind": "share", "unit": "ratio"}),
    "info": (info(TEXT, HELP), {"kind": "info", "unit": "text"}),
}

SCRAPED = {
    "gauge": r'^monitor_moon_cheese_bytes\{name="Luna"\} [0-9]+$',
    "rate": r'^monitor_moon_cheese_bytes_total\{name="Luna"\} [0-9]+$',
    "share": r'^monitor_moon_cheese_bytes_total\{name="Luna"\} [0-9]+$',
    "info": r'^monitor_moon_info\{name="Luna",cheese="Brie"\} 1$',
}


def moon(**added: Any) -> type[Record]:
    """A record type, with a field more or not."""
    fields = {
        "name": key("Which moon"),
        "mass": gauge(COUNT, "Its mass"),
        "all": counter(BYTES, "All that it is made of", shown=False),
        **added,
    }
    namespace = {
        "__annotations__": dict.fromkeys(fields, object),
        "__doc__": "Moons.",
        "FAMILY": "moon",
        **fields,
    }
    return record(type("Moon", (Record,), namespace))


def watching(made: type[Record], kind: str) -> Collector:
    """A collector of one moon."""

    class Moons:
        name: ClassVar[str] = "moon"
        records: ClassVar[tuple[type[Record], ...]] = (made,)
        period: ClassVar[float] = 0.0
        readings = 0

        def collect(self) -> Iterable[Record]:
            self.readings += 1
            cheese = "Brie" if kind == "info" else 1_000 * self.readings**3
            added: Any = {"cheese": cheese} if "cheese" in made.__slots__ else {}
            make: Any = made
            yield make(name="Luna", mass=1, all=1_000_000 * self.readings, **added)

    return Moons()


async def projections(
    made: type[Record], kind: str, start: StartClient, patch: pytest.MonkeyPatch, where: Path
) -> dict[str, Any]:
    """What each projection has of the moon, from a program in which nothing else is measured."""
    with patch.context() as test_only:
        test_only.setattr(collectors, "build", lambda *_: (watching(made, kind),))
        test_only.setattr(collectors, "record_types", lambda: (made, CollectorStatus))
        app = program.build(load(["--interval", "0.25"], {"STATE_DIRECTORY": str(where)}))
    found: dict[str, Any] = {"docs": docs.render((made, CollectorStatus))}
    client = await start(app)
    scraped = await client.get("/metrics")
    while scraped.status != 200:
        scraped = await client.get("/metrics")
    found["metrics"] = await scraped.text()
    async with client.ws_connect("/ws/metrics", timeout=aiohttp.ClientWSTimeout(ws_close=5)) as ws:
        found["welcome"] = (await ws.receive_json(timeout=10))["metrics"]
        # Rates need two readings, and to see one change takes three.
        message: Any = {"seq": 0}
        while message["seq"] < 3 or "patch" not in found:
            message = await ws.receive_json(timeout=10)
            found[message["type"]] = message["data"]
        await ws.send_str(json.dumps({"type": "snapshot", "topic": "host"}))
        while (message := await ws.receive_json(timeout=10))["type"] != "snapshot":
            pass
        found["snapshot"] = message["data"]
        names = [name for name in found["welcome"] if name.startswith("moon.")]
        await ws.send_str(json.dumps({"type": "history", "metrics": names}))
        while (message := await ws.receive_json(timeout=10))["type"] != "history":
            pass
        found["history"] = message["data"]
    return found


@pytest.mark.parametrize("kind", FIELDS)
async def test_a_field_that_is_added_is_in_every_projection(
    kind: str, aiohttp_client: StartClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    field, described = FIELDS[kind]
    before = await projections(moon(), kind, aiohttp_client, monkeypatch, tmp_path)
    after = await projections(moon(cheese=field), kind, aiohttp_client, monkeypatch, tmp_path)

    assert "cheese" not in json.dumps(before)
    assert after["welcome"]["moon.cheese"] == {
        **described,
        "help": HELP,
        "collector": "moon",
        "key": "name",
    }
    shown = after["snapshot"]["moon"]["Luna"]["cheese"]
    if kind == "info":
        assert shown == "Brie"
        assert "cheese" not in after["history"]["moon"]["Luna"]
    else:
        assert shown > 0
        assert after["patch"]["moon"]["Luna"]["cheese"] > 0
        assert shown in after["history"]["moon"]["Luna"]["cheese"]
    assert re.search(SCRAPED[kind], after["metrics"], re.MULTILINE)
    row = f"| `moon.cheese` | {described['kind']} | {described['unit']} | {HELP} |"
    assert row in after["docs"].splitlines()
    # And nothing else is told of.
    assert after["welcome"].keys() - before["welcome"].keys() == {"moon.cheese"}
