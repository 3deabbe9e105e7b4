"""What is known of two stretches of time: the one in question, and the time before it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Kind:
    """What is asked about: its unit, and from where on a change is one at all.

    `floor` is a change that nobody asks about, in the unit; `noise` is how many standard errors of
    the time before it must be above.
    """

    name: str
    unit: str
    floor: float
    noise: float = 3.0


CORES, BYTES, BYTES_PER_SECOND = "cores", "bytes", "bytes/s"
CPU = Kind("cpu", CORES, 0.05)
MEMORY = Kind("memory", BYTES, 32 * 2**20)
DISK = Kind("disk", BYTES_PER_SECOND, 512 * 2**10)
NETWORK = Kind("network", BYTES_PER_SECOND, 64 * 2**10)
KINDS = {kind.name: kind for kind in (CPU, MEMORY, DISK, NETWORK)}


@dataclass(slots=True)
class Level:
    """Averages before and during."""

    before: float = 0.0
    during: float = 0.0

    @property
    def change(self) -> float:
        """How much more it was."""
        return self.during - self.before


@dataclass(slots=True)
class Actor:
    """A process: what it was, and its share of the figure, averaged over the whole of a stretch,
    also where it lived for a part of that alone.

    `children` is CPU time of those that it reaped and that lived too briefly to be seen; `seen` how
    many seconds it was there during the stretch, and `denied` what may not be read of it.
    """

    pid: int
    started: float | None
    name: str
    user: str | None = None
    unit: str | None = None
    container: str | None = None
    parent: int | None = None
    kernel: bool = False
    denied: str = ""
    seen: float = 0.0
    own: Level = field(default_factory=Level)
    children: Level = field(default_factory=Level)


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it. `total` is the machine's figure, and `named` what is known of it beside processes,
    such as steal. `spread` is the standard error of the time before; `length` seconds in question.
    """

    kind: Kind
    start: float
    end: float
    before: tuple[float, float]
    total: Level
    spread: float
    actors: Sequence[Actor]
    named: dict[str, Level] = field(default_factory=dict)

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.start
