"""Debian's node_exporter over made-up /sys and /proc, and what this program says of the same."""

import re
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path

import pytest

from monitor.clock import SystemClock
from monitor.model.metric import Record
from monitor.model.schema import Schema
from monitor.wire.prometheus import Exposition
from monitor.wire.shapes import Shapes
from tests.collectors.sources import LONG_S

BINARY = shutil.which("prometheus-node-exporter")
with_exporter = pytest.mark.skipif(BINARY is None, reason="no prometheus-node-exporter here")

# {(name, labels): value} of what a page has, and {name: type}.
Page = tuple[dict[tuple[str, frozenset[tuple[str, str]]], float], dict[str, str]]
_SAMPLE = re.compile(r"(?P<name>[a-z_A-Z0-9]+)(\{(?P<labels>.*)\})? (?P<value>\S+)")
_LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


def theirs(root: Path, *collectors: str) -> Page:
    """The page of node_exporter, with these collectors only, that reads below `root`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(BINARY),
        f"--web.listen-address=127.0.0.1:{port}",
        "--web.disable-exporter-metrics",
        "--collector.disable-defaults",
        f"--path.sysfs={root}",
        f"--path.procfs={root}",
        *(f"--collector.{name}" for name in collectors),
    ]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            return parse(_fetch(f"http://127.0.0.1:{port}/metrics"))
        finally:
            process.terminate()


def ours(records: Iterable[Record]) -> Page:
    """The page of these records, of node_exporter's names only."""
    found = tuple(records)
    exposition = Exposition(Shapes(Schema({type(record) for record in found})))
    exposition.add(found)
    samples, types = parse("".join(exposition.text()))
    return (
        {place: value for place, value in samples.items() if place[0].startswith("node_")},
        {name: kind for name, kind in types.items() if name.startswith("node_")},
    )


def parse(text: str) -> Page:
    """Samples and types. A label that is empty is none, to Prometheus as well."""
    samples, types = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            types[name] = kind
        elif (match := _SAMPLE.fullmatch(line)) is not None:
            labels = frozenset((k, v) for k, v in _LABEL.findall(match["labels"] or "") if v)
            samples[match["name"], labels] = float(match["value"])
    return samples, types


def compare(found: Page, wanted: Page, *without: str) -> None:
    """That both say the same, but for the names of theirs that are left out here."""
    skipped = re.compile("|".join((*without, "node_exporter_.*", "node_scrape_.*", "promhttp_.*")))
    samples = {p: v for p, v in wanted[0].items() if not skipped.fullmatch(p[0])}
    assert samples
    assert found[0].keys() == samples.keys()
    assert found[0] == pytest.approx(samples)
    names = {name for name, _ in samples}
    assert {n: found[1][n] for n in names} == {n: wanted[1][n] for n in names}


def _fetch(address: str) -> str:
    clock = SystemClock()
    end = clock.monotonic() + LONG_S
    while True:
        try:
            with urllib.request.urlopen(address, timeout=LONG_S) as answer:
                return str(answer.read().decode())
        except urllib.error.URLError:
            if clock.monotonic() > end:
                raise
