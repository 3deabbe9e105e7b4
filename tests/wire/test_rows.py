"""What was, as rows: what other programs read back is what was written."""

import csv
import io
import itertools
import json
import math
from array import array
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from prometheus_client.openmetrics import parser as openmetrics_parser

from monitor import collectors
from monitor.model.schema import Schema
from monitor.wire import rows
from monitor.wire.rows import Run
from monitor.wire.text import clean
from tests.history.figures import SCHEMA

openmetrics: Any = openmetrics_parser.text_string_to_metric_families  # it has no types
GAP = math.nan
TIMES = rows.stamps([1000.0, 1001.25, 1002.0])
PLAIN = Run("core.usage", "0", SCHEMA.metrics["core.usage"], TIMES, array("f", [0.25, GAP, 1e-5]))
SUMMED = Run(
    "load.used",
    "",
    SCHEMA.metrics["load.used"],
    TIMES,
    array("f", [3.5, GAP, 1 << 35]),
    array("f", [1, GAP, 0]),
    array("f", [7, GAP, 1 << 36]),
)
RUDE = (
    "plain",
    'quo"ted',
    "a,b",
    "two\nlines",
    "back\\slash",
    "=1+1",
    "\udcff",
    "\x1b[31m",
    "ü",
    "{}",
)


def test_csv() -> None:
    assert "".join([rows.CSV_HEAD, *rows.csv_rows(PLAIN), *rows.csv_rows(SUMMED)]) == (
        "time,metric,key,average,least,greatest\n"
        "1000,core.usage,0,0.25,,\n"
        "1002,core.usage,0,1e-05,,\n"
        "1000,load.used,,3.5,1,7\n"
        "1002,load.used,,34359738368,0,68719476736\n"
    )


def test_json_lines() -> None:
    assert "".join([*rows.json_rows(PLAIN), *rows.json_rows(SUMMED)]) == (
        '{"time": 1000, "metric": "core.usage", "key": "0", "average": 0.25}\n'
        '{"time": 1002, "metric": "core.usage", "key": "0", "average": 1e-05}\n'
        '{"time": 1000, "metric": "load.used", "key": "",'
        ' "average": 3.5, "least": 1, "greatest": 7}\n'
        '{"time": 1002, "metric": "load.used", "key": "",'
        ' "average": 34359738368, "least": 0, "greatest": 68719476736}\n'
    )


def test_openmetrics() -> None:
    page = rows.openmetrics_head("core.usage", PLAIN.declared)
    page += "".join(rows.openmetrics_rows(PLAIN))
    page += rows.openmetrics_head("load.used", SUMMED.declared)
    page += "".join(rows.openmetrics_rows(SUMMED)) + rows.OPENMETRICS_END
    assert page == (
        "# TYPE monitor_core_usage_ratio gauge\n"
        "# UNIT monitor_core_usage_ratio ratio\n"
        "# HELP monitor_core_usage_ratio How busy\n"
        'monitor_core_usage_ratio{name="0"} 0.25 1000\n'
        'monitor_core_usage_ratio{name="0"} 1e-05 1002\n'
        "# TYPE monitor_load_used_bytes gauge\n"
        "# UNIT monitor_load_used_bytes bytes\n"
        "# HELP monitor_load_used_bytes Memory\n"
        "monitor_load_used_bytes 3.5 1000\n"
        "monitor_load_used_bytes 34359738368 1002\n"
        "# EOF\n"
    )


@pytest.mark.parametrize("value", [GAP, math.inf, -math.inf])
@pytest.mark.parametrize("make", [rows.csv_rows, rows.json_rows, rows.openmetrics_rows])
def test_what_is_no_number_has_no_row(make: Callable[[Run], Iterable[str]], value: float) -> None:
    assert not list(make(Run("a.b", "", None, ["1"], array("f", [value]))))


def test_a_moment_keeps_all_its_digits() -> None:
    assert rows.figures(array("d", [1_763_848_800.125, 0.1, 2.0**53])) == [
        "1763848800.125", "0.1", "9007199254740992.0",
    ]  # fmt: skip


