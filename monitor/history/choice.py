"""How a question is answered: from which tier, and by how many seconds a point. Pure."""

import math
from dataclasses import dataclass

from monitor.history.tier import TIERS, Tier

# Fewer than this share of the points asked for are too coarse: then a finer tier is summed up,
# which over a month costs ten times as much.
_ENOUGH = 1 / 3


@dataclass(frozen=True, slots=True)
class Choice:
    """The tier to read, and the seconds that each point stands for: those of the tier or a multiple
    of them, so that points stay where they are when the view is moved. 0 is as recorded."""

    tier: Tier
    step: float


def choose(span: float, points: int, interval: float) -> Choice:
    """For `span` seconds at most `points` points, and a third of that where so many were recorded.

    `interval` is the seconds between two ticks.
    """
    steps = [tier.step or interval for tier in TIERS]
    # The finest tier that has no more points than are wanted; beyond the coarsest, none has.
    fit = next((n for n, step in enumerate(steps) if span <= points * step), len(TIERS))
    if fit < len(TIERS) and (fit == 0 or span >= _ENOUGH * points * steps[fit]):
        return Choice(TIERS[fit], TIERS[fit].step)
    tier = TIERS[fit - 1]
    step = tier.step or 1.0
    return Choice(tier, math.ceil(span / points / step) * step)
