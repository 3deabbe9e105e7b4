"""How a value is named in the Prometheus text, where the field has a name for it already.

    reads: int | None = counter(OPERATIONS, "Reads", prom="node_disk_reads_completed_total")
    user: float | None = counter(SECONDS, "User", prom='node_cpu_seconds_total{mode="user"}')
    faults: int | None = counter(COUNT, "Faults", prom=untyped("node_vmstat_pgfault"))
    speed: int | None = info(BITS_PER_SECOND, "Speed", prom=scaled("node_network_speed_bytes", 1/8))
    kernel: str | None = info(TEXT, "Release", prom="node_uname_info{release}")

The last is a text: it stands as the label `release` of the series node_uname_info, which is 1.
A value without a name of its own is called `monitor_<family>_<field>`, by its unit and kind.
"""

import re
from dataclasses import dataclass, replace

_NAME = re.compile(r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?P<labels>[^{}]*)\})?")
_LABEL = re.compile(r"([a-zA-Z_][a-zA-Z0-9_]*)=\"([^\"\\\\]*)\"")
_TEXT_LABEL = re.compile("[a-zA-Z_][a-zA-Z0-9_]*")

UNTYPED = "untyped"


@dataclass(frozen=True, slots=True)
class Export:
    """A series' name, its fixed labels, and what its value is multiplied by.

    `name` of "" is the default name, None is no series at all. `text_label` is the label under
    which a text stands. `type` of None is the kind of the field: counter or gauge.
    """

    name: str | None = ""
    labels: tuple[tuple[str, str], ...] = ()
    text_label: str | None = None
    scale: float = 1
    type: str | None = None

    @staticmethod
    def of(prom: "str | Export") -> "Export":
        """From its short form, `name{label="value",...}`. Raises ValueError, naming it."""
        if isinstance(prom, Export):
            return prom
        match = _NAME.fullmatch(prom)
        if match is None:
            raise ValueError(f"{prom!r} is no name of a series")
        inside = match["labels"]
        if inside and _TEXT_LABEL.fullmatch(inside):
            return Export(match["name"], text_label=inside)
        labels = tuple((m[1], m[2]) for m in _LABEL.finditer(inside or ""))
        if ",".join(f'{name}="{value}"' for name, value in labels) != (inside or ""):
            raise ValueError(f"{prom!r} is no name of a series")
        return Export(match["name"], labels)


UNNAMED = Export()
# Not in the Prometheus text: it is there in another form, or in another family.
UNEXPORTED = Export(None)


def untyped(prom: str) -> Export:
    """What node_exporter gives no type to, because it passes on whatever the kernel has."""
    return replace(Export.of(prom), type=UNTYPED)


def as_gauge(prom: str) -> Export:
    """A counter of ours that is a gauge under this name."""
    return replace(Export.of(prom), type="gauge")


def as_counter(prom: str) -> Export:
    """A gauge of ours that is a counter under this name."""
    return replace(Export.of(prom), type="counter")


def scaled(prom: str, by: float) -> Export:
    """In another unit than ours."""
    return replace(Export.of(prom), scale=by)
