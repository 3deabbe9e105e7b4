"""The Prometheus text is read back by its own library as what was read."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.parser import text_string_to_metric_families as classic

from monitor.model.export import scaled, untyped
from monitor.model.metric import (
    BYTES,
    COUNT,
    FLAG,
    SECONDS,
    TEXT,
    Record,
    counter,
    gauge,
    info,
    key,
    record,
)
from monitor.model.schema import Schema
from monitor.wire.prometheus import Exposition
from monitor.wire.shapes import Shapes

Parse = Callable[[str], Any]
FORMATS: dict[bool, Parse] = {
    False: classic,
    True: openmetrics_parser.text_string_to_metric_families,
}


@record
class Moon(Record):
    r"""Moons; "made" of \ cheese."""

    FAMILY = "moon"
    name: str = key("Which")
    mass: float | None = gauge(COUNT, "Its mass")
    day: float | None = counter(SECONDS, "Seconds of day", prom='node_time_total{half="day"}')
    night: float | None = counter(SECONDS, "Seconds of night", prom='node_time_total{half="night"}')
    faults: int | None = counter(COUNT, "Faults", prom=untyped("node_vmstat_faults"))
    full: bool | None = info(FLAG, "It is full")
    cheese: str | None = info(TEXT, "Which cheese")
    size: int | None = gauge(BYTES, "Its size")


SCHEMA = Schema([Moon])


def moon(**values: Any) -> Moon:
    return Moon(**values)


def page(*records: Record, wide: bool) -> str:
    exposition = Exposition(Shapes(SCHEMA))
    exposition.add(records)
    return "".join(exposition.text(openmetrics=wide))


def read(text: str, wide: bool) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in FORMATS[wide](text)
        for sample in family.samples
    }


@pytest.mark.parametrize("wide", FORMATS)
def test_what_is_known_is_there_as_it_was_read_and_nothing_else_is(wide: bool) -> None:
    text = page(moon(name="Luna", mass=1.5, day=2.25, night=0.0, full=True, size=2**62), wide=wide)
    luna = ("name", "Luna")
    assert read(text, wide) == {
        ("monitor_moon_mass", frozenset({luna})): 1.5,
        ("node_time_total", frozenset({luna, ("half", "day")})): 2.25,
        ("node_time_total", frozenset({luna, ("half", "night")})): 0.0,
        ("monitor_moon_full", frozenset({luna})): 1.0,
        ("monitor_moon_size_bytes", frozenset({luna})): float(2**62),
        ("monitor_moon_info", frozenset({luna, ("cheese", "")})): 1.0,
    }


def test_types_are_said_as_each_format_says_them() -> None:
    one = moon(name="Luna", mass=1, day=1.0, faults=3)
    types = {
        wide: {family.name: family.type for family in parse(page(one, wide=wide))}
        for wide, parse in FORMATS.items()
    }
    # The library calls untyped unknown, and leaves off the suffix of a counter, in both.
    expected = {
        "monitor_moon_mass": "gauge",
        "node_time": "counter",
        "node_vmstat_faults": "unknown",
        "monitor_moon_info": "gauge",
    }
    assert types == {False: expected, True: expected}
    assert "# TYPE node_time_total counter\n" in page(one, wide=False)
    assert "# TYPE node_vmstat_faults untyped\n" in page(one, wide=False)


@pytest.mark.parametrize("wide", FORMATS)
@pytest.mark.parametrize(
    "name",
    ['"', "\\", "\n", "\\n", '\\"', "a=b,c{}", "\udcff\udcfe", "\x1b[2J", "é", "", "__proto__"],
)
def test_any_name_is_a_label_and_reads_back_cleaned(name: str, wide: bool) -> None:
    text = page(moon(name=name, mass=1), wide=wide)
    assert text.count("\n") == (7 if wide else 6)
    (label,) = [
        dict(labels)["name"]
        for (series, labels), _ in read(text, wide).items()
        if series == "monitor_moon_mass"
    ]
    shown = {"\n": "\\x0a", "\udcff\udcfe": "\\xff\\xfe", "\x1b[2J": "\\x1b[2J"}
    assert label == shown.get(name, name)


@pytest.mark.parametrize("wide", FORMATS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300, -0.5, 2**63, 10**15 + 0.5])
def test_any_number_reads_back_as_itself(value: float, wide: bool) -> None:
    text = page(moon(name="Luna", mass=value, cheese=None), wide=wide)
    got = read(text, wide)["monitor_moon_mass", frozenset({("name", "Luna")})]
    assert got == value or (math.isnan(got) and math.isnan(value))


@pytest.mark.parametrize("wide", FORMATS)
def test_of_two_samples_with_the_same_labels_the_first_counts(wide: bool) -> None:
    """Or Prometheus would refuse the whole page."""
    text = page(moon(name="\udcff", mass=1), moon(name="\\xff", mass=2), wide=wide)
    assert [v for (n, _), v in read(text, wide).items() if n == "monitor_moon_mass"] == [1.0]
    assert text.count("\nmonitor_moon_mass{") == 1


def test_openmetrics_ends_as_it_must() -> None:
    assert page(wide=True) == "# EOF\n"
    assert page(wide=False) == ""


def test_what_is_scaled_is_as_round_as_it_was_read() -> None:
    @record
    class Cell(Record):
        """Cells."""

        FAMILY = "cell"
        charge: float | None = gauge(COUNT, "How full", prom=scaled("node_charge", 100))

    exposition = Exposition(Shapes(Schema([Cell])))
    exposition.add([Cell(charge=0.57)])
    assert "node_charge 57\n" in "".join(exposition.text())


def test_names_of_what_is_gone_are_forgotten_after_a_page_without_it() -> None:
    @record
    class Port(Record):
        """Ports, of which there is another one each time."""

        FAMILY = "port"
        name: str = key("Which")
        sent: int | None = gauge(COUNT, "So far")

    shapes = Shapes(Schema([Port]))
    for number in range(100):
        exposition = Exposition(shapes)
        exposition.add([Port(name="stays", sent=1), Port(name=f"p{number}", sent=number)])
        text = "".join(exposition.text())
        assert f'name="p{number}"' in text and 'name="stays"' in text
    [shape] = shapes.of(Port(name="stays", sent=1))
    assert len(shape._places) + len(shape._before) <= 4  # noqa: SLF001
