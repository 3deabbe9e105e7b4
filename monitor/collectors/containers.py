"""Containers by their control groups: docker, podman, containerd, CRI-O, LXC, systemd-nspawn."""

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, NamedTuple

from monitor.clock import SystemClock
from monitor.collectors.cgroup_names import Container as Named
from monitor.collectors.cgroup_usage import Meters, Usage
from monitor.collectors.cgroup_walk import Group, Groups
from monitor.collectors.collector import need_linux
from monitor.collectors.container_api import Title
from monitor.collectors.container_names import RUN, ContainerNames
from monitor.model.export import UNEXPORTED
from monitor.model.metric import (
    BYTES,
    COUNT,
    SECONDS,
    SERVICES,
    TEXT,
    Record,
    counter,
    gauge,
    info,
    key,
    record,
)
from monitor.model.sample import Unavailable

PROC_SELF = Path("/proc/self")


@record
class Container(Record):
    """Each container that runs on this machine, containers within containers too.

    What a container uses is what its control group and those below it use.
    """

    FAMILY = "container"
    TOPIC = SERVICES
    LABELS: ClassVar = {"id": "container", "name": "name", "runtime": "runtime"}
    container: str = key("The first twelve digits of its id, or its name where it has no id")
    name: str | None = info(TEXT, "Its name; its id where the runtime does not tell")
    image: str | None = info(TEXT, "The image that it was made of")
    runtime: str | None = info(TEXT, "Who runs it, as the control group's name says")
    instance: int | None = info(
        COUNT,
        "Its control group's number: another one each time that it is started",
        prom=UNEXPORTED,
        identity=True,
    )
    cpu: float | None = counter(SECONDS, "Processors that it keeps busy")
    throttled: float | None = counter(SECONDS, "Time in which its limit held it back")
    memory: int | None = gauge(
        BYTES, "Memory that it has less its inactive file cache, as docker counts it"
    )
    memory_limit: int | None = gauge(BYTES, "Memory that it may have")
    tasks: int | None = gauge(COUNT, "Processes and threads")
    read_bytes: int | None = counter(BYTES, "Read from storage")
    written_bytes: int | None = counter(BYTES, "Written to storage")
    cpu_pressure: float | None = counter(SECONDS, "Time in which some of it waited for a processor")
    memory_pressure: float | None = counter(SECONDS, "Time in which some of it waited for memory")
    io_pressure: float | None = counter(SECONDS, "Time in which some of it waited for storage")
    denied: str | None = info(TEXT, "Why its name is not known", prom=UNEXPORTED)


class ContainersCollector:
    """The control groups of containers; names where the runtime may be asked for them."""

    name: ClassVar[str] = "containers"
    records: ClassVar[tuple[type[Record], ...]] = (Container,)
    period: ClassVar[float] = 0.0

    def __init__(self, proc_self: Path = PROC_SELF, run: Path = RUN) -> None:
        self._clock = SystemClock()
        self._groups = Groups(proc_self)
        self._meters = Meters(always=True)
        self._names = ContainerNames(run)
        # By key: what was known of it, and the record of that.
        self._rows: dict[str, tuple[_Known, Container]] = {}

    def collect(self) -> Iterable[Record]:
        need_linux("a container's control group")
        now = self._clock.monotonic()
        groups = {p: g for p, g in self._groups.find(now).items() if g.container is not None}
        named = {path: group.container for path, group in groups.items() if group.container}
        self._names.refresh(named.values(), now)
        usages = self._meters.read(groups, now)
        if not groups:
            raise Unavailable("no container runs here")
        rows: dict[str, tuple[_Known, Container]] = {}
        for path, usage in usages.items():
            container = named[path]
            title = _title(container, path, rows)
            known = _Known(
                groups[path], usage, self._names.title(container), self._names.denied(container)
            )
            row = self._rows.get(title)
            rows[title] = (
                row
                if row is not None and known.same(row[0])
                else (known, record_of(title, container, known))
            )
            yield rows[title][1]
        self._rows = rows


class _Known(NamedTuple):
    """What there is to say of a container."""

    group: Group
    usage: Usage
    title: Title
    denied: str | None

    def same(self, other: "_Known") -> bool:
        """Whether it says the very same."""
        return (
            self.group is other.group
            and self.usage is other.usage
            and (self.title, self.denied) == (other.title, other.denied)
        )


def _title(container: Named, path: str, taken: Iterable[str]) -> str:
    """What no other has: two of one name have different paths."""
    return next(t for t in (container.short, container.id, path) if t not in taken)


def record_of(title: str, container: Named, known: _Known) -> Container:
    """The record of what is known."""
    usage = known.usage
    return Container(
        container=title,
        name=known.title.name or container.short,
        image=known.title.image,
        runtime=container.runtime,
        instance=known.group.number,
        denied=known.denied,
        **usage._asdict(),
    )
