"""`python -m monitor export`: any range, into a file or a pipe, whoever writes meanwhile."""

import csv
import io
import json
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics import parser as openmetrics_parser

from monitor import cli, collectors
from monitor.commands import exporting
from monitor.commands.exporting import Export
from monitor.config import WRONG_SETTINGS
from monitor.history.file import NAME
from monitor.history.store import Store
from monitor.model.sample import Figures
from monitor.model.schema import Schema
from tests.history.figures import BEGAN, running, settled, snapshot, ticked, writing

openmetrics: Any = openmetrics_parser.text_string_to_metric_families  # it has no types
ROOT = Path(__file__).parents[2]
SCHEMA = Schema(collectors.record_types())
SECONDS = 30
SPAN = ("--from", str(BEGAN), "--to", str(BEGAN + 99))
Output = pytest.CaptureFixture[str]


def figures(second: int) -> Figures:
    return ticked(
        memory={"used": second << 20}, core={"0": {"usage": 0.25}, "1": {"usage": second / 64}}
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """At work: it has the lock."""
    with running(tmp_path, schema=SCHEMA) as store:
        for second in range(SECONDS):
            store.add(snapshot(BEGAN + second, figures(second)))
        settled(store)
        yield store


def exported(store: Store, *argv: str) -> int:
    return cli.main(["export", "--data-dir", str(store.directory), *argv])


def test_csv_of_one_metric(store: Store, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert exported(store, *SPAN, "--metric", "core.usage") == 0
    text = capfdbinary.readouterr().out.decode()
    found = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {(row["metric"], row["key"]) for row in found} == {
        ("core.usage", "0"), ("core.usage", "1"),
    }  # fmt: skip
    second = {float(row["time"]): float(row["average"]) for row in found if row["key"] == "1"}
    assert second == {BEGAN + n: n / 64 for n in range(SECONDS)}


def test_all_that_there_is_unless_metrics_are_named(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    assert exported(store, *SPAN, "--format", "jsonl", "-o", str(path)) == 0
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(rows) == 3 * SECONDS
    assert {row["metric"] for row in rows} == {"memory.used", "core.usage"}
    both = ("--metric", "memory.used", "--metric", "core.usage")
    assert exported(store, *SPAN, *both, "--format", "jsonl", "-o", str(path)) == 0
    assert [json.loads(line) for line in path.read_text().splitlines()] == rows


def test_openmetrics_has_each_metric_and_series_in_one_piece(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "all.om"
    assert exported(store, *SPAN, "--format", "openmetrics", "-o", str(path)) == 0
    found = {family.name: family for family in openmetrics(path.read_text())}
    assert set(found) == {"monitor_core_usage_ratio", "monitor_memory_used_bytes"}
    samples = found["monitor_core_usage_ratio"].samples
    assert [sample.labels["core"] for sample in samples] == ["0"] * SECONDS + ["1"] * SECONDS
    assert [sample.value for sample in samples[SECONDS:]] == [n / 64 for n in range(SECONDS)]


def test_times_are_written_as_in_the_api(store: Store, capfd: Output) -> None:
    now = time.time()
    for ago in (30, 7200):
        store.add(snapshot(now - ago, ticked(memory={"used": ago})))
    settled(store)
    began = "2025-11-22T22:00:00Z"
    for span, count in (
        (("--from", "-10m"), 1),
        (("--from", "-3h", "--to", "-1.5h"), 1),
        (("--from", "-3h", "--to", "now"), 2),
        (("--from", began, "--to", "2025-11-22T23:00:09.5+01:00"), 10),
        (("--from", str(BEGAN), "--to", began), 1),
    ):
        assert exported(store, *span, "--metric", "memory.used") == 0
        assert len(capfd.readouterr().out.splitlines()) == 1 + count, span


def test_it_is_read_when_no_monitor_is_at_work(store: Store, tmp_path: Path) -> None:
    store.close()
    path = tmp_path / "all.csv"
    assert exported(store, *SPAN, "-o", str(path)) == 0
    assert len(path.read_text().splitlines()) == 1 + 3 * SECONDS


WRONG = {
    "no moment": (["--from", "yesterday"], "from is 'yesterday' (flag --from); allowed: Unix"),
    "back to front": (["--from", "now", "--to", "-10m"], "flag --from: it is after --to"),
    "no format": (["--format", "xml"], "one of csv, jsonl, openmetrics"),
    "no metric": (["--metric", "core.usag"], "no history of 'core.usag'; did you mean core.usage?"),
    "a fake line": (["--metric", "a\nmonitor: all is well"], "no history of"),
    "unknown flag": (["--frm", "-10m"], "see monitor export --help"),
    "a flag of the server": (["--port", "1"], "see monitor export --help"),
    "argument": (["core.usage"], "see monitor export --help"),
    "no value": (["--metric"], "see monitor export --help"),
}


@pytest.mark.parametrize(("argv", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_one_line_and_leaves_no_file(
    store: Store, tmp_path: Path, capfd: Output, argv: list[str], said: str
) -> None:
    path = tmp_path / "out"
    assert exported(store, "-o", str(path), *argv) == WRONG_SETTINGS
    told = capfd.readouterr()
    assert told.out == "" and told.err.startswith("monitor: ") and said in told.err
    assert told.err.count("\n") == 1 and told.err.endswith("\n")
    assert not path.exists()


def test_what_cannot_be_read_or_written_is_said(
    store: Store, tmp_path: Path, capfd: Output
) -> None:
    assert cli.main(["export", "--data-dir", str(tmp_path / "none")]) == 1
    assert capfd.readouterr().err == f"monitor: there is no {tmp_path / 'none' / NAME}\n"
    for path, why in (("/dev/full", "No space left on device"), (str(tmp_path), "Is a directory")):
        assert exported(store, *SPAN, "-o", path) == 1
        assert capfd.readouterr().err == f"monitor: cannot write '{path}': {why}\n"


def test_the_settings_are_those_of_the_monitor(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Output
) -> None:
    monkeypatch.setenv("MONITOR_DATA_DIR", str(store.directory))
    assert cli.main(["export", *SPAN]) == 0
    assert len(capfd.readouterr().out.splitlines()) == 1 + 3 * SECONDS
    monkeypatch.setenv("MONITOR_PORT", "x")
    assert cli.main(["export", *SPAN]) == WRONG_SETTINGS
    assert "environment MONITOR_PORT" in capfd.readouterr().err


def test_help_names_the_command_and_the_command_its_flags(capfd: Output) -> None:
    assert cli.main(["--help"]) == 0
    assert "monitor export: " in capfd.readouterr().out
    assert cli.main(["export", "--help"]) == 0
    told = capfd.readouterr().out
    documented = (ROOT / "docs" / "API.md").read_text(encoding="utf-8")
    for flag in ("--metric", "--from", "--to", "--format", "-o", "--data-dir"):
        assert flag in told and flag in documented


def test_a_reader_that_has_seen_enough_ends_it_quietly(tmp_path: Path) -> None:
    with writing(tmp_path, schema=SCHEMA) as writer:
        for second in range(20_000):  # more than a pipe and the buffer hold
            writer.take(BEGAN + second, figures(second))
            if second % 300 == 299:
                writer.save()
        writer.save()
    command = [sys.executable, "-X", "dev", "-m", "monitor", "export"]
    environ = {key: value for key, value in os.environ.items() if not key.startswith("MONITOR_")}
    end = str(BEGAN + 20_000)
    with subprocess.Popen(
        [*command, "--data-dir", str(tmp_path), "--from", str(BEGAN), "--to", end],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == b"time,metric,key,average,least,greatest\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(20) == 141


def test_a_longer_range_takes_no_more_memory(tmp_path: Path) -> None:
    with writing(tmp_path, schema=SCHEMA) as writer:
        for second in range(6 * 3600):
            writer.take(BEGAN + second, figures(second))
            if second % 300 == 299 and writer.save():
                for _ in writer.work():
                    pass
    with closing(Export(tmp_path, [])) as export:
        peak(export, 0.2)  # what is only made once
        short, few = peak(export, 1.0)
        long, many = peak(export, 6.0)
    assert many > 5 * few
    assert long < 1.5 * short


def peak(export: Export, hours: float) -> tuple[int, int]:
    """Bytes that were held at most, and that were written."""
    tracemalloc.start()
    try:
        size = sum(map(len, export.text("csv", BEGAN, BEGAN + hours * 3600)))
        return tracemalloc.get_traced_memory()[1], size
    finally:
        tracemalloc.stop()


def test_series_are_read_some_at_a_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Export(store.directory, [])) as export:
        whole = "".join(export.text("csv", BEGAN, BEGAN + 99))
        monkeypatch.setattr(exporting, "TOGETHER", 1)
        single = "".join(export.text("csv", BEGAN, BEGAN + 99))
    assert sorted(single.splitlines()) == sorted(whole.splitlines())
