"""What Prometheus is told of systemd, over a real bus."""

from pathlib import Path
from typing import Any

import pytest

from monitor.collectors import systemd as of_systemd
from monitor.collectors.dbus_wire import BusError
from monitor.collectors.systemd import SystemdCollector, SystemdSocket, SystemdTimer, SystemdUnit
from monitor.collectors.systemd_bus import MANAGER, MANAGER_PATH
from monitor.model.sample import Unavailable
from monitor.model.schema import Schema
from monitor.wire.prometheus import Exposition
from monitor.wire.shapes import Shapes
from tests.collectors.sources import by, known, on_linux
from tests.collectors.systemd_stub import path_of, systemd, unit
from tests.support.clock import HandClock

pytestmark = on_linux

LISTED = [
    unit("ssh.service", "active", "running"),
    unit("backup.service", "failed", "failed"),
    unit("cups.socket", "active", "listening"),
    unit("old.socket", "active", "listening"),
    unit("apt.timer", "active", "waiting"),
    unit("getty.target", "reloading"),
    unit("home.mount", "active", "mounted"),
    unit("session-1.scope", "active", "running"),
    unit("gone.service", "inactive", load="not-found"),
]
SOCKET, TIMER, SERVICE = of_systemd.SOCKET, of_systemd.TIMER, of_systemd.SERVICE


def properties() -> dict[tuple[str, str, str], tuple[str, Any]]:
    cups, old = path_of("cups.socket"), path_of("old.socket")
    return {
        (MANAGER_PATH, MANAGER, "Version"): ("s", "252.39-1~deb12u1"),
        (MANAGER_PATH, MANAGER, "SystemState"): ("s", "degraded"),
        (path_of("ssh.service"), SERVICE, "Type"): ("s", "notify"),
        (path_of("backup.service"), SERVICE, "Type"): ("s", "oneshot"),
        (cups, SOCKET, "NAccepted"): ("u", 7),
        (cups, SOCKET, "NConnections"): ("u", 2),
        (cups, SOCKET, "NRefused"): ("u", 1),
        # Before systemd 239 nobody counted what was refused.
        (old, SOCKET, "NAccepted"): ("u", 0),
        (old, SOCKET, "NConnections"): ("u", 0),
        (path_of("apt.timer"), TIMER, "LastTriggerUSec"): ("t", 1_700_000_000_250_000),
    }


def test_every_unit_has_one_state_and_a_service_has_its_type(tmp_path: Path) -> None:
    with systemd(tmp_path, LISTED, properties()):
        records = [r for r in SystemdCollector(tmp_path).collect() if isinstance(r, SystemdUnit)]
    found = {
        one.name: (one.type, [state for state in sorted(known(one)) if getattr(one, state) is True])
        for one in records
    }
    assert found == {
        "ssh.service": ("notify", ["active"]),
        "backup.service": ("oneshot", ["failed"]),
        "cups.socket": (None, ["active"]),
        "old.socket": (None, ["active"]),
        "apt.timer": (None, ["active"]),
        "getty.target": (None, []),
    }


def test_sockets_and_timers_are_counted(tmp_path: Path) -> None:
    with systemd(tmp_path, LISTED, properties()):
        records = list(SystemdCollector(tmp_path).collect())
    sockets = by("name", (r for r in records if isinstance(r, SystemdSocket)))
    cups, old = sockets["cups.socket"], sockets["old.socket"]
    assert (cups.accepted, cups.current, cups.refused) == (7, 2, 1)
    assert (old.accepted, old.current, old.refused) == (0, 0, None)
    (timer,) = (r for r in records if isinstance(r, SystemdTimer))
    assert timer.last_trigger == 1_700_000_000.25


def test_it_is_told_in_node_exporter_s_words(tmp_path: Path) -> None:
    with systemd(tmp_path, LISTED, properties()):
        records = list(SystemdCollector(tmp_path).collect())
    exposition = Exposition(Shapes(Schema(SystemdCollector.records)))
    exposition.add(records)
    lines = "".join(exposition.text()).splitlines()
    for line in (
        'node_systemd_unit_state{name="ssh.service",type="notify",state="active"} 1',
        'node_systemd_unit_state{name="ssh.service",type="notify",state="failed"} 0',
        'node_systemd_unit_state{name="cups.socket",type="",state="active"} 1',
        'node_systemd_socket_accepted_connections_total{name="cups.socket"} 7',
        'node_systemd_socket_current_connections{name="cups.socket"} 2',
        'node_systemd_socket_refused_connections_total{name="cups.socket"} 1',
        'node_systemd_timer_last_trigger_seconds{name="apt.timer"} 1700000000.25',
        "node_systemd_system_running 0",
        "# TYPE node_systemd_unit_state gauge",
        "# TYPE node_systemd_socket_current_connections gauge",
        "# TYPE node_systemd_socket_accepted_connections_total counter",
    ):
        assert line in lines
    names = {line.partition("{")[0].partition(" ")[0] for line in lines if line[0] != "#"}
    assert all(name.startswith("node_systemd_") for name in names)


def test_what_does_not_change_is_asked_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = properties()
    hand = HandClock()
    monkeypatch.setattr(of_systemd, "SystemClock", lambda: hand)
    with systemd(tmp_path, LISTED, told) as called:
        collector = SystemdCollector(tmp_path)
        first = list(collector.collect())
        assert called.count("Get") == 2 + 6 + 1 + 2
        called.clear()
        told[path_of("ssh.service"), SERVICE, "Type"] = ("s", "simple")
        second = list(collector.collect())
        assert called.count("Get") == 2 + 6 + 1
        kept = [r for r in second if isinstance(r, SystemdUnit)]
        assert all(any(one is other for other in first) for one in kept)
        hand.advance(of_systemd.TYPE_S)
        third = [r for r in collector.collect() if isinstance(r, SystemdUnit)]
    assert by("name", third)["ssh.service"].type == "simple"


def test_a_property_of_another_type_is_an_error(tmp_path: Path) -> None:
    told = properties() | {(path_of("cups.socket"), SOCKET, "NAccepted"): ("s", "many")}
    with systemd(tmp_path, LISTED, told), pytest.raises(BusError, match="of type str"):
        list(SystemdCollector(tmp_path).collect())


def test_where_there_is_no_systemd_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="does not run here"):
        list(SystemdCollector(tmp_path).collect())
