"""The page of `python -m bench host`: ratios of equals, each target once, failures named."""

from bench.report import (
    MEBIBYTE,
    PSUTIL,
    RESTING,
    SAMPLING,
    UNWATCHED,
    Memory,
    Size,
    Traffic,
    page,
    targets,
)


def measured(processes: int) -> Size:
    """A size in which all that the targets speak of was measured."""
    return Size(
        processes,
        seen=[processes],
        busy={"alone": [0.3]},
        alone=[0.007, 0.005, 0.03],
        company={UNWATCHED: [0.01, 0.02, 0.03], PSUTIL: [0.19, 0.3, 0.2]},
        memory={UNWATCHED: Memory(50 * MEBIBYTE, 40 * MEBIBYTE)},
        traffic={"a viewer": Traffic(1.0, 4000.0)},
        lateness={RESTING: [[0.001] * 50, [0.001] * 50], SAMPLING: [[0.001] * 97 + [0.005] * 3]},
        scrapes=[0.004, 0.002, 0.003],
    )


def test_a_ratio_is_of_medians_of_the_same_windows() -> None:
    assert measured(2000).ratio(PSUTIL) == 0.2 / 0.02
    assert measured(2000).ratio("nobody") is None
    assert Size(2000, company={PSUTIL: [0.2]}).ratio(PSUTIL) is None


def test_lateness_is_what_sampling_adds_at_p99_over_all_seconds() -> None:
    size = measured(200)
    added = size.added(SAMPLING)
    assert added is not None
    assert round(added, 9) == 0.004
    assert size.added("nothing of the kind") is None


def test_each_target_of_the_issue_is_judged_by_its_own_figure() -> None:
    judged = {t.what: (t.limit, t.figure, t.met) for t in targets([measured(200), measured(2000)])}
    assert judged == {
        "200 processes: processor, of one core": (0.8, 0.7000000000000001, True),
        "200 processes: RSS": (60, 50, True),
        "200 processes: lateness added by sampling, p99": (2, 4.0, False),
        "200 processes: processor time of a scrape": (5, 3.0, True),
        "2,000 processes: processor, of one core": (3.0, 0.7000000000000001, True),
        "2,000 processes: psutil against the monitor": (10, 10.0, True),
        "2,000 processes: lateness added by sampling, p99": (2, 4.0, False),
        "2,000 processes: processor time of a scrape": (5, 3.0, True),
    }


def test_what_was_not_measured_meets_no_target() -> None:
    nothing = list(targets([Size(200), Size(2000)]))
    assert len(nothing) == 8
    assert not any(target.met for target in nothing)


def test_a_size_without_targets_has_none() -> None:
    assert not list(targets([measured(500)]))


def test_the_page_names_who_failed_and_why() -> None:
    size = measured(200)
    size.failed["Glances"] = "it ended with 1"
    written = page(["- a machine"], [size])
    assert "- Glances: **not measured**: it ended with 1" in written
    assert "| 200 processes: lateness added by sampling, p99 |" in written
    assert "**not met**" in written
    assert "- a viewer: 1.0 answers a second of 4,000 bytes" in written


def test_a_page_of_nothing_measured_is_a_page() -> None:
    assert "not measured" in page([], [Size(200)])
