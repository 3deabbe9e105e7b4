"""`/metrics` answers in the format that is asked for, once a tick, and whatever becomes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.parser import text_string_to_metric_families as classic

from monitor import app as program
from monitor.cli import load
from monitor.web.keys import SAMPLER
from monitor.web.prometheus import OPENMETRICS, TEXT, prefers_openmetrics

openmetrics: Any = openmetrics_parser.text_string_to_metric_families  # it has no types
StartClient = Callable[[Any], Awaitable[TestClient[Any, Any]]]
# What Prometheus 2.42 sends, and Prometheus 3 by default.
PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


@pytest.fixture
async def client(aiohttp_client: StartClient, tmp_path: Path) -> TestClient[Any, Any]:
    app = program.build(load(["--interval", "0.25"], {"STATE_DIRECTORY": str(tmp_path)}))
    return await aiohttp_client(app)


async def scrape(client: TestClient[Any, Any], accept: str | None = None) -> tuple[str, str]:
    """The page and its type, as soon as there is one."""
    headers = {"Accept": accept} if accept is not None else {}
    async with asyncio.timeout(20):
        while True:
            async with client.get("/metrics", headers=headers) as answer:
                if answer.status == 200:
                    return await answer.text(), answer.headers["Content-Type"]
                assert answer.status == 503 and answer.headers["Retry-After"] == "1"


@pytest.mark.parametrize(
    ("accept", "wide"),
    [
        ("", False),
        ("*/*", False),
        ("text/plain", False),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False),
        ("application/openmetrics-text", True),
        ("application/openmetrics-text; version=1.0.0", True),
        ("Application/OpenMetrics-Text;Version=0.0.1", True),
        ("application/openmetrics-text;version=2.0.0,text/plain", False),
        ("application/openmetrics-text;q=0,text/plain", False),
        ("application/openmetrics-text;q=0.1,text/plain;q=0.9", False),
        ("application/openmetrics-text;q=nonsense", True),
        (PROMETHEUS, True),
        (PROMETHEUS_3, True),
        (";;,=,q=1", False),
    ],
)
def test_the_format_is_the_one_that_is_liked_better(accept: str, wide: bool) -> None:
    assert prefers_openmetrics(accept) is wide


async def test_both_formats_are_what_they_say(client: TestClient[Any, Any]) -> None:
    text, kind = await scrape(client)
    assert kind == TEXT
    assert {family.name for family in classic(text)} >= {"node_scrape_collector_success"}
    wide, kind = await scrape(client, PROMETHEUS)
    assert kind == OPENMETRICS
    assert {f.name for f in openmetrics(wide)} >= {"node_scrape_collector_success"}
    assert wide.endswith("\n# EOF\n")


async def test_whoever_asks_again_within_a_tick_gets_the_same_page(
    client: TestClient[Any, Any],
) -> None:
    """However many ask, it is read and rendered once."""
    await scrape(client)
    sampler = client.app[SAMPLER]
    async with asyncio.timeout(20):
        while True:
            seq = sampler.last.seq
            pages = await asyncio.gather(*(scrape(client) for _ in range(5)))
            if sampler.last.seq == seq:
                break
    assert len({page for page, _ in pages}) == 1


async def test_no_process_is_a_series(client: TestClient[Any, Any]) -> None:
    """There would be one for each process that ever was; and command lines hold secrets."""
    text = ""
    async with asyncio.timeout(20):
        while "node_processes_pids " not in text:
            text, _ = await scrape(client)
    assert "monitor_process_" not in text and "monitor_command" not in text


async def test_each_collector_says_how_it_did(client: TestClient[Any, Any]) -> None:
    success: dict[str, float] = {}
    async with asyncio.timeout(20):
        while not (success.get("cpu") == success.get("process") == 1.0):
            text, _ = await scrape(client)
            success = {
                sample.labels["collector"]: sample.value
                for family in classic(text)
                if family.name == "node_scrape_collector_success"
                for sample in family.samples
            }
    assert set(success.values()) <= {0.0, 1.0}


async def test_users_own_metrics_are_there_and_a_broken_file_harms_nothing(
    aiohttp_client: StartClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.prom").write_text('# TYPE jobs_total counter\njobs_total{name="x"} 5\n')
    (tmp_path / "b.prom").write_text("broken {\n")
    (tmp_path / "c.prom").write_text("node_load1 666\njobs_total 7\n")
    arguments = ["--interval", "0.25", "--textfile-dir", str(tmp_path)]
    app = program.build(load(arguments, {"STATE_DIRECTORY": str(tmp_path)}))
    client = await aiohttp_client(app)
    text = ""
    async with asyncio.timeout(20):
        while 'jobs_total{name="x"} 5' not in text.splitlines():
            text, _ = await scrape(client)
    assert "node_textfile_scrape_error 1" in text.splitlines()
    assert "node_load1 666" not in text and "node_load1 " in text
    wide, _ = await scrape(client, PROMETHEUS)
    assert {"jobs", "node_textfile_scrape_error"} <= {f.name for f in openmetrics(wide)}
    assert 'node_scrape_collector_success{collector="textfile"} 1' in text.splitlines()
    (tmp_path / "b.prom").unlink()
    (tmp_path / "c.prom").unlink()
    async with asyncio.timeout(20):
        while "node_textfile_scrape_error 0" not in text.splitlines():
            text, _ = await scrape(client)
    refused = [r for r in caplog.records if r.message == "textfile.refused"]
    assert len(refused) == len({str(vars(r)["event_fields"]) for r in refused}) >= 2
