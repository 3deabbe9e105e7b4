"""The arithmetic of a soak, its verdict, and a small one of seconds: on a naive server too."""

import asyncio
import dataclasses
from collections import Counter

import pytest

from tests.soak.measure import MEBIBYTE, Minute, Record, Restart, fit, passed, targets
from tests.soak.page import HEAD, page
from tests.soak.run import TERM, Plan, Soak
from tests.soak.server import Complaints
from tests.soak.thread import Tally, Thread

QUIET = Minute(
    at=0.0,
    rss=50 * MEBIBYTE,
    tasks=200,
    descriptors=210,
    viewers=200,
    processes=150,
    cpu=0.05,
    came=1200,
    ticks=6000,
    missed=0,
    longest=1.0,
    complaints=0,
)
SLOPE = "RSS slope"


def minutes(*rss: float) -> list[Minute]:
    """One after another, with so many MiB."""
    return [
        dataclasses.replace(QUIET, at=60.0 * (n + 1), rss=mib * MEBIBYTE)
        for n, mib in enumerate(rss)
    ]


def good() -> Record:
    """Of a run that met everything."""
    return Record(
        warm_up=600,
        steadies=50,
        viewers=200,
        a_second=20,
        minutes=minutes(*[50.0] * 30),
        steady=Counter(ticks=100_000),
        others=Counter(back=100, cut=10),
        server=Counter(ticks=1800),
        held=(2, 8),
        left=(2, 8),
        restarts=[Restart("SIGTERM", 0, 1.0, 2.0), Restart("SIGKILL", -9, 0.1, 2.0)],
    )


def unmet(record: Record) -> list[str]:
    """What it did not come to."""
    return [target.what for target in targets(record) if not target.met]


def slope_of(points: list[tuple[float, float]]) -> tuple[float, ...]:
    """Slope and error."""
    found = fit(points)
    assert found is not None
    return dataclasses.astuple(found)


def test_a_line_is_fitted_with_its_error() -> None:
    assert slope_of([(0, 1), (1, 3), (2, 5)]) == pytest.approx((2, 0), abs=1e-12)
    # By hand: residuals 0.1, -0.2, 0.1 about 1 + 1.5 x; sqrt(0.06 / 1 / 2).
    assert slope_of([(0, 1.1), (1, 2.3), (2, 4.1)]) == pytest.approx((1.5, 0.03**0.5))


def test_too_few_minutes_have_no_slope_and_so_meet_no_target() -> None:
    assert fit([(0, 1), (1, 2)]) is None
    record = good()
    record.minutes = record.minutes[:12]
    assert unmet(record) == [SLOPE]


def test_the_slope_is_mebibytes_an_hour_of_the_minutes_after_the_warm_up() -> None:
    warming, then = [10.0 * n for n in range(10)], [100 + n / 60 for n in range(20)]
    record = good()
    record.minutes = minutes(*warming, *then)
    slope = record.slope(600)
    assert slope is not None
    assert dataclasses.astuple(slope) == pytest.approx((1.0, 0.0), abs=1e-6)
    assert not passed(dataclasses.replace(record, warm_up=0))


def test_a_run_that_met_everything_passes() -> None:
    assert unmet(good()) == []
    assert passed(good())


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"complaints": ["ERROR"]}, "log lines above INFO"),
        ({"server": Counter(ticks=1800, missed=1)}, "ticks that the server missed"),
        ({"server": Counter()}, "ticks that the server missed"),
        ({"steady": Counter(ticks=100_000, missed=11)}, "ticks that steady viewers missed"),
        ({"steady": Counter(ticks=80_000)}, "ticks a second, to each steady viewer"),
        ({"steady": Counter(ticks=100_000, lost=1)}, "steady viewers that were dropped"),
        ({"steady": Counter(ticks=100_000, broken=1)}, "patches that did not apply"),
        ({"others": Counter(back=1, cut=1, failed=1)}, "visits that failed"),
        (
            {"others": Counter({"back": 1, "cut": 1, "gap expired": 1})},
            "gaps told to who came back",
        ),
        ({"others": Counter(back=1, cut=1, unanswered=1)}, "pages that were not served"),
        ({"others": Counter(back=1)}, "slow or stopped ones dropped"),
        ({"left": (3, 8)}, "tasks left when all had gone"),
        ({"left": (2, 9)}, "descriptors left when all had gone"),
        ({"minutes": minutes(*[50.0] * 30)[:0]}, "viewers"),
        ({"restarts": [Restart("SIGTERM", None, 1.0, 2.0)]}, "restarts that went wrong"),
        ({"restarts": [Restart("SIGTERM", 0, 1.0, None)]}, "restarts that went wrong"),
        ({"restarts": [Restart("SIGTERM", 0, 4.0, 2.0)]}, "longest stop"),
    ],
)
def test_each_fault_alone_fails_the_run(change: dict[str, object], what: str) -> None:
    assert what in unmet(dataclasses.replace(good(), **change))  # type: ignore[arg-type]


