"""What fan-out came to, as a drawing. Pure."""

from collections.abc import Iterator, Sequence

from bench.fanout_report import KIB, NAMES, Case

# Pixels.
WIDTH, BAR, GAP, LEFT, RIGHT, TOP = 860, 14, 12, 150, 70, 64
# To be told apart by those who see no red or green (Okabe and Ito), on light and on dark.
COLOURS = {"floor": "#8a8a8a", "hub": "#2b8cc4", "broadcast": "#e69f00", "send_json": "#cc79a7"}
TITLE = "Processor time a delivery, over that of send(2) in a loop"
STYLE = (
    "text{fill:#222}.rule{stroke:#222;stroke-dasharray:2 3}.figure{font-size:10px}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.rule{stroke:#ddd}}"
)


def drawing(cases: Sequence[Case]) -> str:
    """Bars over the floor's, as SVG without a ground of its own; the floor is a dotted line."""
    over = [{m: case.ratio(m, "floor") for m in case.rounds} for case in cases]
    scale = (WIDTH - LEFT - RIGHT) / max(ratio for ratios in over for ratio in ratios.values())
    parts, y = list(_legend()), TOP
    for case, ratios in zip(cases, over, strict=True):
        parts += _bars(f"{case.viewers:,} x {case.size / KIB:g} KiB", ratios, y, scale)
        y += len(ratios) * BAR + GAP
    floor = LEFT + scale
    parts.append(f'<path class="rule" d="M{floor:.1f} {TOP - 6}V{y - GAP + 2}"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" '
        f'height="{y}" font-family="sans-serif" font-size="12"><title>{TITLE}</title>'
        f"<style>{STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def _legend() -> Iterator[str]:
    yield f'<text x="10" y="18" font-weight="bold">{TITLE}</text>'
    x = 10
    for method, name in NAMES.items():
        yield f'<rect x="{x}" y="32" width="10" height="10" fill="{COLOURS[method]}"/>'
        yield f'<text x="{x + 15}" y="41">{name}</text>'
        x += 40 + 7 * len(name)


def _bars(label: str, ratios: dict[str, float], y: int, scale: float) -> Iterator[str]:
    middle = y + len(ratios) * BAR / 2 + 4
    yield f'<text x="{LEFT - 10}" y="{middle:.0f}" text-anchor="end">{label}</text>'
    for method, ratio in ratios.items():
        width, fill = ratio * scale, COLOURS[method]
        bar = f'width="{width:.1f}" height="{BAR - 2}" fill="{fill}"'
        yield f'<rect x="{LEFT}" y="{y}" {bar}/>'
        at = f'x="{LEFT + width + 5:.1f}" y="{y + BAR - 4}"'
        yield f'<text {at} class="figure">{ratio:.2f}</text>'
        y += BAR
