"""What pages cost in the browser, as a page of Markdown. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import linear_regression

from bench.browser_cost import Cost, Weight
from bench.browser_load import View
from bench.browser_sites import OURS
from bench.tables import Spread, Target, markdown

KB = 1e3
MB = 1e6
PERCENT = 100
MINUTES_AN_HOUR = 60
# What comes before is a page that fills: of charts of ten minutes, and caches.
SETTLED_SHARE = 0.4

# Of the issue, for the monitor's own page. Near zero, and flat, as figures.
MAX_KB, MAX_PAINT_MS, MAX_FIGURES_MS = 150, 300, 700
MAX_SCRIPT, MAX_HIDDEN = 2.0, 0.1
MAX_SLOPE = 1.0


@dataclass
class Measured:
    """All of one run, by the name of the page; `failed` says why something is not there."""

    views: dict[str, list[View]] = field(default_factory=dict)
    seen: dict[str, Cost] = field(default_factory=dict)
    twelve: Cost | None = None
    hidden: dict[str, Cost] = field(default_factory=dict)
    weights: dict[str, list[Weight]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def slope(weights: Sequence[Weight]) -> float | None:
    """MB an hour, of what the heap holds after it has settled; None where that is too short."""
    start = weights[-1].minute * SETTLED_SHARE if weights else 0
    settled = [one for one in weights if one.minute >= start]
    if len(settled) < 3:
        return None
    minutes, heaps = [one.minute for one in settled], [one.heap / MB for one in settled]
    return linear_regression(minutes, heaps).slope * MINUTES_AN_HOUR


def targets(measured: Measured) -> Iterator[Target]:
    """Those of the issue."""
    views = measured.views.get(OURS, [])
    kilobytes = [one.traffic.bytes / KB for one in views]
    yield Target("first view, compressed", MAX_KB, "KB", _middle(kilobytes))
    yield Target("first paint", MAX_PAINT_MS, "ms", _middle([one.paint for one in views]))
    yield Target("first figures", MAX_FIGURES_MS, "ms", _middle([one.figures for one in views]))
    busiest = measured.twelve or measured.seen.get(OURS)
    script = busiest.script * PERCENT if busiest else None
    yield Target("scripting at 1 Hz with 12 charts, of a core", MAX_SCRIPT, "%", script)
    away = measured.hidden.get(OURS)
    spent = away.task * PERCENT if away else None
    yield Target("hidden: main thread, of a core", MAX_HIDDEN, "%", spent)
    yield Target("growth of the heap", MAX_SLOPE, "MB/h", slope(measured.weights.get(OURS, [])))


def page(title: Sequence[str], measured: Measured) -> str:
    """All of it."""
    goals = markdown(("target", "", "measured", ""), (one.cells for one in targets(measured)))
    parts = ["# The page beside others, in one Chromium", "\n".join(title), "## Targets", goals]
    parts += ["## First view", _views(measured.views)]
    parts += ["## Looked at", _costs(_looked_at(measured))]
    parts += ["## Behind another tab", _costs(measured.hidden)]
    parts += ["## Left open", _weights(measured.weights)]
    if measured.failed:
        parts += ["## Not measured"]
        parts += ["\n".join(f"- {name}: {why}" for name, why in measured.failed.items())]
    return "\n\n".join(parts) + "\n"


def _looked_at(measured: Measured) -> Mapping[str, Cost]:
    costs = dict(measured.seen)
    if measured.twelve is None:
        return costs
    return {f"{OURS}, with 12 charts": measured.twelve, **costs}


def _views(views: Mapping[str, Sequence[View]]) -> str:
    head = ("median (least to most)", "KB", "requests", "KB of frames", "paint, ms", "figures, ms")
    rows = []
    for name, each in views.items():
        traffic = [one.traffic for one in each]
        rows.append(
            (
                name,
                _text([one.bytes / KB for one in traffic], ".1f"),
                _text([one.requests for one in traffic], ".0f"),
                _text([one.frame_bytes / KB for one in traffic], ".1f"),
                _text([one.paint for one in each], ".0f"),
                _text([one.figures for one in each], ".0f"),
            )
        )
    return markdown(head, rows)


def _costs(costs: Mapping[str, Cost]) -> str:
    shares = ("scripting", "layout and style", "main thread", "renderers", "whole browser")
    head = ("% of a core", *shares, "messages/s", "KB/s", "canvases")
    rows = []
    for name, one in costs.items():
        spent = (one.script, one.layout, one.task, one.renderer, one.browser)
        told = (f"{one.messages:.1f}", f"{one.bytes / KB:.1f}", str(one.charts))
        rows.append((name, *(f"{share * PERCENT:.2f}" for share in spent), *told))
    return markdown(head, rows)


def _weights(weights: Mapping[str, Sequence[Weight]]) -> str:
    span = ("heap at first, MB", "at the end", "MB/h, settled")
    head = ("", "minutes", *span, "DOM nodes at first", "at the end", "listeners")
    rows = []
    for name, each in weights.items():
        if not each:
            continue
        first, last, growth = each[0], each[-1], slope(each)
        grown = "too short" if growth is None else f"{growth:+.2f}"
        heaps = (f"{first.heap / MB:.2f}", f"{last.heap / MB:.2f}", grown)
        nodes = (f"{first.nodes:,}", f"{last.nodes:,}", f"{last.listeners:,}")
        rows.append((name, f"{last.minute - first.minute:.1f}", *heaps, *nodes))
    return markdown(head, rows)


def _middle(figures: Sequence[float | None]) -> float | None:
    known = [figure for figure in figures if figure is not None]
    # One that never came makes no median of the others.
    return Spread.of(known).middle if known and len(known) == len(figures) else None


def _text(figures: Sequence[float | None], form: str) -> str:
    known = [figure for figure in figures if figure is not None]
    if not known:
        return "never"
    never = len(figures) - len(known)
    return Spread.of(known).text(form) + (f", {never} times never" if never else "")
