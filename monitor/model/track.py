"""One collector's course: when it is due, what it last said, and for how long that stands. Pure."""

from monitor.model.derive import derive
from monitor.model.sample import CollectorStatus, Figures, Sample, State
from monitor.model.schema import Schema

# A rate across more periods than this would show an average of long ago as if it were now.
MAX_RATE_PERIODS = 5.0
# A reading is taken for its middle; one that took longer than this share of a period could bend a
# rate by half as much.
MAX_READING = 0.2
# What the machine does not have is looked for again this often: it may be plugged in.
UNAVAILABLE_RETRY_S = 60.0


class Track:
    """A collector's last readings.

    `period` is the seconds between two readings: the collector's own, or the tick's interval if
    that is longer. Moments are monotonic seconds.
    """

    def __init__(self, name: str, period: float, schema: Schema) -> None:
        self.name = name
        self.period = period
        self._schema = schema
        self._asked_at: float | None = None
        self._waiting = False
        self._wait = period
        self._good: Sample | None = None
        # Whether its last answer has come since the last tick went out.
        self._unseen = False
        self._passed_over = 0
        self.sample: Sample | None = None
        self.figures: Figures = {}
        self.status = CollectorStatus(name=name, state=State.STALE.value, reason="not read yet")

    def due(self, now: float, slack: float) -> bool:
        """Whether it should be asked now. One that has not answered yet is never asked again."""
        if self._waiting:
            return False
        return self._asked_at is None or now - self._asked_at >= self._wait - slack

    def asked(self, now: float) -> None:
        """It is being read."""
        self._asked_at = now
        self._waiting = True

    def passed_over(self) -> bool:
        """It was not begun after all: it is due at once. What it said stands for one tick more.

        Whether that is over, as it was passed over before.
        """
        self._waiting = False
        self._asked_at = None
        self._passed_over += 1
        if self._passed_over == 1:
            return False
        self._forget()
        self.status = CollectorStatus(
            name=self.name, state=State.STALE.value, reason="there was no time to read it"
        )
        return True

    def answered(self, sample: Sample) -> None:
        """It was read, well or not. A bad reading leaves gaps, and never stops the next."""
        self._waiting = False
        self._unseen = True
        self._passed_over = 0
        self.status = CollectorStatus(
            name=self.name, state=sample.state.value, reason=sample.reason or None
        )
        self._wait = UNAVAILABLE_RETRY_S if sample.state is State.UNAVAILABLE else self.period
        if sample.state is not State.OK:
            self._forget()
            return
        before = self._good
        if before is not None and sample.at - before.at > MAX_RATE_PERIODS * self.period:
            before = None
        if sample.seconds > MAX_READING * self.period:
            # When in that time its counters were read is not known: no rate is made with them.
            before = None
            self._good = None
        else:
            self._good = sample
        self.figures = derive(self._schema, before, sample)
        self.sample = sample

    def overdue(self, now: float) -> bool:
        """A tick goes out: whether it does so without this one, which was asked and is silent.

        What it said before is then no longer shown as the present; only what it said since the last
        tick is, so that one that is always a little late is not blank for ever.
        """
        unseen, self._unseen = self._unseen, False
        if not self._waiting or self._asked_at is None:
            return False
        if not unseen:
            self._forget()
        age = now - self._asked_at
        # Whole seconds, so that a hanging collector is not news every tick of a quarter second.
        self.status = CollectorStatus(
            name=self.name, state=State.STALE.value, reason=f"no answer for {age:.0f} s"
        )
        return True

    def _forget(self) -> None:
        self.sample = None
        self.figures = {}
