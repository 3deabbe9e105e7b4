"""From evidence to a verdict: who accounts for the change, in shares that add up. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from monitor.verdict.evidence import Actor, Evidence

# Who was there for less than that during the stretch is not told of on his own: it is his parent
# who began one after another.
BRIEF_S = 2.5
# So many of one name are told of together, unless one of them is the half of it.
CROWD = 3
MOST = 10
LEAST_SHARE = 0.01
# Less of a change than that is left by adding up.
ROUNDING = 1e-9

PROCESS, GROUP, SHORT_LIVED, KERNEL = "process", "group", "short-lived", "kernel"
OTHERS, NAMED, REST = "others", "named", "rest"


@dataclass(frozen=True, slots=True)
class Culprit:
    """One line: by how much it changed, and which share of all that changed the same way that is.

    `count` is of how many processes; those of one alone have a `pid`.
    """

    name: str
    kind: str
    change: float
    share: float = 0.0
    pid: int | None = None
    started: float | None = None
    user: str | None = None
    unit: str | None = None
    container: str | None = None
    parent: int | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """`culprits` is empty where nothing stands out. `unexplained` is the share of nobody."""

    evidence: Evidence
    change: float
    stands_out: bool
    culprits: tuple[Culprit, ...] = ()
    unexplained: float = 0.0


def judge(evidence: Evidence) -> Verdict:
    """Who did it."""
    change = evidence.total.change
    threshold = max(evidence.kind.floor, evidence.kind.noise * evidence.spread)
    if abs(change) < threshold:
        return Verdict(evidence, change, stands_out=False)
    sign = 1.0 if change > 0 else -1.0
    lines = [_turned(line, sign) for line in _lines(evidence)]
    rest = sign * change - sum(line.change for line in lines)
    if rest > ROUNDING * abs(change):
        lines.append(Culprit(_rest_of(evidence), REST, rest))
    risen = sorted((one for one in lines if one.change > 0), key=lambda one: -one.change)
    basis = sum(one.change for one in risen)
    ranked = [
        replace(one, change=sign * one.change, share=one.change / basis) for one in risen if basis
    ]
    unexplained = sum(one.share for one in ranked if one.kind == REST)
    return Verdict(evidence, change, True, tuple(_shortened(ranked)), unexplained)


def _turned(line: Culprit, sign: float) -> Culprit:
    return replace(line, change=sign * line.change)


def _lines(evidence: Evidence) -> list[Culprit]:
    """All that is known to have changed, each once."""
    lasting, children, orphans = _by_parents(evidence.actors)
    lines = [_line(actor, children.get(actor.pid, 0.0)) for actor in lasting]
    named = [Culprit(name, NAMED, level.change) for name, level in evidence.named.items()]
    return [*_crowded([*lines, *(_line(actor, 0.0) for actor in orphans)]), *named]


def _by_parents(
    actors: Sequence[Actor],
) -> tuple[list[Actor], dict[int, float], list[Actor]]:
    """Those who stayed, what brief children of each changed, and brief ones without a parent."""
    there = {actor.pid for actor in actors if not _brief(actor)}
    children: dict[int, float] = {}
    lasting, orphans = [], []
    for actor in actors:
        if not _brief(actor):
            lasting.append(actor)
        elif actor.parent in there and actor.parent > 1:
            changed = actor.own.change + actor.children.change
            children[actor.parent] = children.get(actor.parent, 0.0) + changed
        else:
            orphans.append(actor)
    return lasting, children, orphans


def _brief(actor: Actor) -> bool:
    return 0 < actor.seen < BRIEF_S and actor.own.before == 0


def _line(actor: Actor, brief: float) -> Culprit:
    by_children = actor.children.change + brief
    change = actor.own.change + by_children
    kind = KERNEL if actor.kernel else PROCESS
    if abs(by_children) > abs(actor.own.change):
        kind = SHORT_LIVED
    return Culprit(
        actor.name,
        kind,
        change,
        pid=actor.pid,
        started=actor.started,
        user=actor.user,
        unit=actor.unit,
        container=actor.container,
        parent=actor.parent,
    )


def _crowded(lines: Iterable[Culprit]) -> list[Culprit]:
    """Many of one name that did it together become one line."""
    by_name: dict[tuple[str, str], list[Culprit]] = {}
    for line in lines:
        by_name.setdefault((line.name, line.kind), []).append(line)
    found: list[Culprit] = []
    for (name, kind), same in by_name.items():
        # Those who did nothing are not of the crowd.
        moved = [one for one in same if one.change]
        together = sum(one.change for one in moved)
        largest = max((abs(one.change) for one in moved), default=0.0)
        if len(moved) < CROWD or largest > abs(together) / 2:
            found += same
            continue
        began = [one.started for one in moved if one.started is not None]
        found.append(
            Culprit(
                name,
                kind if kind == KERNEL else GROUP,
                together,
                started=min(began, default=None),
                user=_common([one.user for one in moved]),
                unit=_common([one.unit for one in moved]),
                container=_common([one.container for one in moved]),
                count=len(moved),
            )
        )
    return found


def _common(values: Sequence[str | None]) -> str | None:
    return values[0] if len(set(values)) == 1 else None


def _rest_of(evidence: Evidence) -> str:
    """What nobody is known to have done, in words."""
    denied = any("io" in actor.denied for actor in evidence.actors)
    return {
        "cpu": "what ended unseen",
        "memory": "the kernel, shared memory and files in memory",
        "disk": "processes that may not be read" if denied else "what was written later",
        "network": "other interfaces",
    }[evidence.kind.name]


def _shortened(ranked: Sequence[Culprit]) -> list[Culprit]:
    """The first ones; the others as one line, so that the shares still add up."""
    shown = [one for one in ranked if one.share >= LEAST_SHARE][:MOST]
    left = [one for one in ranked if one not in shown]
    if left:
        change, share = sum(one.change for one in left), sum(one.share for one in left)
        count = sum(one.count for one in left)
        shown.append(Culprit(f"{count} others", OTHERS, change, share, count=count))
    return shown
