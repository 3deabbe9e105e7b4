"""What was measured, the targets, and the page that says it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bench.tables import Spread, Target, markdown, quantile

# Names of contestants that targets speak of.
UNWATCHED = "monitor, nobody watching"
PSUTIL = "psutil, the same each second"
ALONE = "monitor, nobody watching, and no peer running"

MEBIBYTE = 1 << 20
MS = 1e3
PERCENT = 100
# The states in which the subject's loop is probed.
RESTING, SAMPLING, VIEWED = "sampler stopped", "sampling", "sampling, one viewer"

# Of the issue. Percent of one core by the number of processes; the others are for all sizes.
MAX_CPU = {200: 0.8, 2000: 3.0}
RSS_AT, MAX_RSS_MIB = 200, 60
RATIO_AT, MIN_RATIO = 2000, 10
LATENESS_AT, MAX_LATENESS_MS = (200, 2000), 2
MAX_SCRAPE_MS = 5


@dataclass(frozen=True)
class Memory:
    """Bytes, of a process and its children together."""

    rss: int
    pss: int


@dataclass(frozen=True)
class Traffic:
    """What a client was given."""

    answers_a_second: float
    bytes_an_answer: float


@dataclass
class Size:
    """All that was measured with one number of processes.

    `alone` and `company` hold the shares of one core, one for each window.
    """

    processes: int
    seen: list[int] = field(default_factory=list)
    busy: dict[str, list[float]] = field(default_factory=dict)
    alone: list[float] = field(default_factory=list)
    company: dict[str, list[float]] = field(default_factory=dict)
    memory: dict[str, Memory] = field(default_factory=dict)
    traffic: dict[str, Traffic] = field(default_factory=dict)
    lateness: dict[str, list[list[float]]] = field(default_factory=dict)
    scrapes: list[float] = field(default_factory=list)
    page_bytes: int = 0
    failed: dict[str, str] = field(default_factory=dict)

    def ratio(self, name: str) -> float | None:
        """How many times the monitor's processor time it used, both in company."""
        ours, theirs = self.company.get(UNWATCHED), self.company.get(name)
        if not ours or not theirs or not Spread.of(ours).middle:
            return None
        return Spread.of(theirs).middle / Spread.of(ours).middle

    def late(self, state: str, share: float) -> float | None:
        """Seconds that this share of the loop's wake-ups were not later than."""
        figures = [late for second in self.lateness.get(state, []) for late in second]
        return quantile(figures, share) if figures else None

    def added(self, state: str) -> float | None:
        """Seconds that sampling adds to the loop's lateness at p99."""
        resting, sampling = self.late(RESTING, 0.99), self.late(state, 0.99)
        return None if resting is None or sampling is None else sampling - resting


def targets(sizes: Sequence[Size]) -> Iterator[Target]:
    """Those of the issue that speak of these sizes."""
    for size in sizes:
        n = f"{size.processes:,} processes"
        if size.processes in MAX_CPU:
            cpu = Spread.of(size.alone).middle * PERCENT if size.alone else None
            yield Target(f"{n}: processor, of one core", MAX_CPU[size.processes], "%", cpu)
        if size.processes == RSS_AT:
            memory = size.memory.get(UNWATCHED)
            rss = memory.rss / MEBIBYTE if memory else None
            yield Target(f"{n}: RSS", MAX_RSS_MIB, "MiB", rss)
        if size.processes == RATIO_AT:
            ratio = size.ratio(PSUTIL)
            yield Target(f"{n}: psutil against the monitor", MIN_RATIO, "x", ratio, at_least=True)
        if size.processes in LATENESS_AT:
            added = size.added(SAMPLING)
            late = None if added is None else added * MS
            yield Target(f"{n}: lateness added by sampling, p99", MAX_LATENESS_MS, "ms", late)
            scrape = Spread.of(size.scrapes).middle * MS if size.scrapes else None
            yield Target(f"{n}: processor time of a scrape", MAX_SCRAPE_MS, "ms", scrape)


def page(title: Sequence[str], sizes: Sequence[Size]) -> str:
    """All of it as Markdown."""
    goals = markdown(("target", "", "measured", ""), (t.cells for t in targets(sizes)))
    parts = ["# The monitor beside its peers", "\n".join(title), "## Targets", goals]
    for size in sizes:
        parts += _section(size)
    return "\n\n".join(parts) + "\n"


def _section(size: Size) -> Iterator[str]:
    yield f"## {size.processes:,} processes"
    busy = (f"{_text(cores, '.2f')} {lane}" for lane, cores in size.busy.items())
    yield f"{_text(size.seen, '.0f')} were there. Busy cores of the machine: {', '.join(busy)}."
    head = ("", "CPU, % of one core", "x the monitor's", "RSS, MiB", "PSS, MiB")
    yield markdown(head, _rows(size))
    head = ("the loop's lateness, ms", "p50", "p99", "max", "worst of a second, median")
    yield markdown(head, _late_rows(size))
    scrape = _text([s * MS for s in size.scrapes], ".2f")
    added = {state: size.added(state) for state in (SAMPLING, VIEWED)}
    said = ", ".join(f"{s}: {a * MS:+.2f} ms" for s, a in added.items() if a is not None)
    yield f"Added at p99: {said or 'not measured'}."
    yield f"Processor time of a scrape ({size.page_bytes:,} bytes): {scrape} ms."
    yield "\n".join(
        [
            f"- {name}: {t.answers_a_second:.1f} answers a second of {t.bytes_an_answer:,.0f} bytes"
            for name, t in size.traffic.items()
        ]
        + [f"- {name}: **not measured**: {why}" for name, why in size.failed.items()]
    )


def _rows(size: Size) -> Iterator[tuple[str, ...]]:
    if size.alone:
        yield ALONE, _percent(size.alone), "", *_memory(size.memory, UNWATCHED)
    for name, figures in size.company.items():
        ratio = size.ratio(name)
        shown = "" if ratio is None else f"{ratio:.2f}"
        yield name, _percent(figures), shown, *_memory(size.memory, name)


def _late_rows(size: Size) -> Iterator[tuple[str, ...]]:
    for state, seconds in size.lateness.items():
        figures = [late * MS for second in seconds for late in second]
        worst = quantile([max(second) * MS for second in seconds if second], 0.5)
        shown = (quantile(figures, 0.5), quantile(figures, 0.99), max(figures), worst)
        yield state, *(f"{figure:.2f}" for figure in shown)


def _percent(figures: Sequence[float]) -> str:
    return _text([figure * PERCENT for figure in figures], ".2f")


def _text(figures: Sequence[float], form: str) -> str:
    return Spread.of(figures).text(form) if figures else "not measured"


def _memory(memory: Mapping[str, Memory], name: str) -> tuple[str, str]:
    held = memory.get(name)
    if held is None:
        return "", ""
    return f"{held.rss / MEBIBYTE:.1f}", f"{held.pss / MEBIBYTE:.1f}"
