"""What fan-out came to: tables and targets. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.tables import Spread, Target, markdown, quantile

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
MAX_REAL_PERCENT, MAX_PATCH_SHARE = 5, 0.125
PERCENT = 100
# Fewer connections are less than the pages of memory that come and go.
WEIGHED_FROM = 1_000
AIMS = "Aimed at: 1.15 x the floor, 0.60 x broadcast(), stalls of 5 ms."

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

    def ratio(self, method: str, other: str) -> float:
        """One method's processor time over another's of the same round: neighbours come and go."""
        pairs = zip(self.rounds[method], self.rounds[other], strict=True)
        return median(one.cpu / two.cpu for one, two in pairs if one.kind == TIMED)

    def length(self, method: str) -> float:
        """Milliseconds of a tick."""
        return median(r.length for r in self.rounds[method] if r.kind == READ) * MS

    def stall(self, method: str) -> Spread:
        """Milliseconds: the longest stall of each of the watched rounds."""
        return Spread.of([r.stall * MS for r in self.rounds[method] if r.kind == WATCHED])

    def latency(self, method: str, share: float) -> float:
        """Milliseconds from the making of a message to its last byte."""
        all_ = [time for r in self.rounds[method] if r.kind == READ for time in r.latencies]
        return quantile(all_, share) * MS


@dataclass
class Real:
    """The program itself, with viewers of `host` and without: shares of a core, window by window.

    `document` and `patches` are the bytes of its messages.
    """

    viewers: int
    watched: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    document: int = 0
    patches: list[int] = field(default_factory=list)

    def percent(self) -> Spread:
        """What the viewers cost, in percent of a core."""
        pairs = zip(self.watched, self.alone, strict=True)
        return Spread.of([(with_ - without) * PERCENT for with_, without in pairs])

    def patch_share(self) -> float:
        """Of a document's bytes, those of the patch of a tick."""
        return median(self.patches) / self.document


def targets(cases: Sequence[Case], real: Real) -> Iterator[Target]:
    """Those of the issue, for each case."""
    for case in cases:
        what = f"{case.viewers:,} viewers, {case.size / KIB:g} KiB"
        floor, broadcast = case.ratio("hub", "floor"), case.ratio("hub", "broadcast")
        yield Target(f"{what}: CPU over the floor's", MAX_FLOOR, "x", floor)
        yield Target(f"{what}: CPU over broadcast()'s", MAX_BROADCAST, "x", broadcast)
        if case.viewers == STALL_AT:
            stall = case.stall("hub").most
            yield Target(f"{what}: longest stall", MAX_STALL_MS, "ms", stall)
        if case.viewers >= WEIGHED_FROM:
            memory = case.memory["hub"] / KIB
            yield Target(f"{what}: RSS a connection", MAX_MEMORY_KIB, "KiB", memory)
    what = f"{real.viewers:,} viewers of the real host: of one core"
    yield Target(what, MAX_REAL_PERCENT, "%", real.percent().middle)
    yield Target("the real host: patch over document", MAX_PATCH_SHARE, "x", real.patch_share())


def page(title: Sequence[str], cases: Sequence[Case], real: Real) -> str:
    """All of it."""
    lines = ["# One message to many viewers", "", *title, "", "![](fanout.svg)", ""]
    head = ("target", "", "measured", "")
    lines += ["## Targets", "", markdown(head, (t.cells for t in targets(cases, real))), "", AIMS]
    for case in cases:
        lines += ["", f"## {case.viewers:,} viewers, {case.size / KIB:g} KiB", ""]
        lines.append(markdown(("", *COLUMNS), [_row(case, method) for method in case.rounds]))
    return "\n".join([*lines, "", *_of_real(real)]) + "\n"


COLUMNS = (
    *("CPU a delivery, us", "x the floor", "x broadcast()", "tick, ms"),
    *("latency p50, ms", "p99, ms", "longest stall of a tick, ms", "RSS a connection, KiB"),
)


def _row(case: Case, method: str) -> tuple[str, ...]:
    return (
        NAMES[method],
        f"{case.cpu(method):.2f}",
        f"{case.ratio(method, 'floor'):.2f}",
        f"{case.ratio(method, 'broadcast'):.2f}",
        f"{case.length(method):.1f}",
        f"{case.latency(method, 0.50):.1f}",
        f"{case.latency(method, 0.99):.1f}",
        case.stall(method).text(".1f"),
        f"{case.memory[method] / KIB:.1f}",
    )


def _of_real(real: Real) -> Iterator[str]:
    with_, without = (
        Spread.of([share * PERCENT for share in shares]).text()
        for shares in (real.watched, real.alone)
    )
    yield f"## The real tick: {real.viewers:,} viewers of `host`, once a second"
    yield ""
    yield f"- of one core: {with_} % with them, {without} % without: {real.percent().text()} % more"
    patch = median(real.patches)
    yield f"- a document of {real.document:,} bytes, patches of {patch:,.0f} (the median)"
