"""systemd's units: what they are doing, by its own word, and what they use, by the kernel's."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar, NamedTuple

from monitor.clock import SystemClock
from monitor.collectors.cgroup_names import unescaped
from monitor.collectors.cgroup_usage import Meters, Usage
from monitor.collectors.cgroup_walk import Group, Groups
from monitor.collectors.collector import need_linux
from monitor.collectors.dbus_wire import BusError
from monitor.collectors.systemd_bus import RUN, UnitList, UnitStatus, manager
from monitor.model.export import UNEXPORTED
from monitor.model.metric import (
    BYTES,
    COUNT,
    FLAG,
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
# After it did not answer in time, systemd is left alone for so long.
BACK_OFF_S = 30.0
# A device is no service, and there are hundreds; a slice holds what is listed itself.
LEFT_OUT = (".device", ".slice")
# The unit is there because another names it, and is nothing by itself.
LOADED = ("loaded", "error", "bad-setting")
# The states that node_exporter always has, and one that is rare.
ALWAYS = ("active", "activating", "deactivating", "failed", "inactive")
STATES = (*ALWAYS, "reloading")


@record
class Unit(Record):
    r"""Each systemd unit that is loaded, devices and slices left out (systemd.unit(5)).

    What a unit uses is what its control group and those below it use.
    """

    FAMILY = "unit"
    TOPIC = SERVICES
    LABELS: ClassVar = {"name": "unit"}
    unit: str = key("Its name, and of a user's own unit whose it is: app.service (user 1000)")
    description: str | None = info(TEXT, "What it is for", prom=UNEXPORTED)
    state: str | None = info(
        TEXT, "active, reloading, inactive, failed, activating or deactivating", prom=UNEXPORTED
    )
    sub: str | None = info(TEXT, "The state by its type: running, exited, dead", prom=UNEXPORTED)
    instance: int | None = info(
        COUNT,
        "Its control group's number: another one each time that it is started",
        prom=UNEXPORTED,
        identity=True,
    )
    cpu: float | None = counter(SECONDS, "Processors that it keeps busy")
    throttled: float | None = counter(SECONDS, "Time in which its limit held it back")
    memory: int | None = gauge(
        BYTES, "Memory that it has, file cache that is dropped first left out"
    )
    memory_limit: int | None = gauge(BYTES, "Memory that it may have")
    tasks: int | None = gauge(COUNT, "Processes and threads")
    read_bytes: int | None = counter(BYTES, "Read from storage")
    written_bytes: int | None = counter(BYTES, "Written to storage")


@record
class Units(Record):
    """All that systemd has loaded, devices and slices too: how many are in each state."""

    FAMILY = "units"
    active: int | None = gauge(COUNT, "Active", prom='node_systemd_units{state="active"}')
    activating: int | None = gauge(
        COUNT,
        "Starting, or waiting to be started again",
        prom='node_systemd_units{state="activating"}',
    )
    deactivating: int | None = gauge(
        COUNT, "Stopping", prom='node_systemd_units{state="deactivating"}'
    )
    failed: int | None = gauge(COUNT, "Failed", prom='node_systemd_units{state="failed"}')
    inactive: int | None = gauge(COUNT, "Stopped", prom='node_systemd_units{state="inactive"}')
    reloading: int | None = gauge(
        COUNT, "Reloading; absent while none is", prom='node_systemd_units{state="reloading"}'
    )
    denied: str | None = info(TEXT, "Why their states are not known", prom=UNEXPORTED)
    cut: bool | None = info(
        FLAG, "There are more control groups than are looked at", prom=UNEXPORTED
    )


class UnitsCollector:
    """The control groups of units; their states where systemd may be asked for them."""

    name: ClassVar[str] = "units"
    records: ClassVar[tuple[type[Record], ...]] = (Unit, Units)
    period: ClassVar[float] = 0.0

    def __init__(self, proc_self: Path = PROC_SELF, run: Path = RUN) -> None:
        self._run = run
        self._clock = SystemClock()
        self._groups = Groups(proc_self)
        self._meters = Meters()
        self._list = UnitList()
        self._asked_again_at = 0.0
        # By what it is called: what was known of it, and the record of that.
        self._rows: dict[str, tuple[_Known, Unit]] = {}

    def collect(self) -> Iterable[Record]:
        need_linux("a systemd unit")
        now = self._clock.monotonic()
        found = self._groups.find(now)
        groups = {path: group for path, group in found.items() if group.unit is not None}
        listed, denied = self._ask(now)
        if not groups and listed is None and denied is None:
            raise Unavailable("systemd does not run here")
        known = _together(groups, self._meters.read(groups, now), listed or [])
        rows: dict[str, tuple[_Known, Unit]] = {}
        for title, what in known.items():
            row = self._rows.get(title)
            if row is None or not what.same(row[0]):
                row = (what, unit(title, what))
            rows[title] = row
            yield row[1]
        self._rows = rows
        counted = counts(listed) if listed is not None else {}
        if listed is None and denied is None:
            denied = "systemd cannot be asked from here"
        yield Units(**counted, denied=denied, cut=self._groups.cut or None)

    def _ask(self, now: float) -> tuple[list[UnitStatus] | None, str | None]:
        """What systemd says, or why it does not; neither where there is nobody to ask."""
        if now < self._asked_again_at:
            return None, "systemd did not answer"
        try:
            with manager(self._run, self._clock) as bus:
                return self._list.ask(bus), None
        except (FileNotFoundError, ConnectionRefusedError):
            return None, None
        except TimeoutError:
            self._asked_again_at = self._clock.monotonic() + BACK_OFF_S
            return None, "systemd did not answer"
        except OSError as fault:
            return None, fault.strerror or str(fault)
        except BusError as fault:
            return None, str(fault)


class _Known(NamedTuple):
    """What there is to say of a unit."""

    status: UnitStatus | None
    group: Group | None
    usage: Usage | None

    def same(self, other: "_Known") -> bool:
        """Whether it is made of the very same."""
        return (
            self.status == other.status and self.group is other.group and self.usage is other.usage
        )


def _together(
    groups: Mapping[str, Group], usages: Mapping[str, Usage], listed: Iterable[UnitStatus]
) -> dict[str, _Known]:
    """Both sides of each unit, by what it is called."""
    known: dict[str, _Known] = {}
    for status in listed:
        if is_shown(status):
            title = unescaped(status.name)
            known[status.name if title in known else title] = _Known(status, None, None)
    for path, group in groups.items():
        if path not in usages:
            continue
        title = f"{group.unit} (user {group.user})" if group.user is not None else str(group.unit)
        taken = known.get(title)
        if taken is not None and taken.group is not None:
            title, taken = f"{title} {path}", None
        known[title] = _Known(taken.status if taken else None, group, usages[path])
    return known


def is_shown(status: UnitStatus) -> bool:
    """Whether it is one of those that people ask for."""
    return not status.name.endswith(LEFT_OUT) and (
        status.load in LOADED or status.active != "inactive"
    )


def counts(listed: Iterable[UnitStatus]) -> dict[str, int]:
    """How many are in each state, as node_exporter has it: those that are rare only if any is."""
    found = Counter(status.active for status in listed)
    return {state: found[state] for state in STATES if state in ALWAYS or state in found}


def unit(title: str, known: _Known) -> Unit:
    """The record of what is known."""
    status, usage = known.status, known.usage or Usage()
    return Unit(
        unit=title,
        description=status.description if status is not None else None,
        state=status.active if status is not None else None,
        sub=status.sub if status is not None else None,
        instance=known.group.number if known.group is not None else None,
        cpu=usage.cpu,
        throttled=usage.throttled,
        memory=usage.memory,
        memory_limit=usage.memory_limit,
        tasks=usage.tasks,
        read_bytes=usage.read_bytes,
        written_bytes=usage.written_bytes,
    )
