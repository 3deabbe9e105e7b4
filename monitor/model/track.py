"""One collector's course: when it is due, what it last said, and for how long that stands. Pure."""

from monitor.model.derive import Deriver
from monitor.model.sample import CollectorStatus, Figures, Sample, State
from monitor.model.schema import Schema

# A rate across more periods than this would show an average of long ago as if it were now.
MAX_RATE_PERIODS = 5.0
# A reading is taken for its middle; one that took longer than this share of a period could bend a
# rate by half as much.
MAX_READING = 0.2


class Track:
    """A collector's last readings.

    `period` is the seconds between two readings, as long as that is how often it is wanted; None
    while nobody wants it. Moments are monotonic seconds.
    """

    def __init__(self, name: str, period: float | None, schema: Schema) -> None:
        self.name = name
        self.period = period
        self._asked_at: float | None = None
        self._waiting = False
        self._good_at: float | None = None
        self._deriver = Deriver(schema)
        # Whether its last answer has come since the last tick went out.
        self._unseen = False
        self._passed_over = 0
        self.sample: Sample | None = None
        self.figures: Figures = {}
        self.status = CollectorStatus(name=name, state=State.STALE.value, reason="not read yet")

    def due(self, now: float, slack: float) -> bool:
        """Whether it should be asked now. One that has not answered yet is never asked again."""
        if self._waiting or self.period is None:
            return False
        return self._asked_at is None or now - self._asked_at >= self.period - slack

    def rest(self) -> None:
        """Nobody wants it: what it said is no longer the present, and it is not asked again."""
        if self.status.state == State.UNWATCHED.value:
            return
        self.period = None
        self._forget()
        self._asked_at = self._asked_at if self._waiting else None
        self.status = CollectorStatus(name=self.name, state=State.UNWATCHED.value, reason=None)

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
        if self.period is None:  # nobody wants it any more
            return
        self._unseen = True
        self._passed_over = 0
        self.status = CollectorStatus(
            name=self.name, state=sample.state.value, reason=sample.reason or None
        )
        if sample.state is State.UNAVAILABLE:
            self._good_at = None  # what comes in its place counts anew
        if sample.state is not State.OK:
            self._forget()
            return
        period = self.period or 0.0
        bent = sample.seconds > MAX_READING * period
        near = (
            self._good_at is not None
            and sample.at - self._good_at <= MAX_RATE_PERIODS * period
            # When in that time its counters were read is not known: no rate is made with them.
            and not bent
        )
        self.figures = self._deriver.figures(sample, since=near)
        self._good_at = None if bent else sample.at
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

    def silence(self, now: float) -> float:
        """Seconds for which it has not answered what it was asked."""
        return now - self._asked_at if self._waiting and self._asked_at is not None else 0.0

    def _forget(self) -> None:
        self.sample = None
        self.figures = {}
