"""Processes that call themselves what they like, and others that are no ordinary ones: no row is
lost, and nothing raises."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.collectors.command_line import MAX_LINE
from monitor.collectors.process_kept import Gone, Surroundings
from monitor.collectors.process_watch import Watch
from monitor.model.redact import MAX_TAIL
from tests.collectors.processes import Watcher, servant, watching
from tests.collectors.sources import on_linux

pytestmark = on_linux
NOBODY = 65_534
NAMES = {
    b"\xff\xfe": "\udcff\udcfe",
    b"<img onerror=x>": "<img onerror=x>",
    b"a\nERROR fake": "a\nERROR fake",
    b"\x1b[2J": "\x1b[2J",
    b"__proto__": "__proto__",
    b"=1+1": "=1+1",
    b"a) b (c": "a) b (c",
    b") R 1 1 1 1": ") R 1 1 1 1",
    b"sixteen bytes and": "sixteen bytes a",
    b"": "",
}
root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_passed_on_as_it_is(name: bytes) -> None:
    with servant() as rude, watching() as watcher:
        rude.do(f"name({name!r})")
        row = watcher.look().processes[str(rude.pid)]
        assert (row.name, row.parent) == (NAMES[name], os.getpid())


def test_a_command_line_of_100_kb_is_cut_off() -> None:
    with servant("x" * 100_000) as wordy, watching() as watcher:
        line = watcher.look().commands[str(wordy.pid)].line
        assert line is not None
        assert line.startswith(f"{sys.executable} -c ") and line.endswith("x***")
        assert len(line) == MAX_LINE - MAX_TAIL + len("***")


def test_a_command_line_of_no_utf_8_survives_as_surrogates() -> None:
    with servant(b"\xff\xfe\x1b[2J") as rude, watching() as watcher:
        line = watcher.look().commands[str(rude.pid)].line
        assert line is not None and line.endswith("\udcff\udcfe\x1b[2J")


def test_a_program_that_becomes_another_is_shown_as_that() -> None:
    with watching() as watcher:
        script = "read x; exec sleep 60"
        with subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE) as process:
            key = str(process.pid)
            watcher.until(lambda look: (look.commands[key].line or "").endswith(script))
            assert process.stdin is not None
            process.stdin.write(b"\n")
            process.stdin.flush()
            look = watcher.until(lambda look: look.processes[key].name == "sleep")
            assert look.commands[key].line == "sleep 60"
            process.kill()


def test_one_that_dies_between_two_readings_is_gone_and_harms_nobody() -> None:
    with watching() as watcher:
        with servant() as brief, servant() as stays:
            watcher.look()
            brief.end()
            look = watcher.look()
            assert str(brief.pid) not in look.processes
            assert str(stays.pid) in look.processes
        assert look.summary.unread == 0


def test_one_that_dies_before_it_was_read_is_just_not_there() -> None:
    with servant() as brief:
        pass
    with contextlib.closing(Watcher().source) as source:
        around: Surroundings = source._sweep._around  # noqa: SLF001  (as the sweep hands it on)
        before = around.descriptors
        with pytest.raises(Gone):
            Watch(brief.pid, around, 0.0, new=True)
        assert around.descriptors == before


def test_a_zombie_is_a_row_with_what_is_left_of_it() -> None:
    with servant() as parent, watching() as watcher:
        pid = parent.do("zombie()")
        look = watcher.look()
        assert look.processes[pid].state == "Z"
        assert look.processes[pid].parent == parent.pid
        assert look.commands[pid].line is None
        assert look.summary.zombie is not None and look.summary.zombie >= 1


def test_a_thread_of_the_kernel_is_known_for_one_and_has_no_command_line() -> None:
    with watching() as watcher:
        look = watcher.look()
        threads = [row for row in look.processes.values() if row.kernel]
        if not threads:
            pytest.skip("the kernel's threads are not visible from this pid namespace")
        assert {row.name for row in threads} >= {"kthreadd"}
        for row in threads:
            assert row.rss == 0
            assert look.commands[row.pid].line is None


@root
@pytest.mark.parametrize("descriptors", [None, 0])
def test_a_number_that_is_used_again_at_once_is_another_process(descriptors: int | None) -> None:
    """With no descriptor kept too: its files are then opened by that number."""
    with watching(descriptors=descriptors) as watcher:
        with servant() as first:
            first.do("burn(0.3)")
            was = watcher.look().processes[str(first.pid)]
        with servant() as second:
            number = second.do(f"fork_as({first.pid})")
            if number != str(first.pid):
                pytest.skip("somebody else took the number")
            look = watcher.look()
            row = look.processes[number]
            assert row.new and row.started is not None and was.started is not None
            assert row.started >= was.started
            assert row.parent == second.pid
            # What the first one used is not held against it, nor taken for its own.
            assert (row.cpu or 0) < (was.cpu or 0)
            assert look.figures["process"][number]["cpu"] >= 0


READER = f"""
import json, os, sys
sys.path.insert(0, sys.argv[1])
from monitor.collectors.process import LinuxProcesses
from monitor.collectors.process_records import Process, Processes
source = LinuxProcesses()
os.setgroups([])
os.setgid({NOBODY})
os.setuid({NOBODY})
records = list(source.read(1.0))
records = list(source.read(2.0))
summary = records[-1]
rows = {{r.pid: r for r in records if isinstance(r, Process)}}
rows = {{k: [r.user, r.denied, r.read_bytes, r.rss, r.files] for k, r in rows.items()}}
print(json.dumps({{"rows": rows, "total": summary.total, "hidden": summary.hidden,
                   "unread": summary.unread, "self": os.getpid()}}))
"""


def read_as_nobody(*before: str) -> dict[str, object]:
    """What a user without rights sees, in a process of his own."""
    command = [*before, sys.executable, "-c", READER, str(Path(__file__).parents[2])]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    seen: dict[str, object] = json.loads(done.stdout)
    return seen


@root
def test_what_another_user_may_not_read_is_called_denied_and_never_zero() -> None:
    with servant() as roots:
        seen = read_as_nobody()
        rows = seen["rows"]
        assert isinstance(rows, dict)
        user, denied, read_bytes, rss, files = rows[str(roots.pid)]
        assert user == "root"
        assert rss > 0
        assert read_bytes is None and "io" in denied
        assert files is None or files >= 3
        assert ("files" in denied) == (files is None)
        assert (seen["hidden"], seen["unread"]) == (False, 0)


@root
def test_where_others_are_hidden_it_says_so_and_shows_its_own(tmp_path: Path) -> None:
    """hidepid=2, proc(5)."""
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare(1)")
    script = 'mount -t proc -o hidepid=2 proc /proc && exec "$@"'
    seen = read_as_nobody("unshare", "--mount", "sh", "-c", script, "sh")
    rows = seen["rows"]
    assert isinstance(rows, dict)
    assert seen["hidden"] is True
    assert str(seen["self"]) in rows
    assert all(user == "nobody" for user, *_ in rows.values())
