"""From figures to verdicts and tables. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    """The same thing measured several times: what is typical, and how far off the others were."""

    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, figures: Sequence[float]) -> "Spread":
        """Raises ValueError where there are none."""
        return cls(median(figures), min(figures), max(figures))

    def text(self, form: str = ".2f") -> str:
        """`1.20 (1.10 to 1.35)`."""
        return f"{self.middle:{form}} ({self.least:{form}} to {self.most:{form}})"


def quantile(figures: Iterable[float], share: float) -> float:
    """The least figure that at least this share of them does not exceed (nearest rank)."""
    ordered = sorted(figures)
    if not ordered:
        raise ValueError("no figures")
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass(frozen=True)
class Target:
    """What a figure has to come to. `figure` is None where it could not be measured, which is not
    met either."""

    what: str
    limit: float
    unit: str
    figure: float | None
    at_least: bool = False

    @property
    def met(self) -> bool:
        if self.figure is None:
            return False
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """A row of the table of targets."""
        bound = "at least" if self.at_least else "at most"
        figure = "not measured" if self.figure is None else f"{self.figure:.2f} {self.unit}"
        verdict = "met" if self.met else "**not met**"
        return self.what, f"{bound} {self.limit:g} {self.unit}", figure, verdict


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table that reads well as it stands: the first column to the left, the others right."""
    table = [list(head), *([*row] for row in rows)]
    widths = [max(3, *(len(cell) for cell in column)) for column in zip(*table, strict=True)]
    lines = []
    for cells in table:
        first, *others = (
            cell.ljust(width) if not number else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        lines.append("| " + " | ".join([first, *others]) + " |")
    ruler = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines.insert(1, "| " + " | ".join(ruler) + " |")
    return "\n".join(lines)
