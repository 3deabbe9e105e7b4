"""systemd's units: what they use, what they are doing, and what is not known of them."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from monitor.collectors import units
from monitor.collectors.systemd_bus import manager
from monitor.collectors.units import BACK_OFF_S, Unit, UnitsCollector
from monitor.model.metric import Record
from monitor.model.sample import Unavailable
from tests.collectors.groups import group, unified
from tests.collectors.runtimes import flood, peer, says, silent
from tests.collectors.sources import by, figures, known, on_linux
from tests.collectors.systemd_stub import systemd, unit
from tests.support.clock import HandClock

pytestmark = on_linux

LISTED = [
    unit("ssh.service", "active", "running", about="OpenBSD Secure Shell server"),
    unit("backup.service", "failed", "failed"),
    unit("cron.service", "inactive", "dead"),
    unit("gone.service", "inactive", "dead", load="not-found"),
    unit("hidden.service", "inactive", "dead", load="masked"),
    unit("crashed.service", "failed", "failed", load="not-found"),
    unit("restarting.service", "activating", "auto-restart"),
    unit("dev-sda.device", "active", "plugged"),
    unit("system.slice", "active", "active"),
    unit(r"dev-disk-by\x2dlabel-data.swap", "active", "active"),
    unit("init.scope", "active", "running"),
]


def read(collector: UnitsCollector) -> tuple[dict[str, Unit], Any]:
    """Units by name, and what is said of all of them."""
    *found, counted = collector.collect()
    return by("unit", found), counted


def test_a_unit_is_what_systemd_and_the_kernel_say(tmp_path: Path) -> None:
    proc = unified(tmp_path, "units/server.tree")
    with systemd(tmp_path / "run", LISTED, {}):
        found, _ = read(UnitsCollector(proc, tmp_path / "run"))
    ssh = found["ssh.service"]
    assert (ssh.description, ssh.state, ssh.sub) == (
        "OpenBSD Secure Shell server",
        "active",
        "running",
    )
    assert (ssh.cpu, ssh.throttled, ssh.tasks) == (1.5, 0.25, 3)
    assert (ssh.memory, ssh.memory_limit) == (3_000_000, 256 << 20)
    assert (ssh.read_bytes, ssh.written_bytes) == (5096, 8192)


def test_units_without_a_group_are_there_and_those_that_are_nothing_are_not(
    tmp_path: Path,
) -> None:
    with systemd(tmp_path / "run", LISTED, {}):
        found, _ = read(UnitsCollector(unified(tmp_path), tmp_path / "run"))
    assert {name: one.state for name, one in found.items()} == {
        "ssh.service": "active",
        "backup.service": "failed",
        "cron.service": "inactive",
        "crashed.service": "failed",
        "restarting.service": "activating",
        "dev-disk-by-label-data.swap": "active",
        "init.scope": "active",
    }
    assert known(found["backup.service"]) == {"unit", "description", "state", "sub"}


def test_a_user_s_own_unit_is_not_taken_for_the_system_s(tmp_path: Path) -> None:
    proc = unified(tmp_path, "units/server.tree")
    with systemd(tmp_path / "run", LISTED, {}):
        found, _ = read(UnitsCollector(proc, tmp_path / "run"))
    own = found["ssh.service (user 1000)"]
    assert (own.cpu, own.state) == (14e-6, None)
    assert found["init.scope (user 1000)"].state is None


def test_all_are_counted_by_state(tmp_path: Path) -> None:
    with systemd(tmp_path / "run", LISTED, {}):
        _, counted = read(UnitsCollector(unified(tmp_path), tmp_path / "run"))
    assert (counted.active, counted.failed, counted.inactive) == (5, 2, 3)
    assert (counted.activating, counted.deactivating, counted.reloading) == (1, 0, None)
    assert (counted.denied, counted.cut) == (None, None)


def test_where_systemd_cannot_be_asked_the_states_are_not_known(tmp_path: Path) -> None:
    proc = unified(tmp_path, "units/server.tree")
    found, counted = read(UnitsCollector(proc, tmp_path / "run"))
    assert found["ssh.service"].cpu == 1.5
    assert found["ssh.service"].state is None
    assert known(counted) == {"denied"}
    assert counted.denied == "systemd cannot be asked from here"


def test_where_there_is_no_systemd_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="does not run here"):
        list(UnitsCollector(unified(tmp_path), tmp_path / "run").collect())


def on_the_bus(run: Path) -> Path:
    return run / ("systemd/private" if os.geteuid() == 0 else "dbus/system_bus_socket")


def test_a_systemd_that_hangs_is_left_alone_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = HandClock()
    asked: list[float] = []

    def counted(run: Path, clock: object) -> Any:
        asked.append(hand.monotonic())
        return manager(run, hand, 0.05)

    monkeypatch.setattr(units, "manager", counted)
    monkeypatch.setattr(units, "SystemClock", lambda: hand)
    collector = UnitsCollector(unified(tmp_path, "units/server.tree"), tmp_path / "run")
    with peer(on_the_bus(tmp_path / "run"), silent):
        _, said = read(collector)
        assert said.denied == "systemd did not answer"
        hand.advance(BACK_OFF_S - 1)
        found, said = read(collector)
        assert said.denied == "systemd did not answer"
        assert found["ssh.service"].cpu == 1.5
        assert len(asked) == 1
        hand.advance(1)
        read(collector)
        assert len(asked) == 2


@pytest.mark.parametrize(
    "serve", [says(b"\xff\x00\r\n"), says(b""), flood(b"x" * 9999, 99)], ids=["1", "2", "3"]
)
def test_who_is_no_systemd_is_none(tmp_path: Path, serve: Any) -> None:
    proc = unified(tmp_path, "units/server.tree")
    run = tmp_path / "run"
    # Both: root asks the bus when systemd itself is no such thing.
    with peer(run / "systemd/private", serve), peer(run / "dbus/system_bus_socket", serve):
        found, counted = read(UnitsCollector(proc, run))
    assert found["ssh.service"].state is None
    assert known(counted) == {"denied"}


def shown(before: Iterable[Record], now: Iterable[Record], name: str) -> Any:
    return figures(before, now, elapsed=2.0)["unit"].get(name)


def test_processors_are_a_rate_and_a_unit_that_does_nothing_is_the_same_record(
    tmp_path: Path,
) -> None:
    proc = unified(tmp_path, "units/server.tree")
    collector = UnitsCollector(proc, tmp_path / "run")
    before = list(collector.collect())
    group(tmp_path / "cgroup", "system.slice/ssh.service", cpu_stat="usage_usec 2500000")
    now = list(collector.collect())
    assert shown(before, now, "ssh.service")["cpu"] == 0.5
    first, second = (
        {one.unit: one for one in each if isinstance(one, Unit)} for each in (before, now)
    )
    assert [name for name, one in second.items() if one is not first[name]] == ["ssh.service"]


def test_a_unit_that_was_started_again_has_no_rate_across(tmp_path: Path) -> None:
    proc = unified(tmp_path, "units/server.tree")
    collector = UnitsCollector(proc, tmp_path / "run")
    before = list(collector.collect())
    place = tmp_path / "cgroup" / "system.slice" / "ssh.service"
    place.rename(tmp_path / "kept")
    # It has used more already than the one before it.
    group(tmp_path / "cgroup", "system.slice/ssh.service", cpu_stat="usage_usec 9000000")
    now = list(collector.collect())
    assert "cpu" not in shown(before, now, "ssh.service")
    assert "cpu" in shown(before, now, "app.service")


def test_a_unit_that_ends_has_its_state_and_no_usage(tmp_path: Path) -> None:
    proc = unified(tmp_path, "units/server.tree")
    listed = list(LISTED)
    with systemd(tmp_path / "run", listed, {}):
        collector = UnitsCollector(proc, tmp_path / "run")
        assert read(collector)[0]["ssh.service"].cpu == 1.5
        (tmp_path / "cgroup" / "system.slice" / "ssh.service").rename(tmp_path / "kept")
        listed[0] = unit("ssh.service", "failed", "failed")
        found, counted = read(collector)
    assert known(found["ssh.service"]) == {"unit", "description", "state", "sub"}
    assert (found["ssh.service"].state, counted.failed) == ("failed", 3)


def test_two_units_that_read_alike_are_two(tmp_path: Path) -> None:
    listed = [unit("a-b.service", "active"), unit(r"a\x2db.service", "failed")]
    with systemd(tmp_path / "run", listed, {}):
        found, _ = read(UnitsCollector(unified(tmp_path), tmp_path / "run"))
    assert {name: one.state for name, one in found.items()} == {
        "a-b.service": "active",
        r"a\x2db.service": "failed",
    }


def test_two_groups_of_one_unit_are_two(tmp_path: Path) -> None:
    proc = unified(tmp_path)
    for slice_ in ("a.slice", "b.slice"):
        group(tmp_path / "cgroup", f"{slice_}/x.service")
    found, _ = read(UnitsCollector(proc, tmp_path / "run"))
    assert set(found) == {"x.service", "x.service /b.slice/x.service"}
