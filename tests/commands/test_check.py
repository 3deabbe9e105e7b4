"""`monitor check`: what it says is so, and its exit code follows."""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

import monitor
from monitor import collectors
from monitor.commands import checking
from monitor.config import Config
from monitor.history.file import NAME
from monitor.history.hold import LOCK, Hold
from tests.live.fakes import SCHEMA, Hanging, collector, steady
from tests.support.locked import furnish

ROOT = Path(__file__).parents[2]
NOBODY = 65534
# The modules are read before it becomes nobody, who may not be let into where they are.
AS_NOBODY = f"""
import encodings.idna, os, sys
from monitor import cli
from monitor.commands import checking
os.setgroups([]); os.setresgid(*3 * ({NOBODY},)); os.setresuid(*3 * ({NOBODY},))
sys.exit(cli.main())
"""


def run(state: Path, *argv: str, start: Iterable[str] = ("-m", "monitor")) -> Any:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("MONITOR_")}
    return subprocess.run(
        [sys.executable, *start, "check", "--port", "0", *argv],
        cwd=ROOT,
        env={**environ, "STATE_DIRECTORY": str(state)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def found(state: Path, *argv: str, start: Iterable[str] = ("-m", "monitor")) -> dict[str, Any]:
    done = run(state, "--json", *argv, start=start)
    told: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == bool(told["faults"]), done.stderr
    return told


def test_it_names_every_collector_and_what_it_runs_on(tmp_path: Path) -> None:
    told = found(tmp_path)
    assert list(told["collectors"]) == [kind.name for kind in collectors.ALL]
    assert told["version"] == monitor.__version__
    assert {"aiohttp", "psutil"} <= told["packages"].keys()
    assert told["faults"] == []
    for name in checking.ESSENTIAL:
        assert told["collectors"][name]["state"] == "ok", name
        assert told["collectors"][name]["records"] > 0, name


def test_for_people_it_is_a_line_each(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    named = [line.split()[0] for line in lines if line and line[0] != " "]
    assert {*(kind.name for kind in collectors.ALL), "port", "door", "history", "page"} <= set(
        named
    )
    assert lines[-1] == "The monitor can run here."
    assert not list(tmp_path.iterdir()), "to look is to leave nothing behind"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become nobody")
def test_what_a_user_may_not_read_is_named_with_the_permission() -> None:
    # Where anybody may look, and only root may write.
    with tempfile.TemporaryDirectory() as name:
        state = Path(name)
        state.chmod(0o755)
        told = found(state, start=("-c", AS_NOBODY))
    lacks = {one["what"]: one for one in told["collectors"]["process"]["lacks"]}
    assert lacks["io"]["records"] >= 1
    assert "CAP_SYS_PTRACE" in lacks["io"]["permission"]
    assert told["faults"] == [], "that is no reason not to run"
    assert (told["history"]["state"], told["history"]["directory"]) == ("off", str(state))
    assert re.search("cannot be written|Permission denied", told["history"]["reason"])


def test_a_port_that_is_taken_is_a_fault(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        told = found(tmp_path, f"--port={port}")
    assert told["port"]["state"] == "taken"
    assert told["faults"] == [told["port"]["reason"]]
    assert str(port) in told["faults"][0]


def test_a_port_that_a_monitor_has_is_none(tmp_path: Path) -> None:
    hold = Hold(tmp_path / LOCK)
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            told = found(tmp_path, f"--port={server.getsockname()[1]}")
    finally:
        hold.release()
    assert told["history"]["state"] == "in use"
    assert f"process {os.getpid()}" in told["history"]["reason"]
    assert told["faults"] == []


def test_what_a_start_would_be_refused_for_is_a_fault(tmp_path: Path) -> None:
    assert found(tmp_path)["door"]["state"] == "open"
    told = found(tmp_path, "--host", "0.0.0.0")
    assert told["door"]["state"] == "refused"
    assert told["faults"] == [told["door"]["reason"]] and "passwd" in told["faults"][0]
    (fault,) = found(tmp_path, "--tls-cert", str(tmp_path / "absent"))["faults"]
    assert "No such file" in fault
    furnish(tmp_path)
    told = found(tmp_path, "--host", "0.0.0.0")
    assert (told["door"]["state"], told["faults"]) == ("locked", [])
    (tmp_path / "passwd").chmod(0o644)
    (fault,) = found(tmp_path)["faults"]
    assert fault.endswith(f"chmod 600 {tmp_path / 'passwd'}")


def test_the_history_is_weighed_and_not_touched(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"x" * (3 << 20))
    told = found(tmp_path)["history"]
    assert (told["state"], told["size"], told["limit"]) == ("ok", 3 << 20, 1 << 30)
    assert "3 MiB of at most 1024" in told["reason"]
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def a_machine(patch: pytest.MonkeyPatch, collect: Mapping[str, Any]) -> dict[str, Any]:
    built = [collector(name, how) for name, how in collect.items()]
    patch.setattr(collectors, "build", lambda vitals: built)
    patch.setattr(checking, "ESSENTIAL", ("steady",))
    patch.setattr(checking, "Schema", lambda types: SCHEMA)
    return checking.checked(Config(port=0, data_dir=Path("/nonexistent")))


def test_what_is_essential_and_fails_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Any:
        raise PermissionError(13, "Permission denied", "/proc/x")

    told = a_machine(monkeypatch, {"steady": broken, "odd": broken})
    (fault,) = told["faults"]
    assert fault.startswith("steady cannot be read: ") and "Permission denied" in fault
    assert told["collectors"]["odd"]["state"] == "error"


def test_one_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "HANGS_S", 0.2)
    began = time.monotonic()
    hanging = Hanging()
    told = a_machine(monkeypatch, {"odd": hanging, "steady": lambda: [steady(level=1)]})
    hanging.release.set()
    assert time.monotonic() - began < 10
    assert told["collectors"]["odd"]["state"] == "stale"
    assert told["collectors"]["steady"]["state"] == "ok"
    assert told["faults"] == []
