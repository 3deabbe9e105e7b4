"""Packets by processor: hexadecimal columns, of which old kernels have fewer."""

import os

import pytest

from monitor.collectors.softnet import Softnet, SoftnetCollector, parse_softnet
from monitor.model.sample import Unavailable
from tests.collectors.kernels import MODERN, OLDER, OLDEST, text
from tests.collectors.sources import by, known, on_linux


def test_each_column_is_in_its_place_and_the_processor_is_the_one_that_it_says() -> None:
    # Of four processors two are offline.
    found = by("cpu", parse_softnet(text(MODERN, "net/softnet_stat"), 4))
    assert list(found) == ["5", "2"]
    assert found["5"] == Softnet(
        cpu="5",
        processed=0x4E2BC2,
        dropped=1,
        times_squeezed=2,
        cpu_collision=0,
        received_rps=3,
        flow_limit_count=4,
        backlog_len=5,
    )


def test_an_older_kernel_has_no_backlog_and_its_lines_are_in_order() -> None:
    found = by("cpu", parse_softnet(text(OLDER, "net/softnet_stat"), 2))
    assert list(found) == ["0", "1"]
    assert known(found["0"]) == set(Softnet.__slots__) - {"backlog_len"}
    assert (found["0"].cpu_collision, found["0"].received_rps) == (2, 0x20)
    assert (found["0"].flow_limit_count, found["1"].times_squeezed) == (3, 3)


def test_the_oldest_has_no_steering() -> None:
    found = parse_softnet(text(OLDEST, "net/softnet_stat"), 2)[0]
    assert found.received_rps is None
    assert found.flow_limit_count is None
    assert found.dropped == 1


def test_where_some_are_offline_an_older_kernel_cannot_say_which() -> None:
    with pytest.raises(Unavailable, match="offline"):
        parse_softnet(text(OLDER, "net/softnet_stat"), 4)


@pytest.mark.parametrize("content", [b"00 01\n", b"x " * 15, b"\xff " * 15, b"\n"])
def test_what_is_no_softnet_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"columns|invalid literal"):
        parse_softnet(content, 1)


@on_linux
def test_there_is_one_for_each_processor_that_is_online() -> None:
    found = by("cpu", SoftnetCollector().collect())
    with open("/proc/stat", encoding="ascii") as file:
        words = [line.split()[0] for line in file if line.startswith("cpu")]
    assert set(found) == {word.removeprefix("cpu") for word in words} - {""}
    assert os.cpu_count() == len(found)
