"""Names of things that have gone for good go with the last that was recorded of them."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.history import keeper, roller
from monitor.history.block import Sealed
from monitor.history.gone import Gone
from monitor.history.layout import SERIES_BITS
from monitor.history.sought import Wanted
from monitor.history.tier import HOUR, MADE_OF, RAW, TIERS
from monitor.history.writer import Writer
from tests.history.figures import BEGAN, SIZE, reading, ticked, writing

STAYS = "stays"
KEYS, STEP_S, LIVES = 5000, 5.0, 6
CHURN_S = KEYS * STEP_S
SMALL, ROUNDS = 5 << 19, 3


def work(writer: Writer) -> None:
    for _ in writer.work():
        pass


def feed(writer: Writer, start: float, ticks: int, first: int | None) -> None:
    """Ticks of one thing that stays, and where there is a `first`, of one more a tick that is there
    for LIVES of them."""
    for n in range(ticks):
        keys = [STAYS]
        if first is not None:
            keys += [f"veth{first + m}" for m in range(max(0, n - LIVES + 1), n + 1)]
        moment = start + n * STEP_S
        writer.take(moment, ticked(core={key: {"usage": n % 97 / 97} for key in keys}))
        if n % 5 == 4 and writer.save():
            work(writer)


def rows(writer: Writer) -> dict[str, int]:
    """Names in the file."""
    return dict(writer.file.db.execute("SELECT key, id FROM series").fetchall())


def in_chunks(writer: Writer) -> set[int]:
    """Series that there is something of, in the file."""
    found = writer.file.db.execute("SELECT id FROM chunk").fetchall()
    return {number & ((1 << SERIES_BITS) - 1) for (number,) in found}


def held(writer: Writer) -> set[int]:
    return set(writer.shelf.names.values())


@pytest.fixture
def briefly(monkeypatch: pytest.MonkeyPatch) -> float:
    """What is recorded is kept for hours only; the most of them, in seconds."""
    kept = (1 * HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR)
    short = tuple(replace(tier, keep=kept[tier.number]) for tier in TIERS)
    made = {one: MADE_OF[tier] for one, tier in zip(short, TIERS, strict=True)}
    monkeypatch.setattr(keeper, "TIERS", short)
    monkeypatch.setattr(roller, "MADE_OF", MADE_OF | made)
    return 60 * HOUR


def test_names_go_with_the_last_of_them(tmp_path: Path, briefly: float) -> None:
    with writing(tmp_path) as writer:
        feed(writer, BEGAN, KEYS, 0)
        numbers = rows(writer)
        assert len(numbers) > KEYS / 2, "nothing goes before its time"
        assert set(numbers.values()) == in_chunks(writer) | held(writer)
        feed(writer, BEGAN + CHURN_S, int(briefly / STEP_S), None)
        assert set(rows(writer)) == {STAYS}
        assert rows(writer)[STAYS] == numbers[STAYS]
        assert in_chunks(writer) == {numbers[STAYS]}
        # One that comes again is a new one: nobody has kept the number that it had.
        last = BEGAN + CHURN_S + briefly
        feed(writer, last, 20, KEYS - 1)
        again = f"veth{KEYS - 1}"
        assert rows(writer)[again] > numbers[again]
        with reading(writer) as reader:
            answer = reader.query([Wanted("core.usage", again)], BEGAN, last + 100, 11_000)
        [column] = answer.columns.values()
        told = [t for t, v in zip(answer.times, column.average, strict=True) if not math.isnan(v)]
        assert told
        assert min(told) >= last - answer.step, "and has nothing of what it was before"


def test_none_goes_that_there_is_something_of_where_there_is_no_room(tmp_path: Path) -> None:
    """What goes first then is not what is oldest."""
    with writing(tmp_path, SMALL) as writer:
        for n in range(ROUNDS):
            feed(writer, BEGAN + n * CHURN_S, KEYS, n * KEYS)
        feed(writer, BEGAN + ROUNDS * CHURN_S, 200, None)
        numbers = rows(writer)
        assert writer.shelf.stock[0].seconds < ROUNDS * CHURN_S / 2, "there was no room"
        assert in_chunks(writer) <= set(numbers.values()), "each has its name"
        assert set(numbers.values()) == in_chunks(writer) | held(writer)
        assert len(numbers) < ROUNDS * KEYS


def test_what_an_earlier_life_has_left_goes_too(tmp_path: Path, briefly: float) -> None:
    with writing(tmp_path, SIZE) as writer:
        feed(writer, BEGAN, 1000, 0)
        writer.file.db.execute("DELETE FROM chunk WHERE id & 0xFFFFFF BETWEEN 100 AND 199")
    with writing(tmp_path, SIZE) as writer:
        assert set(range(100, 200)) <= set(rows(writer).values())
        feed(writer, BEGAN + 10_000, 100, None)
        left = set(rows(writer).values())
        assert not left & set(range(100, 200))
        assert len(left) > 500


def test_what_is_summed_up_behind_its_back_is_not_overlooked(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        feed(writer, BEGAN, 300, 0)
        shelf, first = writer.shelf, rows(writer)["veth0"]
        gone = Gone(shelf, writer.file, lambda: held(writer))
        looking = gone.work()
        next(looking)
        [*_, oldest] = shelf.heads()
        data = shelf.chunk(oldest, first)
        assert data is not None
        moved = Sealed(RAW, shelf.number(), shelf.times(oldest), {first: data})
        with shelf.transaction():
            gone.dropping(oldest)
            shelf.drop(oldest)
            shelf.add(moved)
        assert len(list(looking)) == 0
        for _ in gone.work():
            pass
        assert in_chunks(writer) <= set(rows(writer).values())
        assert rows(writer)["veth0"] == first
        assert "veth1" not in rows(writer), "which went with the block"
