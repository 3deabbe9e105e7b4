"""A frame built here is a frame to the `websockets` library, and to every viewer."""

from collections.abc import Generator

import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from monitor.wire.frame import text_frame


def decoded(data: bytes) -> Frame:
    """The one frame that `data` is, by an independent parser."""
    reader = StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    parsing: Generator[None, None, Frame] = Frame.parse(reader.read_exact, mask=False)
    with pytest.raises(StopIteration) as parsed:
        next(parsing)  # it would pause, were the frame longer than the data
    frame: Frame = parsed.value.value
    assert len(frame.serialize(mask=False)) == len(data), "more than one frame"
    return frame


@pytest.mark.parametrize("size", [0, 1, 124, 125, 126, 127, 65534, 65535, 65536, 65537, 1_000_000])
def test_a_frame_of_any_size_is_one_whole_text_message(size: int) -> None:
    payload = bytes(ord("a") + n % 26 for n in range(size))
    frame = decoded(text_frame(payload))
    assert frame.opcode is Opcode.TEXT
    assert frame.fin
    assert not (frame.rsv1 or frame.rsv2 or frame.rsv3)
    assert bytes(frame.data) == payload


@pytest.mark.parametrize(("size", "header"), [(125, 2), (126, 4), (65535, 4), (65536, 10)])
def test_a_frame_has_the_shortest_header_that_the_rfc_allows(size: int, header: int) -> None:
    """RFC 6455, 5.2: the minimal number of bytes MUST be used."""
    assert len(text_frame(b"x" * size)) == header + size
