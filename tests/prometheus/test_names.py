"""The dashboard "Node Exporter Full" finds what it reads, and docs/PROMETHEUS.md says what not."""

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path

from monitor import collectors
from monitor.collectors.textfile import MAX_BYTES, MAX_FILES, MAX_SAMPLES, OWN_NAMES
from monitor.live.scrape import DURATION, SUCCESS
from monitor.model.exposition import Series
from monitor.model.schema import Schema
from tests.collectors.sources import FIXTURES
from tests.prometheus.test_against_node_exporter import NOT_OURS, OTHER_LABELS, SPARSE_LABELS
from tests.test_docs import quoted, section, table

DOCUMENT = (Path(__file__).parents[2] / "docs" / "PROMETHEUS.md").read_text(encoding="utf-8")
DASHBOARD: dict[str, list[str]] = json.loads(
    (FIXTURES / "prometheus" / "node-exporter-full-names.json").read_text(encoding="utf-8")
)["metrics"]
# What a scrape says of itself and of files: no record declares it.
OF_THE_SCRAPE = {DURATION, SUCCESS, *OWN_NAMES}
# Of the 228 at least so many are to be declared.
WANTED = 210


def declared() -> dict[str, list[Series]]:
    """Every series of every record, by name."""
    found: dict[str, list[Series]] = {}
    for family in Schema(collectors.record_types()).families.values():
        for series in family.series:
            found.setdefault(series.name, []).append(series)
    return found


def test_most_names_of_the_dashboard_are_declared() -> None:
    assert len(DASHBOARD) == 228
    assert len(DASHBOARD.keys() & declared().keys()) >= WANTED


def test_the_document_names_those_that_are_missing_and_no_others() -> None:
    missing = DASHBOARD.keys() - declared().keys() - OF_THE_SCRAPE
    told = quoted(section(DOCUMENT, "Not delivered").partition("\n#")[0])
    assert told == missing


def test_those_that_are_not_on_every_machine_are_the_dashboard_s_and_declared() -> None:
    rows = table(section(DOCUMENT, "Not on every machine"))
    told = {name for row in rows for name in quoted(row[0])}
    assert told
    assert told <= DASHBOARD.keys() & (declared().keys() | OF_THE_SCRAPE)


def test_the_labels_that_the_dashboard_selects_by_are_there() -> None:
    for name, series in declared().items():
        for label in DASHBOARD.get(name, ()):
            if (name, label) == ("node_network_up", "operstate"):
                continue  # a variable of the dashboard that node_exporter does not fill either
            for one in series:
                assert label in dict((*one.fixed, *one.labels)), (name, label)


def test_all_series_of_one_name_are_of_one_type_and_have_the_same_labels() -> None:
    """And so of one meaning: what differs is the value of a label."""
    for name, series in declared().items():
        assert len({one.type for one in series}) == 1, name
        labels = {frozenset(dict((*one.fixed, *one.labels))) for one in series}
        assert len(labels) == 1, name


def test_every_name_is_one_of_node_exporter_s_or_ours() -> None:
    for name in declared():
        assert re.fullmatch("(node|process|monitor)_[a-zA-Z0-9_]+", name), name


def test_every_known_difference_is_in_the_document() -> None:
    told = quoted(section(DOCUMENT, "What is other than in node_exporter"))
    for name in {*NOT_OURS, *OTHER_LABELS, *SPARSE_LABELS}:
        assert any(fnmatchcase(name.replace(".*", "*"), word) for word in told), name


def test_the_document_s_bounds_of_files_are_the_program_s() -> None:
    told = section(DOCUMENT, "Users' own metrics")
    for bound in (
        f"{MAX_BYTES >> 20} MiB",
        f"more than {MAX_FILES}",
        f"{MAX_SAMPLES:,} samples",
    ):
        assert bound in told, bound
    assert quoted(told) >= {"--textfile-dir DIR", "*.prom"}
