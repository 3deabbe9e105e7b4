"""A column of figures comes back as it was, to the bits that were promised, and is small."""

import math
import random
from array import array

import pytest

from monitor.history import chunk
from monitor.history.chunk import Corrupt

GAP = math.nan


def sample(bits: int, values: list[float]) -> "array[float]":
    column = chunk.column(bits, len(values))
    for n, value in enumerate(values):
        column[n] = value
    return column


def same(a: "array[float]", b: "array[float]") -> bool:
    return all(x == y or (math.isnan(x) and math.isnan(y)) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("bits", [11, 16, 52])
def test_figures_come_back_within_half_a_step(bits: int) -> None:
    dice = random.Random(bits)
    values = [dice.uniform(-1, 1) * 10.0 ** dice.randint(-30, 30) for _ in range(1000)]
    back = chunk.decode(chunk.encode(sample(bits, values), bits), len(values))
    for value, again in zip(values, back, strict=True):
        # float32 itself has a step of 2**-23.
        assert abs(again - value) <= abs(value) * (2.0 ** -(bits + 1) + (bits < 24) * 2.0**-24)


@pytest.mark.parametrize(
    "values",
    [
        [0.0, -0.0, 1.0, 4095.0, -4096.0, 0.5],
        [GAP, 1.0, GAP, 2.0, GAP],
        [GAP, GAP, GAP],
        [3.4e38, -3.4e38, 1e-38],
        [2047.9999, 1.9999999],  # the carry goes into the exponent
        [7.0],
    ],
)
def test_gaps_signs_and_extremes_survive(values: list[float]) -> None:
    column = sample(11, values)
    back = chunk.decode(chunk.encode(column, 11), len(values))
    assert [math.isnan(v) for v in back] == [math.isnan(v) for v in values]
    for value, again in zip(values, back, strict=True):
        if not math.isnan(value):
            assert math.isclose(again, value, rel_tol=2.0**-12)
    again_encoded = chunk.encode(back, 11)
    assert same(chunk.decode(again_encoded, len(values)), back), "rounding twice rounds no more"


def test_what_is_exact_is_exact() -> None:
    values = [1_763_850_000.123456, 2.0**52 + 1, 1e300, 0.1]
    back = chunk.decode(chunk.encode(sample(52, values), 52), 4)
    assert list(back) == values


def test_a_column_of_one_figure_is_five_bytes() -> None:
    data = chunk.encode(sample(11, [42.0] * 300), 11)
    assert len(data) == 5
    assert list(chunk.decode(data, 300)) == [42.0] * 300


def test_noise_takes_less_than_two_bytes_a_figure() -> None:
    dice = random.Random(1)
    data = chunk.encode(sample(11, [dice.random() * 100 for _ in range(300)]), 11)
    assert len(data) / 300 < 2.0


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\x0b", b"\x0bnonsense", b"\x8b\x00", b"\x7f1234", b"\x0b\x03\x00"]
)
def test_what_is_no_chunk_is_refused(data: bytes) -> None:
    with pytest.raises(Corrupt):
        chunk.decode(data, 300)


def test_a_chunk_that_was_cut_is_refused() -> None:
    data = chunk.encode(sample(11, [float(n) for n in range(300)]), 11)
    for length in range(len(data)):
        with pytest.raises(Corrupt):
            chunk.decode(data[:length], 300)
    with pytest.raises(Corrupt):
        chunk.decode(data, 301)
