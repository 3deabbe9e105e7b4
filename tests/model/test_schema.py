"""A declaration that cannot be shown is refused when it is declared, and the refusal says where."""

from typing import Any

import pytest

from monitor.model.metric import (
    BYTES,
    COUNT,
    FLAG,
    RATIO,
    SECONDS,
    TEXT,
    Kind,
    Quotient,
    Record,
    counter,
    gauge,
    info,
    key,
    record,
)
from monitor.model.schema import Schema


@record
class Disk(Record):
    """Block devices."""

    FAMILY = "disk"
    device: str = key("The device's name")
    size: int | None = gauge(BYTES, "Its size")
    reads: int | None = counter(COUNT, "Reads completed")
    busy: float | None = counter(SECONDS, "Time with something to do")
    read_seconds: float | None = counter(SECONDS, "Time of reads", shown=False)
    idle: float | None = counter(SECONDS, "Time without", over="total")
    total: float | None = counter(SECONDS, "All time", shown=False)
    model: str | None = info(TEXT, "As its maker calls it")
    removable: bool | None = info(FLAG, "Whether it can be taken out")
    latency = Quotient("read_seconds", "reads", SECONDS, "Time a read takes")


def disk(**values: Any) -> Disk:
    """Fields may be left out, or hold what they must not."""
    return Disk(**values)


def test_every_declared_figure_is_a_metric_and_hidden_counters_are_not() -> None:
    metrics = Schema([Disk]).metrics
    assert {name: (m.kind, m.unit) for name, m in metrics.items()} == {
        "disk.size": ("gauge", "bytes"),
        "disk.reads": ("rate", "count/s"),
        "disk.busy": ("rate", "ratio"),
        "disk.idle": ("share", "ratio"),
        "disk.model": ("info", "text"),
        "disk.removable": ("info", "flag"),
        "disk.latency": ("share", "seconds"),
    }
    assert all(m.key == "device" and m.family == "disk" for m in metrics.values())
    assert metrics["disk.reads"].source is Kind.COUNTER
    assert metrics["disk.size"].help == "Its size"


def test_a_field_that_is_inherited_is_a_metric_of_each_heir() -> None:
    @record
    class Base(Record):
        busy: float | None = counter(SECONDS, "Busy", over="total")
        total: float | None = counter(SECONDS, "All", shown=False)
        mean = Quotient("busy", "total", RATIO, "Mean")

    @record
    class One(Base):
        FAMILY = "one"

    @record
    class Other(Base):
        FAMILY = "other"
        name: str = key("Its name")

    metrics = Schema([One, Other]).metrics
    assert list(metrics) == ["one.busy", "one.mean", "other.busy", "other.mean"]
    assert metrics["one.busy"].key is None
    assert metrics["other.busy"].key == "name"


def _declaring(**fields: Any) -> type[Record]:
    """A record type with these fields, each annotated."""
    namespace = {"__annotations__": dict.fromkeys(fields, object), "__doc__": "Bad.", **fields}
    return record(type("Bad", (Record,), {"FAMILY": "bad", **namespace}))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"plain": 5}, ["Bad.plain", "declares no metric"]),
        ({"one": key("One"), "two": key("Two")}, ["Bad", "one", "two", "key"]),
        ({"busy": counter(SECONDS, "Busy", over="ghost")}, ["Bad.busy", "ghost"]),
        (
            {"busy": counter(SECONDS, "Busy", over="size"), "size": gauge(BYTES, "Size")},
            ["Bad.busy", "size"],
        ),
    ],
    ids=["undeclared", "two-keys", "over-a-ghost", "over-a-gauge"],
)
def test_a_wrong_declaration_names_the_field(fields: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(TypeError) as refused:
        Schema([_declaring(**fields)])
    for word in words:
        assert word in str(refused.value)


def test_a_quotient_of_what_is_no_counter_names_it() -> None:
    @record
    class Bad(Record):
        FAMILY = "bad"
        size: int | None = gauge(BYTES, "Size")
        reads: int | None = counter(COUNT, "Reads")
        mean = Quotient("size", "reads", BYTES, "Mean")

    with pytest.raises(TypeError, match=r"Bad\.mean .*'size'"):
        Schema([Bad])


def test_a_field_without_annotation_is_named_by_the_decorator() -> None:
    with pytest.raises(TypeError, match="size"):
        record(type("Bad", (Record,), {"FAMILY": "bad", "size": gauge(BYTES, "Size")}))


def test_a_record_type_that_is_not_decorated_is_named() -> None:
    class Plain(Record):
        FAMILY = "plain"

    with pytest.raises(TypeError, match="Plain"):
        Schema([Plain])


def test_a_record_type_without_a_family_is_named() -> None:
    @record
    class Homeless(Record):
        size: int | None = gauge(BYTES, "Size")

    with pytest.raises(TypeError, match="Homeless"):
        Schema([Homeless])


def test_two_record_types_of_one_family_are_refused() -> None:
    @record
    class Again(Record):
        FAMILY = "disk"
        size: int | None = gauge(BYTES, "Size")

    with pytest.raises(ValueError, match="'disk'"):
        Schema([Disk, Again])


def test_a_record_is_frozen_and_slotted_and_takes_no_unknown_field() -> None:
    made: Any = disk(device="sda")
    with pytest.raises(AttributeError):
        made.size = 1
    with pytest.raises((AttributeError, TypeError)):
        made.colour = "red"
    with pytest.raises(TypeError):
        disk(device="sda", colour="red")
    by_position: Any = Disk
    with pytest.raises(TypeError):
        by_position("sda")


GOOD = {"device": "sda", "size": 5, "reads": 1, "busy": 0.5, "model": "M", "removable": True}


def test_what_can_be_shown_passes_and_so_does_what_is_not_known() -> None:
    schema = Schema([Disk])
    schema.check(disk(**GOOD))
    schema.check(disk(device="sda"))
    schema.check(disk(device="sda", size=-(2**63), reads=2**64 - 1))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("size", "5"),
        ("size", b"5"),
        ("size", 5j),
        ("size", [5]),
        ("size", object()),
        ("size", True),  # JSON would say `true` where the page expects a number
        ("size", 10**400),  # no double holds it: it would stop the tick of every viewer
        pytest.param("size", -(10**400), id="size-below"),
        ("reads", True),
        ("reads", 10**5000),  # int() of Python cannot even print it
        ("reads", "many"),
        ("model", b"\xff"),
        ("model", ["M"]),
        ("model", {"M": 1}),
        ("model", 10**400),
        ("device", None),  # it would be shown as the device "None"
        ("device", 7),
        ("device", b"sda"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_cannot_be_shown_is_refused_by_the_name_of_its_field(field: str, value: Any) -> None:
    with pytest.raises(TypeError) as refused:
        Schema([Disk]).check(disk(**{**GOOD, field: value}))
    assert f"disk.{field}" in str(refused.value)


@pytest.mark.parametrize("nonsense", [None, "disk", 5, object(), Disk, {"device": "sda"}])
def test_what_is_no_record_is_refused(nonsense: Any) -> None:
    with pytest.raises(TypeError):
        Schema([Disk]).check(nonsense)


def test_a_record_that_nobody_declared_is_refused() -> None:
    @record
    class Stranger(Record):
        FAMILY = "stranger"

    with pytest.raises(TypeError, match="Stranger"):
        Schema([Disk]).check(Stranger())


def test_a_refusal_does_not_repeat_all_of_a_large_value() -> None:
    with pytest.raises(TypeError) as refused:
        Schema([Disk]).check(disk(**{**GOOD, "model": b"x" * 100_000}))
    assert len(str(refused.value)) < 500
