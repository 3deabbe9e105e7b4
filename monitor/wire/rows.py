"""What was, figure by figure, as CSV, JSON lines and OpenMetrics. Pure."""

import json
import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.model import metric as units
from monitor.model.schema import Metric
from monitor.wire.shapes import label_text

# Figures are kept with 12 significant bits, bytes with 17. What has more is kept as a double.
DIGITS = 6
# Below this, none of so many digits is written with an exponent for being large, after rounding.
SHORT = 10.0**DIGITS - 0.5
NULL = "null"
# Nobody has more than so many digits of a whole number: 2 ** 53.
MOST_WHOLE = 9_007_199_254_740_992.0

CSV_HEAD = "time,metric,key,average,least,greatest\n"
OPENMETRICS_END = "# EOF\n"
# What is counted is no unit to Prometheus (prometheus.io/docs/practices/naming).
_COUNTED = (units.COUNT, units.OPERATIONS, units.PACKETS, units.FLAG, units.TEXT)


@dataclass(frozen=True, slots=True)
class Run:
    """Figures of one series in the order of their times (Unix seconds), NaN where nothing was.

    Where they were recorded as they are, `least` and `greatest` are None. `declared` is None of a
    metric that this version does not have.
    """

    name: str
    key: str
    declared: Metric | None
    times: Sequence[str]
    average: "array[float]"
    least: "array[float] | None" = None
    greatest: "array[float] | None" = None


def stamps(times: Sequence[float]) -> list[str]:
    """Times as text, to the millisecond."""
    return [f"{time:.3f}".removesuffix(".000") for time in times]


def figures(values: "array[float]") -> list[str]:
    """Figures as text, without digits that they do not have; "" where nothing was."""
    if _are_same(values):
        return [_figure(values[0], exact=values.typecode == "d")] * len(values)
    if values.typecode == "d":
        return [_figure(value, exact=True) for value in values]
    return _apart(values, _at_once(values))


def listed(values: "array[float]") -> str:
    """Figures as JSON has them in a list: `null` where nothing was."""
    if _are_same(values):
        told = _figure(values[0], exact=values.typecode == "d") or NULL
        return ",".join([told] * len(values))
    if values.typecode == "d":
        return ",".join([_figure(value, exact=True) or NULL for value in values])
    text = _at_once(values)
    if "e+" not in text and "inf" not in text:
        return text[:-1].replace("nan", NULL)
    return ",".join([figure or NULL for figure in _apart(values, text)])


def _are_same(values: "array[float]") -> bool:
    """As in half of all columns."""
    return bool(values) and values.count(values[0]) == len(values)


def _at_once(values: "array[float]") -> str:
    """Each with a comma after it, in a third of the time that they take one by one; large ones have
    exponents, and what is no number says so."""
    text = f"%.{DIGITS}g," * len(values) % tuple(values)
    return text.replace("-0,", "0,")


def _apart(values: "array[float]", text: str) -> list[str]:
    told = text.split(",")[:-1]
    if "e+" in text or "n" in text:
        for n, value in enumerate(values):
            if not -SHORT < value < SHORT:
                told[n] = _figure(value, exact=False)
    return told


def _figure(value: float, *, exact: bool) -> str:
    if not math.isfinite(value):
        return ""
    if value.is_integer() and abs(value) < MOST_WHOLE:
        return str(int(value))
    return repr(value) if exact else f"{value:.{DIGITS}g}"


def csv_rows(run: Run) -> Iterator[str]:
    """RFC 4180, but for the line ends, which are those of other tools here. What was recorded as it
    is has neither least nor greatest."""
    head = f"{_cell(run.name)},{_cell(run.key)}"
    if run.least is None or run.greatest is None:
        for time, value in zip(run.times, figures(run.average), strict=True):
            if value:
                yield f"{time},{head},{value},,\n"
        return
    columns = map(figures, (run.average, run.least, run.greatest))
    for time, average, least, greatest in zip(run.times, *columns, strict=True):
        if average:
            yield f"{time},{head},{average},{least},{greatest}\n"


def _cell(text: str) -> str:
    if not set(text).isdisjoint('",\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def json_rows(run: Run) -> Iterator[str]:
    """One object a line: jsonlines.org."""
    head = json.dumps({"metric": run.name, "key": run.key})[1:-1]
    if run.least is None or run.greatest is None:
        for time, value in zip(run.times, figures(run.average), strict=True):
            if value:
                yield f'{{"time": {time}, {head}, "average": {value}}}\n'
        return
    columns = map(figures, (run.average, run.least, run.greatest))
    for time, average, least, greatest in zip(run.times, *columns, strict=True):
        if average:
            yield (
                f'{{"time": {time}, {head}, "average": {average}, "least": {least},'
                f' "greatest": {greatest}}}\n'
            )


def openmetrics_head(name: str, declared: Metric | None) -> str:
    """What a metric is, before its first run: OpenMetrics 1.0. All are gauges here: rates and
    shares are derived already."""
    title = openmetrics_name(name, declared)
    lines = [f"# TYPE {title} gauge\n"]
    if declared is not None:
        unit = openmetrics_unit(declared.unit)
        if unit and title.endswith(f"_{unit}"):
            lines.append(f"# UNIT {title} {unit}\n")
        told = " ".join(declared.help.split()).replace("\\", r"\\").replace('"', r"\"")
        lines.append(f"# HELP {title} {told}\n")
    return "".join(lines)


def openmetrics_rows(run: Run) -> Iterator[str]:
    """Averages; what has a key bears it as a label."""
    label = run.declared.key if run.declared is not None else "key"
    labels = label_text([(label or "key", run.key)]) if run.key else ""
    title = openmetrics_name(run.name, run.declared) + labels
    for time, value in zip(run.times, figures(run.average), strict=True):
        if value:
            yield f"{title} {value} {time}\n"


def openmetrics_name(name: str, declared: Metric | None) -> str:
    """`memory.used` is `monitor_memory_used_bytes`, `disk.reads` is
    `monitor_disk_reads_per_second`."""
    family, _, field = name.partition(".")
    unit = openmetrics_unit(declared.unit) if declared is not None else ""
    noun, per, second = unit.partition("per_second")
    noun = noun.rstrip("_")
    if noun:
        field = field.removesuffix(f"_{noun}")
    return "_".join(part for part in ("monitor", family, field, noun, per + second) if part)


def openmetrics_unit(unit: str) -> str:
    """As it ends a name: `bytes_per_second`."""
    noun, per, _ = unit.partition("/s")
    words = [] if noun in _COUNTED else [noun.replace("-", "_")]
    return "_".join([*words, "per_second"] if per else words)
