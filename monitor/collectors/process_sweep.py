"""The sweep: every process, each second, for less than a thousandth of a core a hundred of them.

/proc/PID/stat is read by a kept descriptor, which costs 4 us where opening it costs 15, and is
parsed only where its bytes differ. Of who did nothing lately only the scheduler is asked, which
tells of the first thread alone; who sleeps on, or has several, has its turn every IDLE_S seconds.
But when the machine was busier than those looked at can explain, all are asked in that same sweep.
"""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.collectors.collector import read_bytes
from monitor.collectors.process_accounts import Accounts
from monitor.collectors.process_kept import Gone, Surroundings
from monitor.collectors.process_stat import Machine, Stat, parse_machine
from monitor.collectors.process_watch import Watch

# Sweeps without a change after which a process is taken for idle; how often it is looked at then
# whatever the scheduler says, and every which time closely, which costs four times as much.
QUIET_TICKS = 5
IDLE_S = 2.0
CLOSELY = 16
# Who has slept through so many sweeps is asked every IDLE_S seconds: of 2,000 that is most.
DEEP_TICKS = 10
# The idle are looked at in turn, so many parts of them after one another.
PARTS = 8
# At least every so many sweeps all processes are listed, whatever the counters say.
LIST_TICKS = 8
# Clock ticks that nobody looked at explains, beyond what is usual for this machine, from which on
# all are looked at. Clocks are read one after another and tick in hundredths: a few are noise.
SUSPICIOUS_TICKS = 3
# More than that processes were not read after the machine: it was counted twice.
MAX_AHEAD_TICKS = 10
# What is usual is learned over this long.
USUAL_S = 10.0
MACHINE_BYTES = 1 << 20


@dataclass(slots=True)
class Totals:
    """Of all processes, since the first sweep: clock ticks of their own, and of children unseen."""

    seen: int = 0
    reaped: int = 0
    rest: float | None = None
    forks: int = 0
    threads: int = 0
    unread: int = 0


