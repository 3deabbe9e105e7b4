"""The sweep sees every process as it is, and misses nothing that one does."""

import contextlib
import os
import sys
import threading
import time

import psutil
import pytest

from monitor.collectors import process_sweep
from monitor.collectors.process import LinuxProcesses
from monitor.collectors.process_portable import LETTERS
from tests.collectors.processes import Watcher, servant, watching
from tests.collectors.sources import on_linux

pytestmark = on_linux
SLACK_BYTES = 8 << 20


def told(pid: int) -> tuple[float, int, int, str | None, int] | None:
    """What psutil says: CPU seconds, resident bytes, threads, state, parent."""
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            times = process.cpu_times()
            return (
                times.user + times.system,
                process.memory_info().rss,
                process.num_threads(),
                LETTERS.get(process.status()),
                process.ppid(),
            )
    except psutil.NoSuchProcess:
        return None


def test_it_agrees_with_psutil_on_every_process_of_this_machine() -> None:
    watcher = Watcher()
    with servant() as busy, contextlib.closing(watcher.source):
        busy.do("burn(0.2)")
        before = {pid: told(pid) for pid in psutil.pids()}
        look = watcher.look()
        after = {pid: told(pid) for pid in psutil.pids()}
        stayed = {pid for pid, was in before.items() if was is not None and after.get(pid)}
        assert busy.pid in stayed and os.getpid() in stayed
        assert {str(pid) for pid in stayed} <= look.processes.keys()
        for pid in stayed:
            was, is_now, row = before[pid], after[pid], look.processes[str(pid)]
            assert was is not None and is_now is not None
            cpu, rss, threads, state = row.cpu, row.rss, row.threads, row.state
            assert cpu is not None and rss is not None
            assert was[0] - 0.011 <= cpu <= is_now[0] + 0.011, row
            slack = 0 if was[1] == is_now[1] else SLACK_BYTES
            assert min(was[1], is_now[1]) - slack <= rss <= max(was[1], is_now[1]) + slack, row
            assert threads in {was[2], is_now[2]}, row
            # What lives may run and sleep again between two looks.
            assert state in {was[3], is_now[3]} or {state, was[3], is_now[3]} <= set("RSDI"), row
            assert row.parent == was[4], row


def test_what_a_process_used_is_shown_at_the_next_sweep_however_long_it_slept() -> None:
    with servant() as sleeper, watching() as watcher:
        for _ in range(process_sweep.QUIET_TICKS + 2):
            watcher.look()
        assert sleeper.pid not in watcher.source._sweep._active  # noqa: SLF001  (it is asleep)
        sleeper.do("burn(0.5)")
        figures = watcher.look().figures
        assert figures["process"][str(sleeper.pid)]["cpu"] > 0
        assert sleeper.pid in watcher.source._sweep._active  # noqa: SLF001


def test_a_sleeper_that_nothing_gives_away_is_looked_at_in_its_turn() -> None:
    """A descriptor more costs no time that a clock of hundredths shows."""
    with servant() as sleeper, watching() as watcher:
        key = str(sleeper.pid)
        for _ in range(process_sweep.QUIET_TICKS + 2):
            watcher.look()
        before = watcher.look().processes[key].files
        assert before is not None
        sleeper.do("os.dup(0)")
        for _ in range(process_sweep.PARTS * process_sweep.CLOSELY):
            watcher.look()
        assert watcher.look().processes[key].files == before + 1


def test_one_of_a_single_thread_that_has_run_is_never_taken_for_asleep() -> None:
    """What the scheduler says is asked of at each sweep, and costs a third of a look."""
    with servant() as sleeper, watching() as watcher:
        for _ in range(process_sweep.QUIET_TICKS + 2):
            watcher.look()
        watch = watcher.source._sweep.watches[sleeper.pid]  # noqa: SLF001
        watch.slept()
        assert watch.slept() is True
        sleeper.do("0")
        assert watch.slept() is False
        sleeper.do("start_threads(1)")
        watcher.until(lambda look: look.processes[str(sleeper.pid)].threads == 2)
        assert watch.slept() is None, "that is of its first thread alone"


def test_an_orphan_has_its_new_parent_at_once_though_it_sleeps() -> None:
    with servant() as parent, watching() as watcher:
        child = parent.do("os.fork() or time.sleep(60)")
        for _ in range(process_sweep.QUIET_TICKS + 2):
            watcher.look()
        assert int(child) not in watcher.source._sweep._active  # noqa: SLF001  (it is asleep)
        parent.process.kill()
        parent.process.wait()
        assert watcher.look().processes[child].parent != parent.pid


def test_one_that_does_nothing_is_the_same_object_until_it_does_something() -> None:
    with servant() as sleeper, watching() as watcher:
        key = str(sleeper.pid)
        watcher.look()  # no longer new
        row = watcher.look().processes[key]
        assert watcher.look().processes[key] is row
        sleeper.do("burn(0.1)")
        watcher.until(lambda look: look.processes[key] is not row)


