"""A series is named where its metric is declared; what is not named has a name all the same."""

from collections.abc import Mapping
from typing import Any

import pytest

from monitor.model.export import UNEXPORTED, Export, as_counter, as_gauge, scaled, untyped
from monitor.model.exposition import Series
from monitor.model.metric import (
    BITS_PER_SECOND,
    BYTES,
    COUNT,
    FLAG,
    RATIO,
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


@pytest.mark.parametrize(
    ("text", "export"),
    [
        ("node_load1", Export("node_load1")),
        ("node_x{}", Export("node_x")),
        ('node_x{mode="user"}', Export("node_x", (("mode", "user"),))),
        ('node_x{a="1",b=""}', Export("node_x", (("a", "1"), ("b", "")))),
        ("node_uname_info{release}", Export("node_uname_info", text_label="release")),
    ],
)
def test_the_short_form_says_name_and_labels(text: str, export: Export) -> None:
    assert Export.of(text) == export


@pytest.mark.parametrize(
    "text", ["", "1x", "a b", "a{", "a}", 'a{b="c"', "a{b=c}", 'a{b="c" d="e"}', 'a{1="b"}', "a-b"]
)
def test_what_is_no_name_of_a_series_is_refused_when_it_is_declared(text: str) -> None:
    with pytest.raises(ValueError, match="no name of a series"):
        Export.of(text)


def series(fields: Mapping[str, Any], **attributes: Any) -> list[Series]:
    namespace = {
        "__annotations__": dict.fromkeys(fields, object),
        "__doc__": "Moons.\n\nMany.",
        "FAMILY": "moon",
        **fields,
        **attributes,
    }
    made: Any = record(type("Moon", (Record,), namespace))
    return list(Schema([made]).families["moon"].series)


def only(field: Any, **attributes: Any) -> Series:
    (one,) = series({"name": key("Which"), "cheese": field}, **attributes)
    return one


@pytest.mark.parametrize(
    ("field", "name", "kind"),
    [
        (gauge(COUNT, "x"), "monitor_moon_cheese", "gauge"),
        (gauge(BYTES, "x"), "monitor_moon_cheese_bytes", "gauge"),
        (gauge(RATIO, "x"), "monitor_moon_cheese_ratio", "gauge"),
        (counter(COUNT, "x"), "monitor_moon_cheese_total", "counter"),
        (counter(SECONDS, "x", shown=False), "monitor_moon_cheese_seconds_total", "counter"),
        (info(FLAG, "x"), "monitor_moon_cheese", "gauge"),
        (info(COUNT, "x"), "monitor_moon_cheese", "gauge"),
        (counter(COUNT, "x", prom="node_x_total"), "node_x_total", "counter"),
        (counter(COUNT, "x", prom=untyped("node_x")), "node_x", "untyped"),
        (counter(COUNT, "x", prom=as_gauge("node_x")), "node_x", "gauge"),
        (gauge(COUNT, "x", prom=as_counter("node_x_total")), "node_x_total", "counter"),
    ],
)
def test_a_value_is_called_by_family_field_unit_and_kind_unless_it_has_a_name(
    field: Any, name: str, kind: str
) -> None:
    made = only(field)
    assert (made.name, made.type, made.field) == (name, kind, "cheese")
    assert made.labels == (("name", "name"),)
    assert made.help == "x"


def test_bits_are_bytes_there_unless_they_are_scaled_by_hand() -> None:
    assert only(info(BITS_PER_SECOND, "x")).scale == 1 / 8
    assert only(info(BITS_PER_SECOND, "x", prom=scaled("node_x_bytes", 1 / 8))).scale == 1 / 8
    assert only(info(BITS_PER_SECOND, "x", prom="node_x_bits")).scale == 1


def test_a_text_is_a_label_of_an_info_series() -> None:
    made = only(info(TEXT, "x"))
    assert (made.name, made.field) == ("monitor_moon_info", None)
    assert made.labels == (("name", "name"), ("cheese", "cheese"))


def test_texts_of_one_info_series_stand_together_under_their_labels() -> None:
    made = series(
        {
            "cheese": info(TEXT, "x", prom="node_moon_info{kind}"),
            "maker": info(TEXT, "y", prom="node_moon_info{vendor}"),
        }
    )
    assert [(s.name, s.labels) for s in made] == [
        ("node_moon_info", (("kind", "cheese"), ("vendor", "maker")))
    ]


def test_labels_may_be_called_otherwise_and_be_of_several_fields() -> None:
    labels = {"device": "name", "type": "cheese"}
    made = series(
        {"name": key("Which"), "cheese": info(TEXT, "x"), "mass": gauge(COUNT, "y")}, LABELS=labels
    )
    # A text that is a label is in no info series again.
    assert [(s.name, s.labels) for s in made] == [
        ("monitor_moon_mass", (("device", "name"), ("type", "cheese")))
    ]


def test_a_label_of_no_field_is_an_error_of_the_declaration() -> None:
    with pytest.raises(TypeError, match="no field 'nose'"):
        only(gauge(COUNT, "x"), LABELS={"a": "nose"})


def test_values_that_differ_in_a_label_share_the_familys_words() -> None:
    assert only(counter(SECONDS, "x", prom='node_x_total{mode="a"}')).help == "Moons."


def test_what_is_not_to_be_there_is_not() -> None:
    assert series({"cheese": gauge(COUNT, "x", prom=UNEXPORTED)}) == []
    assert series({"cheese": gauge(COUNT, "x")}, EXPORTED=False) == []
