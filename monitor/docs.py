"""docs/METRICS.md, made of the schema: `python -m monitor.docs > docs/METRICS.md`."""

import re
import sys
from collections.abc import Iterable, Iterator

from monitor import collectors
from monitor.model.metric import Record
from monitor.model.schema import Family, Metric, Schema

PREFACE = """\
# Metrics

<!-- Made by `python -m monitor.docs > docs/METRICS.md`. A metric's words stand where it is
declared, in monitor/collectors/. -->

Every figure of the stream, as its `welcome` declares them. How they travel is in
[PROTOCOL.md](PROTOCOL.md).

Units are base units: seconds, bytes, hertz, and ratios from 0 to 1.

## Kinds

| kind | what the figure is |
|---|---|
| `gauge` | what was read, as it is at that moment |
| `rate` | how much a counter grew in each second between two readings, by the monotonic clock |
| `share` | how much a counter grew for each unit that another one grew: a part of the whole, or a \
mean per operation |
| `info` | a text, a number or a flag that describes and does not measure |

A counter of seconds has a rate in seconds a second, which is a ratio: the part of the time in which
the thing was so.

## Gaps

What is not known is absent. It is never 0, and never a guess. A figure is absent while

- the machine does not have it, or does not let this user read it;
- its collector failed or has not answered in time: `collector.state` and `collector.reason` say so;
- it is a rate or a share and there is only one reading yet, or the last one is more than five
  periods old;
- a counter went backwards, as after a reset: that one step is a gap, and no negative rate;
- it is a share of nothing: the mean duration of a read is not known while nothing is read.

## Used memory

`memory.used` is `memory.total - memory.available`: what programs could not get without something
being swapped out or ended. Cache that the kernel gives back when it is asked to is not "used".
`free` of procps 4 counts the same way; tools that subtract only what is free show more.
"""


def render(record_types: Iterable[type[Record]]) -> str:
    """The whole page for these record types, in their order."""
    return "\n".join([PREFACE, *(_section(f) for f in Schema(record_types).families.values())])


def _section(family: Family) -> str:
    rows = "\n".join(_row(metric) for metric in family.metrics)
    return f"""\
## `{family.name}`

{" ".join(_lead(family))}

| metric | kind | unit | what it says |
|---|---|---|---|
{rows}
"""


def _lead(family: Family) -> Iterator[str]:
    first, _, _ = family.help.partition("\n\n")
    yield _line(first)
    if family.key is not None:
        yield f"One for each `{family.key}`."


def _row(metric: Metric) -> str:
    cells = (f"`{metric.name}`", metric.kind, metric.unit, _line(metric.help))
    return f"| {' | '.join(cells)} |"


def _line(text: str) -> str:
    """On one line, and within one cell of a table."""
    return re.sub(r"\s+", " ", text).replace("|", r"\|")


if __name__ == "__main__":
    sys.stdout.write(render(collectors.record_types()))
