"""A moment is understood as people and programs write it, or refused in words."""

import pytest

from monitor.model.when import ALLOWED, moment

NOW = 1_795_429_302.5


@pytest.mark.parametrize(
    ("text", "unix"),
    [
        ("now", NOW),
        ("0", 0.0),
        ("1795429302.25", 1_795_429_302.25),
        ("-10m", NOW - 600),
        ("-90s", NOW - 90),
        ("-1.5h", NOW - 5400),
        ("-0s", NOW),
        ("-7d", NOW - 7 * 86_400),
        ("-2w", NOW - 14 * 86_400),
        ("1970-01-01T00:01:00Z", 60.0),
        ("1970-01-01t00:01:00.5z", 60.5),
        ("1970-01-01T02:00:00+02:00", 0.0),
        ("1969-12-31T19:00:00-05:00", 0.0),
        ("1970-01-01T02:00:00 02:00", 0.0),  # a plus sign that was not escaped in a URL
    ],
)
def test_it_is_unix_seconds(text: str, unix: float) -> None:
    assert moment(text, NOW) == pytest.approx(unix)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "10m",
            "-10",
            "-10y",
            "-m",
            "+10m",
            "--10m",
            "nan",
            "inf",
            "1e9",
            "-1_0m",
            "NOW",
        ),
        *(
            "179542930250000",
            "2026-11-23",
            "2026-11-23T10:15",
            "2026-11-23 10:15:02",
            "1970-01-01T00:01:00",
        ),
        *("2026-02-31T00:00:00Z", "2026-11-23T25:00:00Z", "\u0660", "-\u0661m", "1\n"),
    ],
)
def test_anything_else_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="allowed: Unix seconds") as caught:
        moment(text, NOW)
    assert str(caught.value).endswith(ALLOWED)


@pytest.mark.parametrize(
    "text",
    ["-9999999w", "1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "99999999999", "4102444800"],
)
def test_what_no_clock_ever_shows_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="allowed: moments from 1970 to 2100"):
        moment(text, NOW)
