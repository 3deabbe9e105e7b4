"""Where each frame begins is found in whatever pieces the bytes come."""

import random

import pytest
from websockets.frames import Frame, Opcode

from monitor.wire.incoming import FrameFault, FrameHeaders, TooManyFrames

MANY = 1 << 20
SIZES = (0, 1, 125, 126, 65_535, 65_536, 70_000)


def frames(sizes: list[int], *, mask: bool = True) -> list[bytes]:
    return [Frame(Opcode.TEXT, b"x" * size).serialize(mask=mask) for size in sizes]


def until_fault(data: bytes, piece: int) -> tuple[int, FrameFault]:
    """How many bytes are fit to be read, and why no more are."""
    headers = FrameHeaders()
    for at in range(0, len(data), piece):
        try:
            headers.walk(data[at : at + piece], MANY)
        except FrameFault as fault:
            return at + fault.at, fault
    raise AssertionError("nothing was found")


def test_frames_are_counted_in_whatever_pieces_they_come() -> None:
    chance = random.Random(4)
    for _ in range(200):
        sizes = chance.choices(SIZES, k=chance.randint(1, 5))
        data = b"".join(frames(sizes))
        headers, count = FrameHeaders(), 0
        while data:
            piece = chance.choice((1, 2, 3, 9, 1_000, 100_000))
            count += headers.walk(data[:piece], MANY)
            data = data[piece:]
        assert count == len(sizes)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("piece", [1, 2, 100_000])
def test_a_frame_without_a_mask_is_found_behind_good_ones(size: int, piece: int) -> None:
    good = b"".join(frames([0, 5, size]))
    data = good + frames([size], mask=False)[0]
    passed, fault = until_fault(data, piece)
    assert str(fault) == "a frame without a mask"
    # Whatever came before it may be read; of the frame itself one byte at the most.
    assert len(good) <= passed <= len(good) + 1


def test_a_length_with_its_first_bit_set_is_none() -> None:
    with pytest.raises(FrameFault, match="first bit"):
        FrameHeaders().walk(b"\x81\xff\x80" + bytes(7), MANY)
    assert FrameHeaders().walk(b"\x81\xff\x7f" + bytes(7), MANY) == 1


def test_so_many_frames_pass_and_the_next_one_does_not() -> None:
    ten = b"".join(frames([1] * 10))
    assert FrameHeaders().walk(ten, 10) == 10
    headers = FrameHeaders()
    assert headers.walk(ten, 15) == 10
    with pytest.raises(TooManyFrames) as found:
        headers.walk(ten, 5)
    assert found.value.at == len(ten) // 2
