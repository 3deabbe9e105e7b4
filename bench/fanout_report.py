"""What fan-out came to: tables, targets and a drawing. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.tables import Target, markdown, quantile

NAMES = {
    "floor": "send(2) in a loop, the floor",
    "hub": "this hub",
    "broadcast": "websockets, broadcast()",
    "send_json": "aiohttp, send_json() each",
}
US, MS, KIB = 1e6, 1e3, 1024
MAX_FLOOR, MAX_BROADCAST = 1.25, 0.70
STALL_AT, MAX_STALL_MS = 5_000, 10
MAX_MEMORY_KIB = 24
# From here on a tick's fixed costs no longer count.
MANY = 1_000


# Kinds of rounds: nobody reads until it is over; all read; the loop is watched.
TIMED, READ, WATCHED = "timed", "read", "watched"


@dataclass(frozen=True)
class Round:
    """One tick of one method, in seconds; `stall` where the loop was watched."""

    kind: str
    cpu: float
    length: float
    stall: float
    latencies: list[float]


@dataclass
class Case:
    """So many viewers, so many bytes: the rounds of each method, and the bytes of a connection."""

    viewers: int
    size: int
    rounds: dict[str, list[Round]] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)

    def add(self, method: str, one: Round) -> None:
        """One more."""
        self.rounds.setdefault(method, []).append(one)

    def cpu(self, method: str) -> float:
        """Microseconds of processor time a delivery."""
        return median(r.cpu for r in self.rounds[method] if r.kind == TIMED) / self.viewers * US

    def ratio(self, other: str) -> float:
        """This hub over another method, of the same round: neighbours come and go."""
        pairs = zip(self.rounds["hub"], self.rounds[other], strict=True)
        return median(ours.cpu / theirs.cpu for ours, theirs in pairs if ours.kind == TIMED)

    def length(self, method: str) -> float:
        """Milliseconds of a tick."""
        return median(r.length for r in self.rounds[method] if r.kind == READ) * MS

    def stall(self, method: str) -> float:
        """Milliseconds: of the watched rounds the median of the longest stall."""
        return median(r.stall for r in self.rounds[method] if r.kind == WATCHED) * MS

    def latency(self, method: str, share: float) -> float:
        """Milliseconds from the making of a message to its last byte."""
        all_ = [time for r in self.rounds[method] if r.kind == READ for time in r.latencies]
        return quantile(all_, share) * MS


def targets(cases: Sequence[Case]) -> Iterator[Target]:
    """Those of the issue, for each case."""
    for case in cases:
        what = f"{case.viewers:,} viewers, {case.size / KIB:g} KiB"
        yield Target(f"{what}: CPU over the floor's", MAX_FLOOR, "x", case.ratio("floor"))
        over = "CPU over websockets broadcast()'s"
        yield Target(f"{what}: {over}", MAX_BROADCAST, "x", case.ratio("broadcast"))
        if case.viewers == STALL_AT:
            yield Target(f"{what}: longest stall", MAX_STALL_MS, "ms", case.stall("hub"))
        if case.viewers >= MANY:
            memory = case.memory["hub"] / KIB
            yield Target(f"{what}: RSS a connection", MAX_MEMORY_KIB, "KiB", memory)


def page(title: Sequence[str], cases: Sequence[Case]) -> str:
    """All of it."""
    lines = ["# One message to many viewers", "", *title, "", "![](fanout.svg)", ""]
    head = ("target", "", "measured", "")
    lines += ["## Targets", "", markdown(head, (t.cells for t in targets(cases))), ""]
    for case in cases:
        lines += [f"## {case.viewers:,} viewers, {case.size / KIB:g} KiB", ""]
        rows = [_row(case, method) for method in case.rounds]
        columns = ("CPU a delivery, us", "tick, ms", "latency p50, ms", "p99, ms")
        lines += [markdown(("", *columns, "longest stall, ms", "RSS a connection, KiB"), rows), ""]
    return "\n".join(lines)


def _row(case: Case, method: str) -> tuple[str, ...]:
    figures = (
        case.cpu(method),
        case.length(method),
        case.latency(method, 0.50),
        case.latency(method, 0.99),
        case.stall(method),
        case.memory[method] / KIB,
    )
    return NAMES[method], *(f"{figure:.1f}" for figure in figures)


WIDTH, BAR, GAP, LEFT, TOP = 860, 14, 26, 190, 56
# Of the same lightness, and told apart by those who see no red or green (Okabe and Ito).
COLOURS = {"floor": "#8a8a8a", "hub": "#0072b2", "broadcast": "#e69f00", "send_json": "#cc79a7"}


def drawing(cases: Sequence[Case]) -> str:
    """CPU a delivery as bars over the floor's, as SVG; on white, to be read anywhere."""
    most = max(case.cpu(method) / case.cpu("floor") for case in cases for method in case.rounds)
    scale = (WIDTH - LEFT - 60) / most
    parts, y = [], TOP
    for case in cases:
        label = f"{case.viewers:,} x {case.size / KIB:g} KiB"
        middle = y + len(case.rounds) * BAR / 2 + 4
        parts.append(f'<text x="{LEFT - 10}" y="{middle:.0f}" text-anchor="end">{label}</text>')
        for method in case.rounds:
            over = case.cpu(method) / case.cpu("floor")
            width = over * scale
            fill = COLOURS[method]
            parts.append(
                f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 2}" fill="{fill}"/>'
                f'<text x="{LEFT + width + 5:.1f}" y="{y + BAR - 4}" class="f">{over:.2f}</text>'
            )
            y += BAR
        y += GAP - BAR
    legend, x = [], LEFT
    for method, name in NAMES.items():
        legend.append(
            f'<rect x="{x}" y="26" width="10" height="10" fill="{COLOURS[method]}"/>'
            f'<text x="{x + 15}" y="35">{name}</text>'
        )
        x += 30 + 6 * len(name)
    title = "Processor time a delivery, over that of send(2) in a loop"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" '
        f'viewBox="0 0 {WIDTH} {y}" font-family="sans-serif" font-size="12" fill="#222">'
        "<style>.f{font-size:10px}</style>"
        f'<rect width="{WIDTH}" height="{y}" fill="#fff"/><text x="10" y="16">{title}</text>'
        + "".join(legend + parts)
        + "</svg>\n"
    )
