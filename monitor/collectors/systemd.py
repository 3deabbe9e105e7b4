"""systemd in node_exporter's words: the states of units, what sockets accepted, when timers ran.

Source: org.freedesktop.systemd1(5).
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

from monitor.clock import SystemClock
from monitor.collectors.collector import need_linux
from monitor.collectors.dbus_wire import BusError, Call, Value
from monitor.collectors.systemd_bus import (
    MANAGER,
    MANAGER_PATH,
    RUN,
    Bus,
    UnitList,
    UnitStatus,
    get,
    manager,
    parse_property,
)
from monitor.model.export import UNEXPORTED
from monitor.model.metric import (
    COUNT,
    FLAG,
    KERNEL,
    SECONDS,
    TEXT,
    Record,
    counter,
    gauge,
    info,
    key,
    record,
)
from monitor.model.sample import Unavailable

# A scrape waits two seconds for this and others; nobody else does.
PATIENCE_S = 1.0
# node_exporter's --collector.systemd.unit-exclude.
LEFT_OUT = (".automount", ".device", ".mount", ".scope", ".slice")
# The type of a service changes when its file does: it is asked for again after so long.
TYPE_S = 600.0
# Records that are the same as before cost nothing further on.
REMEMBERED = 2048
MICROSECONDS = 1e-6
SERVICE = "org.freedesktop.systemd1.Service"
SOCKET = "org.freedesktop.systemd1.Socket"
TIMER = "org.freedesktop.systemd1.Timer"


@record
class Systemd(Record):
    """The manager itself."""

    FAMILY = "systemd"
    TOPIC = KERNEL
    version: str | None = info(TEXT, "Version of systemd", prom=UNEXPORTED)
    running: bool | None = info(
        FLAG, "The system is up and no unit has failed", prom="node_systemd_system_running"
    )


@record
class SystemdUnit(Record):
    """Which state each unit is in, but devices, mounts, scopes and slices."""

    FAMILY = "systemd_unit"
    TOPIC = KERNEL
    LABELS: ClassVar = {"name": "name", "type": "type"}
    name: str = key("Its name, as systemd has it")
    type: str | None = info(TEXT, "The type of a service, such as simple (systemd.service(5))")
    active: bool | None = info(FLAG, "Active", prom='node_systemd_unit_state{state="active"}')
    activating: bool | None = info(
        FLAG, "Starting", prom='node_systemd_unit_state{state="activating"}'
    )
    deactivating: bool | None = info(
        FLAG, "Stopping", prom='node_systemd_unit_state{state="deactivating"}'
    )
    inactive: bool | None = info(FLAG, "Stopped", prom='node_systemd_unit_state{state="inactive"}')
    failed: bool | None = info(FLAG, "Failed", prom='node_systemd_unit_state{state="failed"}')


@record
class SystemdSocket(Record):
    """Each socket on which systemd listens for others (systemd.socket(5))."""

    FAMILY = "systemd_socket"
    TOPIC = KERNEL
    name: str = key("The unit's name")
    accepted: int | None = counter(
        COUNT, "Connections accepted", prom="node_systemd_socket_accepted_connections_total"
    )
    current: int | None = gauge(
        COUNT, "Connections open now", prom="node_systemd_socket_current_connections"
    )
    # node_exporter calls it a gauge; promtool warns of a gauge with this name.
    refused: int | None = counter(
        COUNT,
        "Connections refused, as there were too many",
        prom="node_systemd_socket_refused_connections_total",
    )


@record
class SystemdTimer(Record):
    """Each timer (systemd.timer(5))."""

    FAMILY = "systemd_timer"
    TOPIC = KERNEL
    name: str = key("The unit's name")
    last_trigger: float | None = gauge(
        SECONDS,
        "When it last ran, in Unix time; 0 where it has not",
        prom="node_systemd_timer_last_trigger_seconds",
    )


class SystemdCollector:
    """All by one connection to the manager."""

    name: ClassVar[str] = "systemd"
    records: ClassVar[tuple[type[Record], ...]] = (
        Systemd,
        SystemdUnit,
        SystemdSocket,
        SystemdTimer,
    )
    period: ClassVar[float] = 0.0

    def __init__(self, run: Path = RUN) -> None:
        self._run = run
        self._clock = SystemClock()
        self._list = UnitList()
        self._types: dict[str, str | None] = {}
        self._types_at = 0.0

    def collect(self) -> Iterable[Record]:
        need_linux("systemd")
        try:
            with manager(self._run, self._clock, PATIENCE_S) as bus:
                yield from self._read(bus)
        except (FileNotFoundError, ConnectionRefusedError) as absent:
            raise Unavailable("systemd does not run here") from absent

    def _read(self, bus: Bus) -> Iterable[Record]:
        units = [unit for unit in self._list.ask(bus) if is_wanted(unit)]
        sockets = [unit for unit in units if unit.name.endswith(".socket")]
        timers = [unit for unit in units if unit.name.endswith(".timer")]
        calls = [get(MANAGER_PATH, MANAGER, name) for name in ("Version", "SystemState")]
        for unit in sockets:
            calls += [get(unit.path, SOCKET, n) for n in ("NAccepted", "NConnections", "NRefused")]
        calls += [get(unit.path, TIMER, "LastTriggerUSec") for unit in timers]
        answers = iter(_ask(bus, calls))
        version, state = next(answers), next(answers)
        yield Systemd(
            version=str(version) if version is not None else None,
            running=state == "running" if state is not None else None,
        )
        self._learn(bus, units)
        yield from (state_of(unit, self._types.get(unit.name)) for unit in units)
        for unit in sockets:
            accepted, current, refused = (_number(next(answers)) for _ in range(3))
            yield SystemdSocket(name=unit.name, accepted=accepted, current=current, refused=refused)
        for unit in timers:
            at = _number(next(answers))
            yield SystemdTimer(
                name=unit.name, last_trigger=at * MICROSECONDS if at is not None else None
            )

    def _learn(self, bus: Bus, units: Iterable[UnitStatus]) -> None:
        """The types of services, as far as they are not known."""
        now = self._clock.monotonic()
        if now - self._types_at >= TYPE_S:
            self._types, self._types_at = {}, now
        services = {unit.name: unit.path for unit in units if unit.name.endswith(".service")}
        self._types = {name: type_ for name, type_ in self._types.items() if name in services}
        new = [name for name in services if name not in self._types]
        answers = _ask(bus, [get(services[name], SERVICE, "Type") for name in new])
        for name, answer in zip(new, answers, strict=True):
            self._types[name] = answer if isinstance(answer, str) else None


def is_wanted(unit: UnitStatus) -> bool:
    """Whether node_exporter has it."""
    return unit.load == "loaded" and not unit.name.endswith(LEFT_OUT)


@lru_cache(maxsize=REMEMBERED)
def state_of(unit: UnitStatus, type_: str | None) -> SystemdUnit:
    """The record of a unit's state; a state that is none of these leaves all of them false."""
    return SystemdUnit(
        name=unit.name,
        type=type_,
        active=unit.active == "active",
        activating=unit.active == "activating",
        deactivating=unit.active == "deactivating",
        inactive=unit.active == "inactive",
        failed=unit.active == "failed",
    )


def _ask(bus: Bus, calls: Sequence[Call]) -> list[Value | None]:
    return [parse_property(answer) for answer in bus.call(calls)]


def _number(value: Value | None) -> int | None:
    """A whole number. Raises BusError for anything else that is known."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise BusError(f"a property of type {type(value).__name__}")
