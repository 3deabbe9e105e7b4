"""Which figures of a snapshot are kept, and how exactly. Pure."""

from collections.abc import Iterator, Mapping
from typing import cast

from monitor.model.metric import BYTES, COMMANDS, FLAG, PROCESSES, TEXT, Kind
from monitor.model.sample import Figures, Values
from monitor.model.schema import Metric, Schema

# Families of these topics describe single processes, which come and go by the thousand: they have
# a history of their own.
APART = (PROCESSES, COMMANDS)

# Bits of a double's or float's mantissa that are kept. 11 are a step of 1/4096 at most, which is
# more than the four digits that anybody is shown.
BITS = 11
# Memory and file systems: a step of 16 KiB in a gigabyte, as small leaks are looked for in them.
BYTE_BITS = 16
# What describes and does not measure, such as a moment in Unix time: as it is.
EXACT = 52

Name = tuple[str, str, str]  # family, field and key; the key of a family without one is ""


class Plan:
    """The fields of each family that are kept, with their bits; texts are not.

    It follows from the schema alone: a new field or family needs nothing here.
    """

    def __init__(self, schema: Schema) -> None:
        self._kept: dict[str, dict[str, int]] = {}
        self._keyed: dict[str, bool] = {}
        for family in schema.families.values():
            if family.topic not in APART:
                kept = {m.field: _bits(m) for m in family.metrics if m.unit != TEXT}
                self._kept[family.name] = kept
                self._keyed[family.name] = family.key is not None

    def things(self, figures: Figures) -> Iterator[tuple[str, str, Values]]:
        """Family, key and figures of everything that is kept."""
        for family, values in figures.items():
            keyed = self._keyed.get(family)
            if keyed is None:
                continue
            if keyed:
                for key, of in cast(dict[str, Values], values).items():
                    yield family, key, of
            else:
                yield family, "", cast(Values, values)

    def fields(self, family: str) -> Mapping[str, int]:
        """The fields of a family that are kept, and how many bits of each."""
        return self._kept[family]


def _bits(metric: Metric) -> int:
    if metric.source is Kind.INFO and metric.unit != FLAG:
        return EXACT
    return BYTE_BITS if metric.kind == "gauge" and metric.unit == BYTES else BITS
