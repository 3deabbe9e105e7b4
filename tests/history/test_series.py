"""Every figure is kept, but for those of single processes; new ones need no code."""

from monitor import collectors
from monitor.history.series import BITS, BYTE_BITS, EXACT, Plan
from monitor.model.metric import COMMANDS, COUNT, PROCESSES, TEXT, Record, gauge, record
from monitor.model.schema import Schema
from tests.history.figures import SCHEMA, figures


def test_all_numbers_of_the_program_are_kept() -> None:
    schema = Schema(collectors.record_types())
    plan = Plan(schema)
    for metric in schema.metrics.values():
        apart = schema.families[metric.family].topic in (PROCESSES, COMMANDS)
        if not apart:
            assert (metric.field in plan.fields(metric.family)) == (metric.unit != TEXT), metric


def test_single_processes_are_not_series() -> None:
    kept = {(family, key) for family, key, _ in Plan(SCHEMA).things(figures(0.0))}
    assert kept == {("load", ""), ("core", "0"), ("core", "1")}


def test_memory_is_kept_finely_and_moments_exactly() -> None:
    fields = Plan(SCHEMA).fields("load")
    assert fields == {
        "one": BITS, "used": BYTE_BITS, "calls": BITS, "busy": BITS, "since": EXACT,
    }  # fmt: skip


def test_a_new_field_needs_no_code() -> None:
    @record
    class Load(Record):
        """As before, and one more."""

        FAMILY = "load"
        brand_new: float | None = gauge(COUNT, "New")

    assert "brand_new" in Plan(Schema([Load])).fields("load")
