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

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, TypeVar, dataclass_transform

from monitor.model.export import UNNAMED, Export

# Units are base units, spelled as the stream spells them.
BYTES = "bytes"
SECONDS = "seconds"
RATIO = "ratio"
HERTZ = "hertz"
CELSIUS = "celsius"
VOLTS = "volts"
AMPERES = "amperes"
WATTS = "watts"
RPM = "rpm"
BITS_PER_SECOND = "bits/s"
BYTES_PER_SECOND = "bytes/s"
COUNT = "count"
OPERATIONS = "operations"
PACKETS = "packets"
TEXT = "text"
FLAG = "flag"

Scalar = str | int | float | bool

METADATA_KEY = "metric"

# Topics of the stream: what is always watched, and what is heavy and read in full only on demand.
HOST = "host"
PROCESSES = "processes"
COMMANDS = "commands"
SERVICES = "services"
SOCKETS = "sockets"
KERNEL = "kernel"


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
    `export` is how it stands in the Prometheus text. `identity`: where it differs between two
    readings, the key has come to mean another thing, and nothing is derived from the two. `birth`:
    where it is true the thing began after the reading before, and its counters grew from 0.
    """

    kind: Kind
    unit: str
    help: str
    over: str | None = None
    shown: bool = True
    export: Export = UNNAMED
    identity: bool = False
    birth: bool = False


@dataclass(frozen=True, slots=True)
class Quotient:
    """A figure made of two counters: how much `of` grew for each one that `over` grew."""

    of: str
    over: str
    unit: str
    help: str


class Record:
    """One thing that was read at one moment: a device, a core, the memory.

    A record that is the very same object as at the reading before says that nothing has changed,
    and costs nothing further on.

    `TOPIC` is the topic of the stream that it is a part of. `LABELS` are the labels of its series
    in the Prometheus text and the fields that they come from; by default its key is its label. One
    that is not `EXPORTED` is not there at all.
    """

    __slots__ = ()
    FAMILY: ClassVar[str]
    TOPIC: ClassVar[str] = HOST
    LABELS: ClassVar[Mapping[str, str]] = {}
    EXPORTED: ClassVar[bool] = True


def _declare(declaration: Declaration, default: object) -> Any:
    return field(default=default, metadata={METADATA_KEY: declaration})


def key(help: str) -> Any:
    """The name of the thing described, such as a device. A record has at most one."""
    return field(metadata={METADATA_KEY: Declaration(Kind.KEY, TEXT, help)})


def gauge(unit: str, help: str, *, prom: str | Export = UNNAMED) -> Any:
    """A value as it is now."""
    return _declare(Declaration(Kind.GAUGE, unit, help, export=Export.of(prom)), None)


def counter(
    unit: str,
    help: str,
    *,
    over: str | None = None,
    shown: bool = True,
    prom: str | Export = UNNAMED,
) -> Any:
    """A total that only grows; shown as its increase a second, or as a share of `over`."""
    return _declare(Declaration(Kind.COUNTER, unit, help, over, shown, Export.of(prom)), None)


def info(
    unit: str,
    help: str,
    *,
    prom: str | Export = UNNAMED,
    identity: bool = False,
    birth: bool = False,
) -> Any:
    """A text, number or flag that describes."""
    declaration = Declaration(
        Kind.INFO, unit, help, export=Export.of(prom), identity=identity, birth=birth
    )
    return _declare(declaration, None)


R = TypeVar("R", bound=Record)


@dataclass_transform(
    frozen_default=True, kw_only_default=True, field_specifiers=(key, gauge, counter, info)
)
def record(cls: type[R]) -> type[R]:
    """Make a frozen, slotted, keyword-only dataclass of a class that declares metrics."""
    return dataclass(frozen=True, slots=True, kw_only=True)(cls)
