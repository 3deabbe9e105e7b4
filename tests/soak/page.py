"""What a soak has shown, as Markdown. Pure."""

import math
from collections.abc import Iterator, Sequence

from bench.tables import markdown
from tests.soak.measure import Record, passed, targets

# Of the table; of a longer run not every minute is shown.
ROWS = 30
HEAD = (
    "minutes",
    "RSS, MiB",
    "tasks",
    "descriptors",
    "viewers",
    "processes",
    "CPU, %",
    "came",
    "ticks seen",
    "missed",
    "longest gap, s",
    "log lines",
)


def page(record: Record, title: Sequence[str], ring: float) -> str:
    """All of it as Markdown. `ring` is the seconds for which the server keeps what it has sent."""
    step = math.ceil(len(record.minutes) / ROWS) or 1
    parts = [
        *title,
        f"**{'Passed' if passed(record) else 'Not passed'}.**",
        markdown(("target", "", "measured", ""), (t.cells for t in targets(record))),
        "\n".join(_slopes(record, ring)),
        "## Each minute" if step == 1 else f"## Every {step} minutes",
        markdown(HEAD, (m.cells for m in record.minutes[step - 1 :: step])),
    ]
    if record.restarts:
        head = ("restart", "exit code", "stopped within, s", "all back within, s")
        rows = (
            (
                r.signal,
                str(r.code),
                f"{r.stopped:.2f}",
                "never" if r.back is None else f"{r.back:.2f}",
            )
            for r in record.restarts
        )
        parts += ["## Restarts", markdown(head, rows)]
    if record.complaints:
        parts += [
            "## Log lines above INFO",
            "\n".join(f"    {c}" for c in record.complaints[:ROWS]),
        ]
    return "\n\n".join(parts) + "\n"


def _slopes(record: Record, ring: float) -> Iterator[str]:
    for after, words in ((record.warm_up, ""), (ring, ", when the ring is full")):
        found = record.slope(after)
        said = (
            "not enough minutes"
            if found is None
            else f"{found.slope:+.2f} ± {found.error:.2f} MiB/h"
        )
        yield f"- RSS, by least squares, after {after / 60:g} minutes{words}: {said}"
    there = [minute.processes for minute in record.minutes] or [0]
    yield (
        f"- The machine had {min(there)} to {max(there)} processes. All are watched, and what the\n"
        "  most of them took stays taken: 300 more are 3 MiB."
    )
