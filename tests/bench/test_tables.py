"""Verdicts and tables: the bench says the truth, also where a figure is missing."""

import pytest

from bench.tables import Spread, Target, markdown, quantile


def test_a_spread_is_the_median_and_both_ends() -> None:
    assert Spread.of([3.0, 1.0, 2.5]) == Spread(2.5, 1.0, 3.0)
    assert Spread.of([3.0, 1.0, 2.5]).text(".1f") == "2.5 (1.0 to 3.0)"


def test_no_figures_have_no_spread() -> None:
    with pytest.raises(ValueError, match="median"):
        Spread.of([])


def test_a_quantile_is_one_of_the_figures_by_nearest_rank() -> None:
    figures = [float(n) for n in range(100, 0, -1)]
    assert quantile(figures, 0.99) == 99
    assert quantile(figures, 0.5) == 50
    assert quantile(figures, 1) == 100
    assert quantile([7.0], 0.01) == 7
    with pytest.raises(ValueError, match="no figures"):
        quantile([], 0.5)


@pytest.mark.parametrize(
    ("figure", "at_least", "met"),
    [
        (2.99, False, True),
        (3.0, False, True),
        (3.01, False, False),
        (2.99, True, False),
        (3.0, True, True),
        (None, False, False),
        (None, True, False),
    ],
)
def test_a_target_is_met_up_to_its_limit_and_never_by_a_missing_figure(
    figure: float | None, at_least: bool, met: bool
) -> None:
    assert Target("it", 3, "%", figure, at_least=at_least).met is met


def test_a_target_says_its_limit_its_figure_and_its_verdict() -> None:
    assert Target("it", 3, "%", 3.456).cells == ("it", "at most 3 %", "3.46 %", "**not met**")
    assert Target("it", 10, "x", None, at_least=True).cells[1:3] == (
        "at least 10 x",
        "not measured",
    )


def test_a_table_is_aligned_with_names_to_the_left() -> None:
    assert markdown(("", "MiB"), [("monitor", "43"), ("a", "1.5")]).splitlines() == [
        "|         | MiB |",
        "| ------- | --: |",
        "| monitor |  43 |",
        "| a       | 1.5 |",
    ]
