"""What the suite found, as a page and a verdict. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.tables import markdown

# All groups but those of limits and performance (9) and of compression (12, 13), which is never
# negotiated. The number of cases: a run with fewer of them was no run.
GROUPS = {
    1: "framing",
    2: "pings and pongs",
    3: "reserved bits",
    4: "opcodes",
    5: "fragmentation",
    6: "UTF-8",
    7: "Close",
    10: "fragments as the sender likes",
}
CASES = {1: 16, 2: 11, 3: 7, 4: 10, 5: 20, 6: 145, 7: 37, 10: 1}
OK, LENIENT, TOLD = "OK", "NON-STRICT", "INFORMATIONAL"
# Whatever else the suite says of a case is a failure.
GOOD = (OK, LENIENT, TOLD)
FAILED = "failed"
INTRODUCTION = (
    "`make conformance` wrote this. It is the WebSocket of the viewers, with their bounds, on a\n"
    "route that answers each message with itself; beside it the same on aiohttp's own."
)
# What lies behind those that are not OK, by how their numbers begin.
WHY = {
    "6.4": "aiohttp looks at a text when it is whole, not at what has come of it.",
    "7.1.6": "the message is larger than a viewer's may be, so it ends with Close 1009.",
    "7.13": "the RFC leaves these codes open; they are answered as no codes at all, with 1002.",
}


@dataclass(frozen=True)
class Case:
    """What came of one case: of the messages, and of the end."""

    number: str
    messages: str
    close: str
    words: str

    @property
    def group(self) -> int:
        return int(self.number.partition(".")[0])

    @property
    def order(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.number.split("."))

    @property
    def outcome(self) -> str:
        """The worse of the two; FAILED where either is no good."""
        if self.messages not in GOOD or self.close not in GOOD:
            return FAILED
        return max(self.messages, self.close, key=GOOD.index)


def faults(ours: Sequence[Case], bare: Sequence[Case]) -> list[str]:
    """Why the run is no success, a line each; `bare` is the server that must fail."""
    count = Counter(case.group for case in ours)
    found = [
        f"group {group} had {count[group]} cases, not {CASES[group]}"
        for group in GROUPS
        if count[group] != CASES[group]
    ]
    found += [
        f"case {case.number}: {case.messages}, on Close {case.close}: {case.words}"
        for case in ours
        if case.outcome == FAILED
    ]
    if all(case.outcome != FAILED for case in bare):
        found.append("aiohttp's own WebSocket passed it all: this run proves nothing")
    return found


def page(ours: Sequence[Case], bare: Sequence[Case], versions: Mapping[str, str], day: str) -> str:
    """All of it as Markdown."""
    wrong = faults(ours, bare)
    verdict = f"{len(ours)} cases, no failure." if not wrong else "**Not passed.**"
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    head = ("group", *GOOD, FAILED, "aiohttp's own " + FAILED)
    parts = [
        "# The WebSocket, by Autobahn|Testsuite",
        INTRODUCTION,
        f"{day}; {told}.",
        verdict,
        markdown(head, _rows(ours, bare)),
        "## All that is not OK",
        "\n".join(_others(ours)),
        *(["## Faults", "\n".join(f"- {fault}" for fault in wrong)] if wrong else []),
    ]
    return "\n\n".join(parts) + "\n"


def _rows(ours: Sequence[Case], bare: Sequence[Case]) -> Iterator[tuple[str, ...]]:
    lost = Counter(case.group for case in bare if case.outcome == FAILED)
    for group, words in GROUPS.items():
        count = Counter(case.outcome for case in ours if case.group == group)
        figures = (*(count[outcome] for outcome in (*GOOD, FAILED)), lost[group])
        yield f"{group}, {words}", *(str(figure) for figure in figures)


def _others(ours: Sequence[Case]) -> Iterator[str]:
    others = sorted((c for c in ours if c.outcome != OK), key=lambda case: case.order)
    for case in others:
        yield f"- {case.number}: {case.messages}, on Close {case.close}: {case.words}"
    for start, why in WHY.items():
        if any(case.number.startswith(start) for case in others):
            yield f"\n{start}: {why}"
