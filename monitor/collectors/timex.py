"""How well the clock is kept: what the kernel tells the NTP daemon."""

import os
import struct
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, ClassVar, NamedTuple

from monitor.collectors.collector import need_linux
from monitor.model.metric import (
    COUNT,
    FLAG,
    HERTZ,
    KERNEL,
    RATIO,
    SECONDS,
    Record,
    counter,
    gauge,
    info,
    record,
)
from monitor.model.sample import Unavailable

# linux/timex.h: modes, offset, freq, maxerror, esterror, status, constant, precision, tolerance,
# time (two longs), tick, ppsfreq, jitter, shift, stabil, jitcnt, calcnt, errcnt, stbcnt, tai, and
# eleven that are reserved; aligned as C does it.
TIMEX = struct.Struct("@I4li3l2l3li5li44x")
# Modes of 0 change nothing, and need no right.
READ_ONLY = bytes(TIMEX.size)

# adjtimex(2): what it returns where the clock is not synchronized; a status bit.
TIME_ERROR = 5
STA_NANO = 0x2000
MICROSECONDS = 1e6
NANOSECONDS = 1e9
# Frequencies are in parts per million, with 16 bits behind the point.
SCALED_PPM = 1e6 * 65536

Answer = tuple[int, bytes]


@record
class Timex(Record):
    """How well the clock is kept (adjtimex(2)). `pps` is of a pulse each second, such as GPS's."""

    FAMILY = "timex"
    TOPIC = KERNEL
    sync_status: bool | None = info(
        FLAG, "The clock is kept by a server or receiver", prom="node_timex_sync_status"
    )
    offset: float | None = gauge(
        SECONDS, "What it still has to be set by", prom="node_timex_offset_seconds"
    )
    frequency_adjustment: float | None = gauge(
        RATIO,
        "How much faster or slower it is made to run; 1 is not at all",
        prom="node_timex_frequency_adjustment_ratio",
    )
    maxerror: float | None = gauge(
        SECONDS, "As wrong as it can be", prom="node_timex_maxerror_seconds"
    )
    estimated_error: float | None = gauge(
        SECONDS, "As wrong as it is thought to be", prom="node_timex_estimated_error_seconds"
    )
    status: int | None = gauge(COUNT, "The status bits", prom="node_timex_status")
    loop_time_constant: int | None = gauge(
        COUNT, "How slowly it is set, as a power of 2", prom="node_timex_loop_time_constant"
    )
    tick: float | None = gauge(SECONDS, "Between two ticks", prom="node_timex_tick_seconds")
    tai_offset: int | None = gauge(
        SECONDS, "How far it is behind the atomic time", prom="node_timex_tai_offset_seconds"
    )
    pps_frequency: float | None = gauge(
        HERTZ, "The pulse's frequency offset", prom="node_timex_pps_frequency_hertz"
    )
    pps_jitter: float | None = gauge(
        SECONDS, "The pulse's jitter", prom="node_timex_pps_jitter_seconds"
    )
    pps_shift: int | None = gauge(
        COUNT, "Between two calibrations, as a power of 2", prom="node_timex_pps_shift_seconds"
    )
    pps_stability: float | None = gauge(
        HERTZ,
        "How much the pulse's frequency changed lately",
        prom="node_timex_pps_stability_hertz",
    )
    pps_jitter_exceeded: int | None = counter(
        COUNT, "Pulses that jittered too much", prom="node_timex_pps_jitter_total"
    )
    pps_calibrations: int | None = counter(
        COUNT, "Calibrations", prom="node_timex_pps_calibration_total"
    )
    pps_errors: int | None = counter(
        COUNT, "Calibrations that failed", prom="node_timex_pps_error_total"
    )
    pps_stability_exceeded: int | None = counter(
        COUNT,
        "Calibrations in which the frequency changed too much",
        prom="node_timex_pps_stability_exceeded_total",
    )


class Fields(NamedTuple):
    """struct timex."""

    modes: int
    offset: int
    freq: int
    maxerror: int
    esterror: int
    status: int
    constant: int
    precision: int
    tolerance: int
    seconds: int
    microseconds: int
    tick: int
    ppsfreq: int
    jitter: int
    shift: int
    stabil: int
    jitcnt: int
    calcnt: int
    errcnt: int
    stbcnt: int
    tai: int


@cache
def _libc() -> Any:
    import ctypes  # not on every system, and 5 ms where nobody asks

    return ctypes.CDLL(None, use_errno=True)


def adjtimex() -> Answer:
    """What adjtimex(2) returns, and struct timex. Raises OSError."""
    import ctypes

    libc = _libc()
    buffer = ctypes.create_string_buffer(READ_ONLY, TIMEX.size)
    state: int = libc.adjtimex(buffer)
    if state < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return state, buffer.raw


class TimexCollector:
    """adjtimex(2), which nothing of /proc tells."""

    name: ClassVar[str] = "timex"
    records: ClassVar[tuple[type[Record], ...]] = (Timex,)
    period: ClassVar[float] = 0.0

    def __init__(self, ask: Callable[[], Answer] = adjtimex) -> None:
        self._ask = ask

    def collect(self) -> Iterable[Record]:
        need_linux("adjtimex(2)")
        try:
            state, raw = self._ask()
        except PermissionError as refused:
            raise Unavailable("adjtimex(2) is forbidden, as by ProtectClock=") from refused
        yield parse_timex(state, raw)


def parse_timex(state: int, raw: bytes) -> Timex:
    """struct timex, in seconds and hertz. `state` is what adjtimex(2) returned."""
    told = Fields(*TIMEX.unpack(raw))
    unit = NANOSECONDS if told.status & STA_NANO else MICROSECONDS
    return Timex(
        sync_status=state != TIME_ERROR,
        offset=told.offset / unit,
        frequency_adjustment=1 + told.freq / SCALED_PPM,
        maxerror=told.maxerror / MICROSECONDS,
        estimated_error=told.esterror / MICROSECONDS,
        status=told.status,
        loop_time_constant=told.constant,
        tick=told.tick / MICROSECONDS,
        tai_offset=told.tai,
        pps_frequency=told.ppsfreq / SCALED_PPM,
        pps_jitter=told.jitter / unit,
        pps_shift=told.shift,
        pps_stability=told.stabil / SCALED_PPM,
        pps_jitter_exceeded=told.jitcnt,
        pps_calibrations=told.calcnt,
        pps_errors=told.errcnt,
        pps_stability_exceeded=told.stbcnt,
    )
