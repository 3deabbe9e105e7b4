"""How a metric is declared: one field of a frozen, slotted record.

    @record
    class Disk(Record):
        \"\"\"Block devices.\"\"\"

        FAMILY = "disk"
        device: str = key("The device's name")
        reads: int | None = counter(OPERATIONS, "Reads completed")

Everything that shows, stores or documents a metric follows from this declaration. A value of None
means that it is not known; it is never replaced by 0.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, TypeVar, dataclass_transform

# Units are base units, spelled as the stream spells them.
BYTES = "bytes"
SECONDS = "seconds"
RATIO = "ratio"
HERTZ = "hertz"
BITS_PER_SECOND = "bits/s"
BYTES_PER_SECOND = "bytes/s"
COUNT = "count"
OPERATIONS = "operations"
PACKETS = "packets"
TEXT = "text"
FLAG = "flag"

Scalar = str | int | float | bool

METADATA_KEY = "metric"


class Kind(StrEnum):
    """What a declared value is."""

    KEY = "key"  # names the thing that the record describes
    GAUGE = "gauge"  # is what it is now
    COUNTER = "counter"  # only ever grows, until it is reset
    INFO = "info"  # describes; does not measure


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a field of a record says of itself. `over` names the counter that it is a part of.

    A counter that is not `shown` is only there for others to be divided by, and for its raw value.
    """

    kind: Kind
    unit: str
    help: str
    over: str | None = None
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Quotient:
    """A figure made of two counters: how much `of` grew for each one that `over` grew."""

    of: str
    over: str
    unit: str
    help: str


class Record:
    """One thing that was read at one moment: a device, a core, the memory."""

    __slots__ = ()
    FAMILY: ClassVar[str]


def _declare(declaration: Declaration, default: object) -> Any:
    return field(default=default, metadata={METADATA_KEY: declaration})


def key(help: str) -> Any:
    """The name of the thing described, such as a device. A record has at most one."""
    return field(metadata={METADATA_KEY: Declaration(Kind.KEY, TEXT, help)})


def gauge(unit: str, help: str) -> Any:
    """A value as it is now."""
    return _declare(Declaration(Kind.GAUGE, unit, help), None)


def counter(unit: str, help: str, *, over: str | None = None, shown: bool = True) -> Any:
    """A total that only grows; shown as its increase a second, or as a share of `over`."""
    return _declare(Declaration(Kind.COUNTER, unit, help, over, shown), None)


def info(unit: str, help: str) -> Any:
    """A text, number or flag that describes."""
    return _declare(Declaration(Kind.INFO, unit, help), None)


R = TypeVar("R", bound=Record)


@dataclass_transform(
    frozen_default=True, kw_only_default=True, field_specifiers=(key, gauge, counter, info)
)
def record(cls: type[R]) -> type[R]:
    """Make a frozen, slotted, keyword-only dataclass of a class that declares metrics."""
    return dataclass(frozen=True, slots=True, kw_only=True)(cls)