class Sweep:
    """Holds a `Watch` for each process there is."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._around = surroundings
        self._accounts = Accounts()
        self._active: dict[int, Watch] = {}
        self._idle: list[dict[int, Watch]] = [{} for _ in range(PARTS)]
        self._tick = 0
        # How many parts of the idle have been looked at, and which of them in this sweep.
        self._turn = 0
        self._looked: set[int] = set()
        self._at: float | None = None
        self._machine: Machine | None = None
        self._threads = -1
        # In cores.
        self._usual_rest = 0.0
        # Clock ticks of processes that the machine's own counters did not have yet.
        self._ahead = 0
        # Of this sweep: clock ticks that processes used, that they reaped, and who ended.
        self._used = 0
        self._reaped: dict[int, int] = {}
        self._ended: dict[int, tuple[int, int]] = {}
        self.watches: dict[int, Watch] = {}
        self.states: Counter[str] = Counter()
        self.totals = Totals()

    def sweep(self, now: float) -> None:
        """Look at all who may have done something. `now` is monotonic seconds. Raises OSError."""
        machine = parse_machine(read_bytes(f"{self._around.proc}/stat", MACHINE_BYTES))
        self._tick += 1
        self._used, self._reaped, self._ended = 0, {}, {}
        self._around.users.refresh()
        elapsed = now - self._at if self._at is not None else 0.0
        for watch in list(self._active.values()):
            self._look(watch, now)
        self._look_at_idle(elapsed, now)
        self._find(machine, now)
        self._look_at_relatives(now)
        busy = machine.busy - self._machine.busy if self._machine is not None else None
        if busy is not None and elapsed > 0:
            self._question(busy, elapsed, now)
        self._settle(busy, elapsed)
        self.totals.forks = machine.forks
        self._machine, self._at = machine, now

    def close(self) -> None:
        """Give all descriptors back. A sweep that took too long may still be under way in a thread
        of its own; what it opens yet goes with its process's watch."""
        for watch in list(self.watches.values()):
            watch.close()

    def _look_at_idle(self, elapsed: float, now: float) -> None:
        """At as many parts of them as have come due since the sweep before."""
        parts = min(PARTS, max(1, round(PARTS * elapsed / IDLE_S)))
        turns = range(self._turn, self._turn + parts)
        self._turn = turns.stop
        self._looked = {turn % PARTS for turn in turns}
        closely = {turn % PARTS for turn in turns if (turn + turn // PARTS) % CLOSELY == 0}
        for part, idle in enumerate(self._idle):
            if part in closely:
                for watch in list(idle.values()):
                    self._look(watch, now, closely=True)
                continue
            blindly = part in self._looked
            for watch in list(idle.values()):
                if watch.naps >= DEEP_TICKS and not blindly:
                    continue
                slept = watch.slept()
                if slept is False or (slept is None and blindly):
                    self._look(watch, now)

    def _look_at_relatives(self, now: float) -> None:
        """At parents of those that ended, who reap them, and at their children, who are given to
        another parent without a move of their own."""
        if not self._ended:
            return
        parents = {parent for parent, _ in self._ended.values()}
        for idle in self._idle:
            for watch in list(idle.values()):
                if watch.pid in parents or watch.stat.parent in self._ended:
                    self._look(watch, now)

    def _find(self, machine: Machine, now: float) -> None:
        """Who has come and who has gone. Where nothing was begun or ended, nobody has."""
        threads = _threads(self._around.proc)
        forked = self._machine is None or machine.forks != self._machine.forks
        if not forked and threads == self._threads and self._tick % LIST_TICKS:
            return
        self._threads = threads
        there = {int(name) for name in os.listdir(self._around.proc) if name.isdecimal()}
        for pid in self.watches.keys() - there:
            self._bury(self.watches[pid])
        self.totals.unread = 0
        for pid in sorted(there - self.watches.keys()):
            self._begin(pid, now)

    def _begin(self, pid: int, now: float) -> None:
        new = self._at is not None
        try:
            watch = Watch(pid, self._around, now, new=new)
        except Gone:
            return
        except (OSError, ValueError):
            # Out of descriptors, or no line of stat: it is there, and is counted.
            self.totals.unread += 1
            return
        self.watches[pid] = self._active[pid] = watch
        self.states[watch.stat.state] += 1
        self.totals.threads += watch.stat.threads
        if new:
            self._used += watch.stat.used
            self._note_reaped(pid, watch.stat.used_by_children)

    def _look(self, watch: Watch, now: float, *, closely: bool = False) -> None:
        before: Stat = watch.stat
        try:
            changed = watch.look(now, closely=closely)
        except Gone:
            self._bury(watch)
            self._threads = -1  # its number may be another's already: they are listed anew
            return
        except (OSError, ValueError):
            self.totals.unread += 1
            self._bury(watch)
            return
        if changed:
            stat = watch.stat
            self.states[before.state] -= 1
            self.states[stat.state] += 1
            self.totals.threads += stat.threads - before.threads
            self._used += max(0, stat.used - before.used)
            self._note_reaped(watch.pid, stat.used_by_children - before.used_by_children)
        self._place(watch)

    def _place(self, watch: Watch) -> None:
        idle = self._idle[watch.pid % PARTS]
        if watch.quiet >= QUIET_TICKS and watch.pid in self._active:
            idle[watch.pid] = self._active.pop(watch.pid)
        elif watch.quiet == 0 and watch.pid in idle:
            self._active[watch.pid] = idle.pop(watch.pid)

    def _bury(self, watch: Watch) -> None:
        stat = watch.stat
        watch.close()
        del self.watches[watch.pid]
        self._active.pop(watch.pid, None)
        self._idle[watch.pid % PARTS].pop(watch.pid, None)
        self.states[stat.state] -= 1
        self.totals.threads -= stat.threads
        self._ended[watch.pid] = (stat.parent, stat.used + stat.used_by_children)

    def _note_reaped(self, pid: int, ticks: int) -> None:
        if ticks > 0:
            self._reaped[pid] = self._reaped.get(pid, 0) + ticks

    def _question(self, busy: int, elapsed: float, now: float) -> None:
        """Look at everybody where those looked at do not explain how busy the machine was."""
        a_second = self._around.ticks_a_second
        usual = self._usual_rest * a_second * elapsed
        if self._left(busy) > usual + SUSPICIOUS_TICKS:
            for number, idle in enumerate(self._idle):
                for watch in list(idle.values()) if number not in self._looked else ():
                    if not watch.slept():
                        self._look(watch, now)
        # What is left now is nobody's, and usual where it stays so. Less than nothing is left where
        # a child is reaped whose time was seen before: that measures nothing.
        rest = max(0.0, self._left(busy) / a_second / elapsed)
        self._usual_rest += min(1.0, elapsed / USUAL_S) * (rest - self._usual_rest)

    def _left(self, busy: int) -> int:
        return busy - self._used - sum(self._reaped.values())

    def _settle(self, busy: int | None, elapsed: float) -> None:
        self._accounts.ended(self._ended)
        reaped = 0
        for pid, ticks in self._accounts.settle(self._reaped).items():
            watch = self.watches.get(pid)
            if watch is not None:
                reaped += ticks
                watch.children += ticks
                watch.make(new=bool(watch.record.new))
        self.totals.seen += self._used
        self.totals.reaped += reaped
        self.totals.rest = None
        if busy is not None and elapsed > 0:
            # Processes are read after the machine: what they used in between is in its next one.
            left = busy - self._used - reaped - self._ahead
            self._ahead = min(MAX_AHEAD_TICKS, max(0, -left))
            self.totals.rest = max(0, left) / self._around.ticks_a_second / elapsed

    def __iter__(self) -> Iterator[Watch]:
        return iter(list(self.watches.values()))


def _threads(proc: str) -> int:
    """All threads of the machine: the second part of the fourth field (proc_loadavg(5))."""
    return int(read_bytes(f"{proc}/loadavg", 256).split()[3].partition(b"/")[2])
