"""How often each interrupt came, on each processor."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

from monitor.collectors.kernel_file import PROC, read_file
from monitor.model.metric import COUNT, KERNEL, TEXT, Record, counter, info, key, record

# Hundreds of processors times hundreds of interrupts would be more series than all the others:
# beyond these the interrupts that came least are left out.
MAX_SERIES = 2_000


@record
class Interrupt(Record):
    """Each interrupt that came at least once, on each processor (proc_interrupts(5)).

    On machines of many processors only those that come most.
    """

    FAMILY = "interrupts"
    TOPIC = KERNEL
    LABELS: ClassVar = {"cpu": "cpu", "type": "type", "info": "about", "devices": "devices"}
    interrupt: str = key("Its number or name, and the processor's number")
    cpu: str | None = info(TEXT, "The processor's number")
    type: str | None = info(TEXT, "The interrupt's number, or name where it has none")
    about: str | None = info(TEXT, "What it is, or the controller that it comes through")
    devices: str | None = info(TEXT, "How it is signalled, and the drivers that take it")
    total: int | None = counter(COUNT, "Times that it came", prom="node_interrupts_total")


class Line(NamedTuple):
    """One interrupt: how often it came on all processors, and the record of each."""

    total: int
    records: Sequence[Interrupt]


class InterruptsCollector:
    """/proc/interrupts. A line that did not change is not parsed again."""

    name: ClassVar[str] = "interrupts"
    records: ClassVar[tuple[type[Record], ...]] = (Interrupt,)
    period: ClassVar[float] = 0.0

    def __init__(self, proc: str = PROC) -> None:
        self._path = f"{proc}/interrupts"
        self._heading = ""
        self._lines: dict[str, Line] = {}

    def collect(self) -> Iterable[Record]:
        text = read_file(self._path).decode("utf-8", "surrogateescape")
        heading, _, rest = text.partition("\n")
        cpus = parse_heading(heading)
        known = self._lines if heading == self._heading else {}
        self._heading = heading
        self._lines = {line: known.get(line) or parse_line(line, cpus) for line in rest.split("\n")}
        for line in keep_most(self._lines.values(), MAX_SERIES):
            yield from line.records


def parse_heading(text: str) -> list[str]:
    """The numbers of the processors, from `CPU0 CPU1 ...`. Raises ValueError."""
    words = text.split()
    if not words or not all(word.startswith("CPU") and word[3:].isdecimal() for word in words):
        raise ValueError(f"/proc/interrupts begins with {text[:60]!r}")
    return [word[3:] for word in words]


def parse_line(line: str, cpus: Sequence[str]) -> Line:
    """A name, a number for each processor, and what it is. Raises ValueError.

    There are no records of one that never came, nor of errors, which are not counted by processor.
    """
    # On ARM there may be nothing between the colon and the first number.
    name, _, rest = line.partition(":")
    words = rest.split()
    if len(words) <= len(cpus):
        return Line(0, ())
    name = name.strip()
    counts = [int(word) for word in words[: len(cpus)]]
    told = words[len(cpus) :]
    # Numbered ones name their controller first.
    first = 1 if name.isdecimal() else len(told)
    about, devices = " ".join(told[:first]), " ".join(told[first:])
    total = sum(counts)
    if not total:
        return Line(0, ())
    records = [
        Interrupt(
            interrupt=f"{name}/{cpu}", cpu=cpu, type=name, about=about, devices=devices, total=count
        )
        for cpu, count in zip(cpus, counts, strict=True)
    ]
    return Line(total, records)


def keep_most(lines: Iterable[Line], limit: int) -> list[Line]:
    """As many whole lines as have no more than `limit` records; those that came most first."""
    found = list(lines)
    left = limit - sum(len(line.records) for line in found)
    if left >= 0:
        return found
    kept, left = [], limit
    for line in sorted(found, key=lambda line: line.total, reverse=True):
        left -= len(line.records)
        if left < 0:
            break
        kept.append(line)
    return kept