@pytest.mark.parametrize("code", ["f", "d"])
def test_a_figure_is_written_alike_whatever_stands_beside_it(code: str) -> None:
    """Short ones are written all at once."""
    values = [0.0, -0.0, 0.5, -2.25, 12.0, 999_999.0, 1.5e-7, 1 / 3, GAP, 1e6, 33_285_996_544.0]
    alone = [figure for value in values for figure in rows.figures(array(code, [value]))]
    assert rows.figures(array(code, values)) == alone
    assert rows.figures(array(code, values[:-2])) == alone[:-2]
    assert alone[:4] == ["0", "0", "0.5", "-2.25"] and alone[-3:] == ["", "1000000", "33285996544"]
    assert rows.figures(array(code)) == []


@pytest.mark.parametrize("key", RUDE)
def test_a_rude_name_is_read_back(key: str) -> None:
    run = Run("core.usage", key, SCHEMA.metrics["core.usage"], ["1"], array("f", [0.5]))
    [cells] = csv.reader(io.StringIO("".join(rows.csv_rows(run)), newline=""))
    assert cells[2] == key
    [line] = rows.json_rows(run)
    assert json.loads(line)["key"] == key and line.count("\n") == 1 and line.isascii()
    page = rows.openmetrics_head("core.usage", run.declared)
    page += "".join(rows.openmetrics_rows(run)) + rows.OPENMETRICS_END
    [family] = openmetrics(page)
    [sample] = family.samples
    assert (sample.value, float(sample.timestamp)) == (0.5, 1.0)
    assert sample.labels == {"name": clean(key)}


def test_every_metric_has_a_name_of_its_own_that_prometheus_takes() -> None:
    metrics = Schema(collectors.record_types()).metrics
    names = {rows.openmetrics_name(name, metric) for name, metric in metrics.items()}
    assert len(names) == len(metrics)
    page = "".join(
        rows.openmetrics_head(name, metric)
        + "".join(rows.openmetrics_rows(Run(name, "x", metric, ["1"], array("f", [1]))))
        for name, metric in metrics.items()
    )
    assert {family.name for family in openmetrics(page + rows.OPENMETRICS_END)} == names


def test_rates_bear_their_unit() -> None:
    metrics = Schema(collectors.record_types()).metrics
    for name, shown in {
        "network.receive_bytes": "monitor_network_receive_bytes_per_second",
        "disk.reads": "monitor_disk_reads_per_second",
        "memory.used": "monitor_memory_used_bytes",
        "cpu.usage": "monitor_cpu_usage_ratio",
        "load.load1": "monitor_load_load1",
    }.items():
        assert rows.openmetrics_name(name, metrics[name]) == shown
    assert rows.openmetrics_name("gone.since", None) == "monitor_gone_since"


ODD = (
    0.0,
    -0.0,
    GAP,
    math.inf,
    -math.inf,
    999_999.4,
    999_999.5,
    -1e6,
    1e6 + 0.5,
    3e9,
    1e-30,
    -0.25,
)


def alone(value: float, typecode: str) -> str:
    """What is told of it where it stands with nothing like it."""
    [told] = rows.figures(array(typecode, [value]))
    shown = array(typecode, [value])[0]
    assert (
        told == "" if not math.isfinite(shown) else math.isclose(float(told), shown, rel_tol=1e-5)
    )
    assert told != "-0" and ("e+" not in told or not shown.is_integer())
    return told


@pytest.mark.parametrize("typecode", ["f", "d"])
@pytest.mark.parametrize("length", [0, 1, 2, 3])
def test_a_column_at_once_is_told_as_its_figures_one_by_one(typecode: str, length: int) -> None:
    for picked in itertools.product(ODD, repeat=length):
        column = array(typecode, picked)
        told = [alone(value, typecode) for value in column]
        assert rows.figures(column) == told
        listed = rows.listed(column)
        assert json.loads(f"[{listed}]") == [json.loads(one) if one else None for one in told]
        assert listed == ",".join(one or "null" for one in told)
