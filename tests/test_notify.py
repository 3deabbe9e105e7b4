"""What a service manager hears, on a real datagram socket, from a real monitor."""

import itertools
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.notify import Notifier
from tests.support.manager import PATIENCE_S, Manager, bound, started

INTERVAL_S = 0.25
WATCHDOG_S = 2.0
HALF = WATCHDOG_S / 2
# A machine under load: the tick comes later than it should, and so does what it sends.
LATE_S = 0.6


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    abstract = f"@monitor-test/{os.getpid()}/{tmp_path.name}"
    made = bound(str(tmp_path / "notify") if request.param == "path" else abstract)
    with made.socket:
        yield made


@pytest.fixture
def named(tmp_path: Path) -> Iterator[Manager]:
    made = bound(str(tmp_path / "notify"))
    with made.socket:
        yield made


def watched(interval: float = INTERVAL_S) -> dict[str, str]:
    return {
        "WATCHDOG_USEC": str(round(WATCHDOG_S * 1e6)),
        "MONITOR_INTERVAL": str(interval),
    }


def test_it_is_ready_after_the_first_sample_and_says_where_and_that_it_stops(
    manager: Manager, tmp_path: Path
) -> None:
    with started(manager, tmp_path) as process:
        assert manager.listen(PATIENCE_S)
        assert manager.heard[0][1] == {"STATUS": "Reading the first sample"}
        ready = manager.until_named("READY")
        assert ready["READY"] == "1"
        assert re.fullmatch(r"The page is at http://127\.0\.0\.1:\d+/", ready["STATUS"])
        process.terminate()
        assert manager.until_named("STOPPING")["STOPPING"] == "1"
        assert process.wait(PATIENCE_S) == 0
    assert not any("WATCHDOG" in states for _, states in manager.heard), "nobody asked for it"


def test_it_is_not_ready_while_nothing_can_be_read(named: Manager, tmp_path: Path) -> None:
    with started(named, tmp_path, module=("tests.support.frozen", "unread"), environ=watched()):
        named.until(lambda states: "The page" in states.get("STATUS", ""))
        while named.listen(2 * WATCHDOG_S):
            assert not named.heard[-1][1].keys() & {"READY", "WATCHDOG"}


def test_the_watchdog_is_fed_twice_in_its_time(manager: Manager, tmp_path: Path) -> None:
    with started(manager, tmp_path, environ=watched()):
        manager.until_named("READY")
        for _ in range(5):
            manager.until_named("WATCHDOG")
    fed = [at for at, states in manager.heard if states.get("WATCHDOG") == "1"]
    assert max(b - a for a, b in itertools.pairwise(fed)) < HALF + LATE_S
    assert len(fed) < 12, "it is no news each tick"


@pytest.mark.parametrize("what", ["reader", "sampler", "loop"])
def test_what_is_frozen_feeds_no_watchdog(what: str, named: Manager, tmp_path: Path) -> None:
    module = ("tests.support.frozen", what)
    with started(named, tmp_path, module=module, environ=watched()) as process:
        named.until_named("READY")
        named.until_named("WATCHDOG")
        named.until_named("WATCHDOG")
        frozen_at = time.monotonic()
        process.send_signal(signal.SIGUSR1)
        # One tick may have been under way. Then nothing, for longer than a manager would wait.
        while named.listen(2 * WATCHDOG_S):
            assert time.monotonic() - frozen_at < WATCHDOG_S, named.heard[-3:]
        assert process.poll() is None, "it did not freeze, it ended"


def test_ticks_that_are_far_apart_ask_for_more_time(named: Manager, tmp_path: Path) -> None:
    with started(named, tmp_path, environ=watched(interval=30.0)):
        assert named.until_named("WATCHDOG_USEC")["WATCHDOG_USEC"] == "120000000"


def test_a_watchdog_of_another_process_is_not_fed() -> None:
    environ = {"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "1"}
    assert Notifier(environ).watchdog is None


@pytest.mark.parametrize("period", ["", "0", "-1", "x", "²"])
def test_a_watchdog_without_a_period_is_none(period: str, named: Manager) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": named.address, "WATCHDOG_USEC": period})
    assert notifier.watchdog is None
    notifier.close()


@pytest.mark.parametrize("address", ["", "vsock:2:1234", "relative", "/absent", "@absent", "/\0"])
def test_without_a_manager_nothing_is_sent_and_nothing_fails(address: str) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "2000000"})
    assert notifier.send(READY=1)
    assert notifier.watchdog is None
    notifier.close()


def test_a_manager_that_does_not_read_keeps_nobody_waiting(named: Manager) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": named.address})
    sent = 0
    while notifier.send(STATUS="x" * 1000):
        sent += 1
        assert sent < 100_000
    while named.listen(0.1):
        pass
    assert notifier.send(READY=1)
    notifier.close()


def test_ready_is_said_again_to_a_manager_that_was_deaf(named: Manager, tmp_path: Path) -> None:
    filler = Notifier({"NOTIFY_SOCKET": named.address})
    while filler.send(STATUS="x"):
        pass
    filler.close()
    with started(named, tmp_path, flags=("--interval", "0.25")) as process:
        log = tmp_path / "log"
        end = time.monotonic() + PATIENCE_S
        while "serving" not in log.read_text(encoding="utf-8"):
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.05)
        named.until_named("READY")
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
