"""A viewer that applies what it is sent has, tick after tick, exactly the document."""

import json
import random
from typing import Any

import pytest

from monitor.model.metric import (
    BYTES,
    BYTES_PER_SECOND,
    COUNT,
    FLAG,
    HERTZ,
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
from monitor.model.sample import Values
from monitor.model.schema import Schema
from monitor.wire.document import Document, Documents, Form, described, diff, document

NAMES = ("a", "b", "cpu", "__proto__", "constructor", "", "null", "é", "a\\xff", "0")
SCALARS = (0, 1, 1.0, 0.0, -1, True, False, "", "x", "1", "true", "é\\x1b", 2**53 + 1, 1e-7, "null")


def apply(target: Any, patch: Any) -> Any:
    """RFC 7386, 2: MergePatch, word for word."""
    if isinstance(patch, dict):
        if not isinstance(target, dict):
            target = {}
        for name, value in patch.items():
            if value is None:
                if name in target:
                    del target[name]
            else:
                target[name] = apply(target.get(name), value)
        return target
    return patch


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: True is not 1, and 1 and 1.0 are told apart as json writes them."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def copy(value: Document) -> Document:
    copied: Document = json.loads(json.dumps(value))
    return copied


def some_document(chance: random.Random, depth: int = 0) -> Document:
    """Nested to any depth, empty at any level."""
    return {
        name: some_document(chance, depth + 1)
        if depth < 3 and chance.randrange(2)
        else chance.choice(SCALARS)
        for name in chance.sample(NAMES, chance.randrange(len(NAMES)))
    }


def neighbour(chance: random.Random, old: Document) -> Document:
    """What it might be a tick later: mostly the same."""
    new = copy(old)
    for name in list(new):
        match chance.randrange(8):
            case 0:
                del new[name]
            case 1:
                new[name] = chance.choice(SCALARS)
            case 2:
                new[name] = some_document(chance, 2)
            case 3 | 4 if isinstance(new[name], dict):
                new[name] = neighbour(chance, new[name])
    return new


@pytest.mark.parametrize("seed", range(10))
def test_the_patch_between_any_two_documents_makes_the_one_of_the_other(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(500):
        old = some_document(chance)
        new = some_document(chance) if chance.randrange(2) else neighbour(chance, old)
        kept_old, kept_new = copy(old), copy(new)
        patch = diff(old, new)
        sent = json.loads(json.dumps(patch))
        assert same(apply(copy(old), sent), new), (old, new, patch)
        assert same(old, kept_old), "diff changed the old document"
        assert same(new, kept_new), "diff changed the new document"


@pytest.mark.parametrize("seed", range(3))
def test_a_long_run_of_patches_leads_to_the_last_document(seed: int) -> None:
    chance = random.Random(seed)
    document = some_document(chance)
    seen = copy(document)
    for _ in range(300):
        new = neighbour(chance, document) or some_document(chance)
        seen = apply(seen, json.loads(json.dumps(diff(document, new))))
        assert same(seen, new)
        document = new


@pytest.mark.parametrize("seed", range(3))
def test_a_patch_says_nothing_of_what_is_the_same(seed: int) -> None:
    chance = random.Random(seed)

    def repeats(patch: Document, old: Document) -> bool:
        """Whether anything in the patch was so before."""
        for name, value in patch.items():
            before = old.get(name)
            if isinstance(value, dict) and isinstance(before, dict):
                if not value or repeats(value, before):
                    return True
            elif name not in old if value is None else name in old and same(before, value):
                return True
        return False

    for _ in range(300):
        old = some_document(chance)
        assert diff(old, copy(old)) == {}
        new = neighbour(chance, old)
        assert not repeats(diff(old, new), old), (old, new)


@pytest.mark.parametrize(
    ("old", "new", "patch"),
    [
        ({}, {}, {}),
        ({}, {"a": {}}, {"a": {}}),
        ({"a": {}}, {}, {"a": None}),
        ({"a": {"b": 1}}, {"a": {}}, {"a": {"b": None}}),
        ({"a": {}}, {"a": {}}, {}),
        ({"a": 1}, {"a": True}, {"a": True}),
        ({"a": 0}, {"a": False}, {"a": False}),
        ({"a": 1}, {"a": {}}, {"a": {}}),
        ({"a": {}}, {"a": 1}, {"a": 1}),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, {"a": {"c": 2}}),
        ({"__proto__": {"a": 1}}, {"__proto__": {"a": 2}}, {"__proto__": {"a": 2}}),
    ],
    ids=str,
)
def test_a_patch_is_what_changed(old: Document, new: Document, patch: Document) -> None:
    made = diff(old, new)
    assert same(made, patch)
    assert same(apply(copy(old), made), new)


@record
class Disk(Record):
    """Disks."""

    FAMILY = "disk"
    device: str = key("The device")
    size: float | None = gauge(BYTES, "Size")
    read: float | None = counter(BYTES, "Read")
    full: float | None = gauge(RATIO, "Full")
    clock: float | None = gauge(HERTZ, "Clock")
    latency: float | None = gauge(SECONDS, "Latency")
    errors: float | None = gauge(COUNT, "Errors")
    model: str | None = info(TEXT, "Model")
    removable: bool | None = info(FLAG, "Removable")


@record
class Host(Record):
    """One."""

    FAMILY = "host"
    name: str | None = info(TEXT, "Name")
    load: float | None = gauge(COUNT, "Load")


SCHEMA = Schema([Disk, Host])


def test_the_document_is_the_figures_with_as_many_decimals_as_their_unit_deserves() -> None:
    disk: Values = {
        "size": 1234.6,
        "read": 99.5001,
        "full": 0.123456,
        "clock": 2.6e9,
        "latency": 0.00123456789,
        "errors": 1.23456,
        "model": "M",
        "removable": True,
    }
    host: Values = {"name": "h", "load": 3}
    shown = document(SCHEMA, {"disk": {"sda": disk}, "host": host})
    assert same(
        shown,
        {
            "disk": {
                "sda": {
                    "size": 1235,
                    "read": 100,
                    "full": 0.123,
                    "clock": 2600000000,
                    "latency": 0.00123,
                    "errors": 1.23,
                    "model": "M",
                    "removable": True,
                }
            },
            "host": {"name": "h", "load": 3},
        },
    )


def test_names_and_texts_in_the_document_are_fit_to_be_shown() -> None:
    odd: Any = {"disk": {"\udcff\n": {"model": "\x1b[31m"}}, "host": {"name": "\ud800"}}
    shown = document(SCHEMA, odd)
    assert shown == {
        "disk": {"\\xff\\x0a": {"model": "\\x1b[31m"}},
        "host": {"name": "\\ud800"},
    }


def test_the_document_does_not_share_the_figures() -> None:
    figures: Any = {"host": {"load": 3.0}, "disk": {"sda": {}}}
    shown = document(SCHEMA, figures)
    figures["host"]["load"] = 4.0
    figures["disk"]["sda"]["size"] = 1
    assert shown == {"host": {"load": 3.0}, "disk": {"sda": {}}}


@pytest.mark.parametrize(
    ("form", "value", "text"),
    [
        (Form(0, 4, steady=False), 1.5, "2"),
        (Form(0, 4, steady=False), 2.5, "2"),
        (Form(0, 3, steady=False), 1e15, "1000000000000000"),
        (Form(4, 3, steady=False), 0.00004, "0"),
        (Form(4, 3, steady=False), 1 / 3, "0.333"),
        (Form(4, 3, steady=False), 1 / 30, "0.0333"),
        (Form(4, 3, steady=False), 0.99996, "1"),
        (Form(2, 4, steady=False), 1 / 3, "0.33"),
        (Form(2, 4, steady=False), 123.456, "123.5"),
        (Form(2, 3, steady=False), -942.61, "-943"),
        (Form(2, 3, steady=False), 14_864.03, "14864"),
        (Form(6, 4, steady=False), 0.999851, "0.9999"),
        (Form(6, 4, steady=False), 24_773.123456, "24773"),
    ],
)
def test_rounding(form: Form, value: float, text: str) -> None:
    assert json.dumps(form.rounded(value)) == text


def test_bytes_are_told_again_when_they_have_moved_by_a_thousandth() -> None:
    documents = Documents(SCHEMA)

    def size(now: float) -> Any:
        figures: Any = {"disk": {"sda": {"size": now}}}
        return documents.of(figures)["disk"]["sda"]["size"]

    assert size(2_048_000) == 2_048_000
    assert size(2_049_000) == 2_048_000, "less than a thousandth"
    assert size(2_050_000) == 2_050_000
    assert size(2_049_000) == 2_050_000, "of what is shown, not of what was read"
    assert size(0) == 0
    assert size(1) == 1
    assert size(2) == 2


def test_the_welcome_describes_each_metric_with_its_key_where_it_has_one() -> None:
    assert described(SCHEMA.families["host"], "machine")["host.load"] == {
        "kind": "gauge",
        "unit": "count",
        "help": "Load",
        "collector": "machine",
    }
    assert described(SCHEMA.families["disk"], "disk")["disk.read"] == {
        "kind": "rate",
        "unit": BYTES_PER_SECOND,
        "help": "Read",
        "collector": "disk",
        "key": "device",
    }
