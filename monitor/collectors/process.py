"""Every process."""

import os
import sys
from collections.abc import Iterable
from typing import ClassVar, Protocol

from monitor.clock import SystemClock, booted
from monitor.collectors.process_kept import Surroundings
from monitor.collectors.process_portable import PortableProcesses
from monitor.collectors.process_pss import PssReader
from monitor.collectors.process_records import Command, Process, Processes
from monitor.collectors.process_sweep import Sweep
from monitor.descriptors import limit, shares
from monitor.model.metric import Record

PROC = "/proc"


class Source(Protocol):
    """Reads all processes of a machine."""

    def read(self, now: float) -> Iterable[Record]:
        """All records of one moment, `now` being monotonic seconds."""

    def commands(self) -> Iterable[Command]:
        """The command lines of those that were read last."""

    def close(self) -> None:
        """Give back what is kept open."""


class ProcessCollector:
    """The sweep on Linux, psutil anywhere else."""

    name: ClassVar[str] = "process"
    records: ClassVar[tuple[type[Record], ...]] = (Process, Processes)
    period: ClassVar[float] = 0.0

    def __init__(self, source: Source | None = None) -> None:
        self._source = source
        self._clock = SystemClock()

    def collect(self) -> Iterable[Record]:
        # Made here and not before: where it cannot be, that is a gap and no failure to start.
        if self._source is None:
            linux = sys.platform.startswith("linux")
            self._source = LinuxProcesses() if linux else PortableProcesses()
        return self._source.read(self._clock.monotonic())

    def commands(self) -> Iterable[Command]:
        """The command lines of those that were read last."""
        return self._source.commands() if self._source is not None else ()

    def close(self) -> None:
        """Give back what is kept open, in the thread that collects."""
        if self._source is not None:
            self._source.close()


class CommandCollector:
    """What the sweep knows of command lines. Apart from it, as few want to see them: 2,000 records
    more cost 3 ms a tick."""

    name: ClassVar[str] = "command"
    records: ClassVar[tuple[type[Record], ...]] = (Command,)
    period: ClassVar[float] = 0.0

    def __init__(self, processes: ProcessCollector) -> None:
        self._processes = processes

    def collect(self) -> Iterable[Record]:
        return self._processes.commands()


class LinuxProcesses:
    """The sweep of /proc, and what it comes to."""

    def __init__(self, proc: str = PROC, descriptors: int | None = None) -> None:
        self._clock = SystemClock()
        self._sweep = Sweep(
            Surroundings(
                proc=proc,
                ticks_a_second=os.sysconf("SC_CLK_TCK"),
                page_bytes=os.sysconf("SC_PAGE_SIZE"),
                booted=booted(),
                descriptors=shares(limit()).kept if descriptors is None else descriptors,
                counts_files=os.stat(f"{PROC}/self/fd").st_size > 0,
            )
        )
        self._pss = PssReader(proc)
        self._at: float | None = None
        self._spent = 0.0

    def read(self, now: float) -> Iterable[Record]:
        """Every process that this user may see. Raises OSError."""
        began = self._clock.thread_cpu()
        sweep = self._sweep
        sweep.sweep(now)
        self._pss.step(sweep.watches, now)
        records: list[Record] = [watch.record for watch in sweep]
        period = now - self._at if self._at is not None else None
        self._at = now
        self._spent += self._clock.thread_cpu() - began
        records.append(self._summary(period))
        return records

    def commands(self) -> Iterable[Command]:
        """Those of the last sweep."""
        return [watch.command for watch in list(self._sweep)]

    def close(self) -> None:
        """Give all descriptors back."""
        self._sweep.close()

    def _summary(self, period: float | None) -> Processes:
        states, totals = self._sweep.states, self._sweep.totals
        hertz = os.sysconf("SC_CLK_TCK")
        return Processes(
            total=len(self._sweep.watches),
            threads=totals.threads,
            running=states["R"],
            sleeping=states["S"],
            blocked=states["D"],
            idle=states["I"],
            zombie=states["Z"],
            stopped=states["T"] + states["t"],
            unread=totals.unread,
            hidden=1 not in self._sweep.watches,
            forks=totals.forks,
            cpu_seen=totals.seen / hertz,
            cpu_reaped=totals.reaped / hertz,
            cpu_rest=totals.rest,
            sweep_period=period,
            sweep_cpu=self._spent,
        )
