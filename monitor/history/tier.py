"""How finely what was is kept, for how long, and in what portions. Pure."""

from dataclasses import dataclass

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0

# Raw figures are portioned out in blocks of this many seconds: a chunk of 300 figures deflates to
# nearly what one of 900 does, and is three times less to hold in memory until it is full.
SPAN_S = 300.0


@dataclass(frozen=True, slots=True)
class Tier:
    """Blocks of figures that each stand for `step` seconds; 0 is as recorded.

    No block is longer than `span` seconds. When `over` seconds of Unix time have passed from one
    multiple of it to the next, what coarser tiers need is made of its blocks, and where it `joins`
    they become one: the fewer chunks there are of a year, the faster it is read. Of 0, nothing is
    made of them.

    What is older than `keep` seconds goes. A `floor` share of all bytes it may have whatever is
    wanted by coarser tiers.
    """

    number: int
    step: float
    span: float
    over: float
    joins: bool
    keep: float
    floor: float


RAW = Tier(0, 0.0, SPAN_S, HOUR, False, 14 * DAY, 0.25)
SECONDS = Tier(1, 10.0, HOUR, 0.0, False, 30 * DAY, 0.0625)
MINUTES = Tier(2, MINUTE, DAY, DAY, True, 92 * DAY, 0.0625)
HOURS = Tier(3, HOUR, 30 * DAY, 30 * DAY, True, 731 * DAY, 0.0)

TIERS = (RAW, SECONDS, MINUTES, HOURS)
# What each is made from, and what is made of each.
SOURCE = {SECONDS: RAW, MINUTES: RAW, HOURS: MINUTES}
MADE_OF = {RAW: (SECONDS, MINUTES), SECONDS: (), MINUTES: (HOURS,), HOURS: ()}
