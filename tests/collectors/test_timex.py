"""How well the clock is kept: units of adjtimex(2), and nothing of it is changed."""

import errno
import struct

import pytest

from monitor.collectors.timex import (
    READ_ONLY,
    TIMEX,
    Fields,
    Timex,
    TimexCollector,
    adjtimex,
    parse_timex,
)
from monitor.model.sample import Unavailable
from tests.collectors.kernels import exported
from tests.collectors.sources import known, on_linux, only

NOTHING = dict.fromkeys(Fields._fields, 0)


def answer(**told: int) -> bytes:
    return TIMEX.pack(*{**NOTHING, **told}.values())


def test_each_figure_is_in_its_unit() -> None:
    raw = answer(
        offset=-2500,
        freq=-65536 * 12,
        maxerror=16_000_000,
        esterror=250,
        status=0x40,
        constant=7,
        tick=10_000,
        ppsfreq=65536,
        jitter=3,
        shift=4,
        stabil=65536 * 2,
        jitcnt=11,
        calcnt=12,
        errcnt=13,
        stbcnt=14,
        tai=37,
    )
    assert parse_timex(0, raw) == Timex(
        sync_status=True,
        offset=-0.0025,
        frequency_adjustment=1 - 12e-6,
        maxerror=16.0,
        estimated_error=0.00025,
        status=0x40,
        loop_time_constant=7,
        tick=0.01,
        tai_offset=37,
        pps_frequency=1e-6,
        pps_jitter=3e-6,
        pps_shift=4,
        pps_stability=2e-6,
        pps_jitter_exceeded=11,
        pps_calibrations=12,
        pps_errors=13,
        pps_stability_exceeded=14,
    )


def test_a_kernel_that_counts_nanoseconds_says_so_in_the_status() -> None:
    found = parse_timex(0, answer(status=0x2000, offset=2_500_000, jitter=3_000, maxerror=5))
    assert found.offset == 0.0025
    assert found.pps_jitter == pytest.approx(3e-6)
    assert found.maxerror == pytest.approx(5e-6)  # microseconds all the same


def test_a_clock_that_nobody_keeps_is_told() -> None:
    assert parse_timex(5, answer()).sync_status is False
    assert parse_timex(1, answer()).sync_status is True  # a leap second is to come


def test_an_answer_of_another_size_is_an_error() -> None:
    with pytest.raises(struct.error):
        parse_timex(0, b"short")


@on_linux
def test_where_it_is_forbidden_it_says_so() -> None:
    def refuse() -> tuple[int, bytes]:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    with pytest.raises(Unavailable, match="forbidden"):
        list(TimexCollector(refuse).collect())


def test_the_question_changes_nothing() -> None:
    assert Fields(*TIMEX.unpack(READ_ONLY)).modes == 0


def test_names_are_node_exporters() -> None:
    names = """estimated_error_seconds frequency_adjustment_ratio loop_time_constant
        maxerror_seconds offset_seconds pps_calibration_total pps_error_total pps_frequency_hertz
        pps_jitter_seconds pps_jitter_total pps_shift_seconds pps_stability_exceeded_total
        pps_stability_hertz status sync_status tai_offset_seconds tick_seconds"""
    assert set(exported(Timex).values()) == {f"node_timex_{name}" for name in names.split()}


@on_linux
def test_this_kernel_answers_with_what_can_be() -> None:
    try:
        told = Fields(*TIMEX.unpack(adjtimex()[1]))
    except PermissionError:
        pytest.skip("adjtimex(2) is forbidden here")
    # It fills in the time: the fields are where they are thought to be.
    assert 1_700_000_000 < told.seconds < 2**33
    assert 9_000 <= told.tick <= 11_000
    found = only(TimexCollector().collect())
    assert known(found) == set(exported(Timex))
    assert found.frequency_adjustment == pytest.approx(1, abs=0.0006)
