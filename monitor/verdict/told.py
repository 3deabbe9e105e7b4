"""A verdict as programs are told it. Pure."""

from collections.abc import Mapping
from typing import Any

from monitor.verdict.judge import Culprit, Verdict
from monitor.verdict.words import summary


def told(verdict: Verdict) -> Mapping[str, Any]:
    """As it is told."""
    evidence = verdict.evidence
    return {
        "metric": evidence.kind.name,
        "from": evidence.start,
        "to": evidence.end,
        "before": {"from": evidence.before[0], "to": evidence.before[1]},
        "unit": evidence.kind.unit,
        "change": _rounded(verdict.change),
        "summary": summary(verdict),
        "stands_out": verdict.stands_out,
        "culprits": [_culprit(one) for one in verdict.culprits],
        "unexplained": _rounded(verdict.unexplained),
    }


def _culprit(one: Culprit) -> Mapping[str, Any]:
    line: dict[str, Any] = {
        "name": one.name,
        "kind": one.kind,
        "change": _rounded(one.change),
        "share": _rounded(one.share),
        "count": one.count,
    }
    for name in ("pid", "started", "user", "unit", "container", "parent"):
        value = getattr(one, name)
        if value is not None:
            line[name] = value
    return line


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
