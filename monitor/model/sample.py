"""Raw and derived are different types: a `Sample` is what was read, `Figures` are what is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from monitor.model.metric import TEXT, Record, Scalar, info, key, record

# {family: {field: value}} or, where the family has a key, {family: {key: {field: value}}}.
# What is not known is not there.
Values = dict[str, Scalar]
Figures = dict[str, "Values | dict[str, Values]"]


class State(StrEnum):
    """How a collector is doing."""

    OK = "ok"
    STALE = "stale"  # it has not answered in time; it is not asked again until it has
    ERROR = "error"  # it raised; it is asked again at its next turn
    UNWATCHED = "unwatched"  # nobody wants to know; it is not read
    UNAVAILABLE = "unavailable"  # this machine does not have what it reads


class Unavailable(Exception):
    """Raised by a collector: this machine does not have what it reads. Its text says why."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One collector's reading.

    `at` is monotonic seconds, the middle of the reading; `seconds` is how long it took, `cpu` the
    seconds of processor time that it cost.
    """

    collector: str
    at: float
    seconds: float
    records: tuple[Record, ...] = ()
    state: State = State.OK
    reason: str = ""
    cpu: float = 0.0


@record
class CollectorStatus(Record):
    """How each collector is doing, and why it has nothing to show."""

    FAMILY = "collector"
    name: str = key("The collector's name")
    state: str | None = info(TEXT, "ok, stale, error, unavailable or unwatched")
    reason: str | None = info(TEXT, "Why it is not ok")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One tick: all that is known of the machine at one moment.

    `seq` rises by one a tick. `time` is Unix time, `at` monotonic seconds. `samples` holds each
    collector's last good reading that still stands; `figures` is what follows from them.
    """

    seq: int
    time: float
    at: float
    samples: Mapping[str, Sample]
    figures: Figures
