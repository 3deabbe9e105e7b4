"""What the program counts about itself as it runs, for its own collector to read."""

from dataclasses import dataclass


@dataclass(slots=True)
class Vitals:
    """Written by the sampler and the hub on the loop; read by the collector's thread.

    Each field is one number that is replaced whole, so a reader never sees half of one.
    """

    ticks: int = 0
    ticks_late: int = 0
    ticks_missed: int = 0
    tick_seconds: float | None = None
    tick_lateness: float | None = None
    # How often the loop was blocked, for how long in all, and the longest time of these.
    loop_blocks: int = 0
    loop_blocked: float = 0.0
    loop_longest: float = 0.0
    # Of one core: what it may take and what it does, smoothed; and how much more seldom than asked
    # for the heavy collectors are read, to keep to that.
    budget: float | None = None
    taken: float | None = None
    stretch: float = 1.0
    # Whether what was is kept, and why not; ticks that were lost.
    history: str | None = None
    history_lost: int = 0
    viewers: int = 0
    # Seconds of being watched, summed over viewers: bytes sent over this is what one costs.
    viewer_seconds: float = 0.0
    sent_bytes: int = 0
    sent_messages: int = 0
