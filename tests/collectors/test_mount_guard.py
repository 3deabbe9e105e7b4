"""A mount that never answers costs one short wait, one thread, and nothing more."""

import errno
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.clock import SystemClock
from monitor.collectors.mount_guard import Answer, Inquiry, MountGuard
from tests.collectors.sources import LONG_S, on_linux

WELL = os.statvfs_result((4096, 4096, 100, 50, 40, 10, 5, 5, 0, 255))
SHORT_S = 0.01


class Mounts:
    """Some of them dead: whoever asks those waits until they are healed."""

    def __init__(self, *dead: str) -> None:
        self.asked: Counter[str] = Counter()
        self._healed = {mount: threading.Event() for mount in dead}

    def __call__(self, mountpoint: str) -> os.statvfs_result:
        self.asked[mountpoint] += 1
        if mountpoint in self._healed:
            assert threading.current_thread() is not threading.main_thread(), "this would hang"
            self._healed[mountpoint].wait()
        return WELL

    def heal(self) -> None:
        for healed in self._healed.values():
            healed.set()


def asking() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("statvfs ")]


def end_all() -> None:
    for thread in asking():
        thread.join(LONG_S)
    assert not asking()


@pytest.fixture
def dead() -> Iterator[Mounts]:
    mounts = Mounts("/dead", "/gone", *(f"/dead/{number}" for number in range(20)))
    yield mounts
    mounts.heal()
    end_all()


@pytest.fixture
def patiences(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each answer was waited for, in seconds."""
    waited: list[float] = []
    answer = Inquiry.answer

    def spy(self: Inquiry, patience: float) -> Answer:
        waited.append(patience)
        return answer(self, patience)

    monkeypatch.setattr(Inquiry, "answer", spy)
    return waited


def test_a_mount_that_is_well_answers() -> None:
    assert MountGuard(Mounts()).ask(["/a", "/b"]) == {"/a": WELL, "/b": WELL}
    end_all()


def test_one_that_is_dead_holds_up_nobody(dead: Mounts) -> None:
    # Were it waited for, this would not end.
    assert MountGuard(dead, SHORT_S).ask(["/dead"]) == {"/dead": None}
    assert len(asking()) == 1


def test_nor_does_it_hide_the_answers_of_others(dead: Mounts) -> None:
    answers = MountGuard(dead).ask(["/dead", "/well"])
    assert answers == {"/dead": None, "/well": WELL}


def test_it_is_asked_once_and_waited_for_once(dead: Mounts, patiences: list[float]) -> None:
    guard = MountGuard(dead, SHORT_S)
    for _ in range(50):
        assert guard.ask(["/dead"]) == {"/dead": None}
    assert dead.asked == {"/dead": 1}
    assert len(asking()) == 1
    assert 0 < patiences[0] <= SHORT_S
    assert set(patiences[1:]) == {0.0}


def test_many_dead_ones_cost_one_wait(dead: Mounts) -> None:
    clock, patience = SystemClock(), 0.5
    began = clock.monotonic()
    answers = MountGuard(dead, patience).ask([f"/dead/{number}" for number in range(20)])
    assert set(answers.values()) == {None}
    # One after another they would take 10 s.
    assert clock.monotonic() - began < 10 * patience


def test_one_that_heals_is_used_again(dead: Mounts) -> None:
    guard = MountGuard(dead, SHORT_S)
    guard.ask(["/dead"])
    dead.heal()
    end_all()
    # The answer to the old question, and then to a new one.
    assert guard.ask(["/dead"]) == {"/dead": WELL}
    assert dead.asked == {"/dead": 1}
    assert MountGuard(dead).ask(["/dead"]) == {"/dead": WELL}
    assert guard.ask(["/dead"])
    assert dead.asked == {"/dead": 3}


def test_the_thread_of_one_that_is_gone_ends(dead: Mounts) -> None:
    guard = MountGuard(dead, SHORT_S)
    guard.ask(["/gone"])
    assert guard.ask([]) == {}
    dead.heal()
    end_all()
    assert guard.ask(["/gone"]) == {"/gone": WELL}
    assert dead.asked == {"/gone": 2}  # it is another mount now: the old answer is not its


HANGS = """
import threading
from monitor.collectors.mount_guard import MountGuard
never = threading.Event()
assert MountGuard(lambda _: never.wait(), 0.01).ask(["/dead"]) == {"/dead": None}
"""


def test_one_that_is_dead_keeps_no_program_from_ending() -> None:
    subprocess.run([sys.executable, "-c", HANGS], check=True, timeout=LONG_S)


def test_an_error_is_an_answer() -> None:
    def stale(mountpoint: str) -> os.statvfs_result:
        raise OSError(errno.ESTALE, "Stale file handle", mountpoint)

    answer = MountGuard(stale).ask(["/stale"])["/stale"]
    assert isinstance(answer, OSError) and answer.errno == errno.ESTALE
    end_all()


# A FUSE mount whose server never reads: statvfs() hangs in the kernel as it does on a dead NFS
# server, until the server's descriptor is closed. In a mount namespace of its own, so that nothing
# is left behind.
DEAD_MOUNT = """
import ctypes, os, sys, threading
from monitor.collectors import filesystem
where = sys.argv[1]
server = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={server},rootmode=40000,user_id=0,group_id=0".encode()
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b"dead:/export", where.encode(), b"fuse.dead", 0, options):
    sys.exit(77)
collector = filesystem.FilesystemCollector()
def read():
    found = {record.mountpoint: record for record in collector.collect()}
    return found[where], len(found), threading.active_count()
first, mounts, _ = read()
for _ in range(10):
    record, others, threads = read()
    assert others == mounts
assert (first.responding, record.responding, record.size) == (False, False, None), record
assert record.remote and threads == 2, threads
os.close(server)
[t.join(30) for t in threading.enumerate() if t is not threading.main_thread()]
assert threading.active_count() == 1
record = read()[0]
assert record.responding is False, record  # ENOTCONN, until somebody unmounts it
libc.umount2(where.encode(), 2)
assert all(record.mountpoint != where for record in collector.collect())
print("well")
"""


@on_linux
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="root mounts")
@pytest.mark.skipif(not os.path.exists("/dev/fuse"), reason="this machine has no FUSE")
def test_a_mount_that_is_really_dead_holds_up_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        ["unshare", "-m", sys.executable, "-c", DEAD_MOUNT, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=LONG_S,
        check=False,
    )
    if done.returncode == 77 or "unshare failed" in done.stderr:
        pytest.skip("this machine lets nobody mount")
    assert (done.returncode, done.stdout) == (0, "well\n"), done.stderr