def test_the_page_has_the_verdict_and_not_more_rows_than_can_be_read() -> None:
    record = good()
    assert "**Passed.**" in page(record, ["# Title"], 900)
    assert "## Each minute" in page(record, [], 900)
    record.minutes = minutes(*[50.0] * 120)
    record.complaints = ["12:00:00 ERROR it broke"]
    written = page(record, [], 900)
    assert "**Not passed.**" in written
    assert "12:00:00 ERROR it broke" in written
    assert "## Every 4 minutes" in written
    shown = written.partition("## Every 4 minutes")[2].partition("##")[0]
    rows = [line.split("|")[1].strip() for line in shown.splitlines() if line.startswith("|")]
    assert rows[:3] == ["minutes", "-" * len(rows[1]), "4.0"]
    assert rows[-1] == "120.0"
    assert len(QUIET.cells) == len(HEAD)


def test_a_viewers_thread_tells_what_is_missing() -> None:
    tally = Tally()
    thread = Thread(tally)

    def tell(seq: int, base: int | None = None) -> None:
        kind = "snapshot" if base is None else "patch"
        message = {"type": kind, "topic": "host", "seq": seq, "base": base, "time": 1.5, "data": {}}
        thread.take(message)

    assert thread.query == ""
    thread.take({"type": "welcome", "session": "s"})
    tell(5)
    tell(6, 5)
    assert thread.query == "?session=s&since=6&time=1.5"
    assert tally.count == Counter(ticks=2)
    tell(8, 7)
    assert (tally.count["missed"], tally.count["broken"]) == (1, 1)
    tell(12)
    assert (tally.count["missed"], tally.count["broken"]) == (4, 1)
    thread.take({"type": "gap", "reason": "restart"})
    tell(1)
    assert (tally.count["missed"], tally.count["gap restart"]) == (4, 1)


def test_a_log_is_read_on_from_where_it_was(tmp_path: object) -> None:
    log = Complaints()
    with open(f"{tmp_path}/log", "w+b", buffering=0) as file:
        file.write(b"12:00 INFO    viewer joined\n12:00 WARN")
        log.read(file.fileno())
        assert not log.lines
        file.write(b"ING half a line\nTraceback (most recent call last):\n12:01 INFO    well\n")
        log.read(file.fileno())
        log.read(file.fileno())
    assert log.lines == ["12:00 WARNING half a line", "Traceback (most recent call last):"]


# Its memory cannot be told from a minute of seconds.
SMALL = Plan(
    minutes=1,
    minute=7.0,
    warm_up=0.0,
    steady=12,
    slow=4,
    still=4,
    a_second=10,
    stay=1.5,
    viewers=20,
    restarts=(TERM,),
    rest=0.5,
)


async def test_a_small_soak_fails_a_naive_server_and_nothing_but_its_slope_is_amiss() -> None:
    said: list[Minute] = []
    naive = dataclasses.replace(SMALL, restarts=())
    async with asyncio.timeout(60):
        real, other = await asyncio.gather(
            Soak("real", SMALL, said.append).run(), Soak("naive", naive, lambda minute: None).run()
        )
    assert len(said) == 1
    # Of ten ticks a busy machine may miss one.
    assert set(unmet(real)) <= {SLOPE, "ticks that the server missed"}, page(real, [], 0)
    assert "ticks a second, to each steady viewer" in unmet(other)
    assert "slow or stopped ones dropped" in unmet(other)