def test_one_that_began_since_the_last_sweep_shows_what_it_has_used_at_once() -> None:
    with watching() as watcher, servant() as young:
        young.do("burn(0.3)")
        look = watcher.look()
        assert look.processes[str(young.pid)].new
        assert look.figures["process"][str(young.pid)]["cpu"] > 0
        assert watcher.look().processes[str(young.pid)].new is None


def test_time_of_children_that_lived_between_two_sweeps_is_shown_with_their_parent() -> None:
    with servant() as parent, watching() as watcher:
        key = str(parent.pid)
        before = watcher.look()
        parent.do("burn_in_children(10, 0.03)")
        look = watcher.look()
        was, now = before.processes[key].children, look.processes[key].children
        assert was is not None and now is not None
        assert now - was == pytest.approx(0.3, abs=0.11)
        assert look.figures["processes"]["cpu_reaped"] > 0
        assert look.figures["processes"]["forks"] > 0


def test_a_child_that_was_watched_all_its_life_is_not_counted_twice() -> None:
    with servant() as parent, watching() as watcher:
        parent.do("globals().__setitem__('read', os.pipe())")
        child = parent.do(
            "globals().__setitem__('child', os.fork()) or child or "
            "(burn(0.4), os.write(read[1], b'x'), time.sleep(60), os._exit(0))"
        )
        parent.do("os.read(read[0], 1)")
        seen = watcher.look().processes[child].cpu
        assert seen is not None and seen >= 0.3
        before = watcher.look().processes[str(parent.pid)].children
        parent.do("(os.kill(child, 9), os.waitpid(child, 0))[1]")
        look = watcher.look()
        assert child not in look.processes
        after = look.processes[str(parent.pid)].children
        assert before is not None and after is not None
        assert after - before <= 0.05


def test_all_processes_and_the_rest_are_the_machines_busy_time() -> None:
    """The rest is named, and under a mixed load it is small."""
    with servant() as burner, servant() as forker, servant() as writer, watching() as watcher:
        begun, rest = watcher.look(), 0.0
        look, first = begun, begun.summary
        for _ in range(6):
            burner.do("burn(0.3)")
            forker.do("burn_in_children(8, 0.03)")
            writer.do("[open(os.devnull, 'wb').write(bytes(1000000)) for _ in range(50)] and 0")
            look = watcher.look()
            last = look.summary
            assert last.cpu_rest is not None and last.sweep_period is not None
            rest += last.cpu_rest * last.sweep_period
        key = str(forker.pid)
        by_forker = grown(begun.processes[key].children, look.processes[key].children)
        assert by_forker == pytest.approx(6 * 8 * 0.03, rel=0.25)
        seen = grown(first.cpu_seen, look.summary.cpu_seen)
        reaped = grown(first.cpu_reaped, look.summary.cpu_reaped)
        assert seen >= 1.7 and reaped >= by_forker
        assert abs(rest) <= 0.05 * (seen + reaped + rest)


def grown(before: float | None, after: float | None) -> float:
    assert before is not None and after is not None
    return after - before


def test_every_thread_is_counted() -> None:
    with servant() as one, watching() as watcher:
        key = str(one.pid)
        before = watcher.look()
        one.do("start_threads(7)")
        look = watcher.until(lambda look: look.processes[key].threads == 8)
        assert before.processes[key].threads == 1
        total = sum(row.threads or 0 for row in look.processes.values())
        assert look.summary.threads == total
        assert look.summary.total == len(look.processes)


def test_without_a_descriptor_to_keep_it_sees_the_same() -> None:
    with servant() as one, watching(descriptors=0) as poor, watching() as rich:
        one.do("burn(0.1)")
        key = str(one.pid)
        assert poor.look().processes[key].cpu == rich.look().processes[key].cpu
        open_before = len(os.listdir("/proc/self/fd"))
        poor.look()
        assert len(os.listdir("/proc/self/fd")) == open_before


def kept_of(pid: int) -> list[str]:
    """The descriptors that are open on this process's files; those of its network are not kept by
    the sweep."""
    kept = []
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # the listing's own is gone already
            kept.append(os.readlink(f"/proc/self/fd/{name}"))
    of_it, network = f"/proc/{pid}/", f"/proc/{pid}/net/"
    return [path for path in kept if path.startswith(of_it) and not path.startswith(network)]


def test_it_gives_back_the_descriptors_of_those_that_ended() -> None:
    with watching() as watcher:
        with servant() as brief:
            key = str(brief.pid)
            watcher.until(lambda look: key in look.processes)
            assert len(kept_of(brief.pid)) >= 2
        watcher.until(lambda look: key not in look.processes)
        assert not kept_of(brief.pid)
        assert kept_of(os.getpid())
    assert not kept_of(os.getpid())


def test_it_may_be_closed_while_a_sweep_that_takes_too_long_is_under_way() -> None:
    """As at the end, where a thread that is behind has not come back. Two of three failed once."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for turn in range(60):
            source = LinuxProcesses()
            thread = threading.Thread(target=source.read, args=(time.monotonic(),))
            thread.start()
            thread.join(turn % 6 * 0.0005)  # so that it is caught at various points
            source.close()
            thread.join()
            source.close()
    finally:
        sys.setswitchinterval(interval)
