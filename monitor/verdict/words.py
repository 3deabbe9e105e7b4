"""A verdict in one sentence. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

from monitor.verdict.evidence import BYTES, CORES, Evidence
from monitor.verdict.judge import GROUP, OTHERS, SHORT_LIVED, Culprit, Verdict

VERBS = {"cpu": "used", "memory": "took", "disk": "read and wrote", "network": "carried"}
FIGURES = {"cpu": "CPU", "memory": "Memory", "disk": "The disks", "network": "The network"}
BINARY, DECIMAL = 1024.0, 1000.0
HALF = 0.5
DAY_S = 86_400


def summary(verdict: Verdict) -> str:
    """Who did it, or that nothing stands out."""
    evidence = verdict.evidence
    what = quantity(abs(verdict.change), evidence.kind.unit)
    more = "more" if verdict.change > 0 else "less"
    before = span(evidence.before[1] - evidence.before[0])
    if not verdict.stands_out:
        level = quantity(evidence.total.during, evidence.kind.unit)
        figure = FIGURES[evidence.kind.name]
        compared = f"{what} {more} than" if verdict.change else "as"
        return f"Nothing stands out: {figure} at {level}, {compared} in the {before} before."
    told = [one for one in verdict.culprits if one.kind != OTHERS]
    if not told:
        return f"{what} {more} than in the {before} before, by nobody in particular."
    first = told[0]
    own = quantity(abs(first.change), evidence.kind.unit)
    verb = VERBS[evidence.kind.name]
    said = f"{who(first, evidence)} {verb} {own} {more} than in the {before} before"
    said += f", {percent(first.share)} of what was {more}"
    others = [one for one in told[1:3] if one.share >= (1 - first.share) / 3 and one.share >= 0.1]
    return f"{said}{_then(others, evidence)}."


def _then(others: Sequence[Culprit], evidence: Evidence) -> str:
    if not others:
        return ""
    told = " and ".join(f"{who(one, evidence)} {percent(one.share)}" for one in others)
    return f"; {told}"


def who(one: Culprit, evidence: Evidence) -> str:
    """`ffmpeg (pid 4711, alice, since 14:02:11)`."""
    about = []
    if one.pid is not None:
        about.append(f"pid {one.pid}")
    about += [text for text in (one.user, one.unit or one.container) if text]
    if one.started is not None and one.pid is not None:
        about.append(f"since {since(one.started, evidence.end)}")
    name = f"{one.count} of {one.name}" if one.kind == GROUP else one.name
    name = f"Short-lived children of {name}" if one.kind == SHORT_LIVED else name
    return f"{name} ({', '.join(about)})" if about else name


def since(started: float, end: float) -> str:
    """A moment of the same day by its time, an earlier one by its date; in the server's zone."""
    moment = datetime.fromtimestamp(started, UTC).astimezone()
    return f"{moment:%H:%M:%S}" if end - started < DAY_S else f"{moment:%Y-%m-%d}"


def percent(share: float) -> str:
    """`71 %`."""
    return f"{share * 100:.0f} %"


def span(seconds: float) -> str:
    """`minute`, `10 minutes`."""
    if seconds < 90:
        return "minute" if seconds >= 45 else f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes"


def quantity(value: float, unit: str) -> str:
    """With three digits at most, and a unit that people read."""
    if unit == CORES:
        if abs(value) < HALF:
            return f"{value * 100:.2g} % of a core"
        figure = f"{value:.2g}"
        return f"{figure} core" if figure == "1" else f"{figure} cores"
    step, names = (
        (BINARY, ("B", "KiB", "MiB", "GiB", "TiB"))
        if unit == BYTES
        else (DECIMAL, ("B/s", "kB/s", "MB/s", "GB/s", "TB/s"))
    )
    rank = 0
    while abs(value) >= step and rank < len(names) - 1:
        value, rank = value / step, rank + 1
    digits = f"{value:.0f}" if abs(value) >= 100 or not rank else f"{value:.3g}"
    return f"{digits} {names[rank]}"
