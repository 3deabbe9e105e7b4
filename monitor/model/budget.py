"""How often the heavy collectors may be read, to keep within the monitor's share of a core.

Only what is read on demand or by the thousand is slowed: the processes, the services. The host's
own figures cost little and are what the rest is judged by. Pure.
"""

# The most that a period is stretched to: slower than this, the table would be of another moment.
MAX_PERIOD_S = 10.0
# What the heavy collectors may always spend, as a share of the budget: when viewers by the thousand
# use it up, slowing the sweep would not give it back.
LEAST_SHARE = 0.25
# One sweep is judged by the last few: a page fault or a busy core makes one of them dear.
SMOOTHING = 0.2
# A stretch is given back only when this much less would do, so that it does not go to and fro.
SLACK = 0.85


class Budget:
    """Keeps account of CPU seconds; `share` is of one core, 0.02 is 2 %.

    `stretch` is what the heavy collectors' periods are to be multiplied by: 1 or more. `taken` is
    the share that the process takes as it is, smoothed; None until that is known.
    """

    def __init__(self, share: float) -> None:
        self.share = share
        self.taken: float | None = None
        # CPU seconds that one reading costs, and the seconds between two of them by right.
        self._costs: dict[str, tuple[float, float]] = {}
        # What heavy readings have cost since it was last settled; what the rest costs, a second.
        self._heavy = 0.0
        self._rest = 0.0
        self.stretch = 1.0

    def read(self, collector: str, cpu: float, period: float) -> None:
        """A heavy collector was read: what that cost, and how far apart its readings should be."""
        before = self._costs.get(collector)
        smooth = cpu if before is None else before[0] + SMOOTHING * (cpu - before[0])
        self._costs[collector] = (smooth, period)
        self._heavy += cpu

    def unread(self, collector: str) -> None:
        """It is not read for the time being."""
        self._costs.pop(collector, None)

    def spent(self, cpu: float, seconds: float) -> None:
        """What the whole process used in so many seconds, up to now; settles the stretch."""
        heavy = sum(cpu / period for cpu, period in self._costs.values())
        rest = max(0.0, cpu - self._heavy) / seconds
        self._heavy = 0.0
        self._rest += SMOOTHING * (rest - self._rest)
        allowed = max(self.share - self._rest, self.share * LEAST_SHARE)
        wanted = max(1.0, heavy / allowed)
        if wanted > self.stretch or wanted < self.stretch * SLACK:
            self.stretch = wanted
        kept = sum(cpu / self.period(period) for cpu, period in self._costs.values())
        self.taken = self._rest + kept

    def period(self, period: float) -> float:
        """The period that is kept instead of this one."""
        return max(period, min(period * self.stretch, MAX_PERIOD_S))
