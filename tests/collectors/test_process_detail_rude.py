"""Processes of odd names, long command lines, no rights and no memory: asked all the same."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from monitor.collectors.command_line import MAX_ARGUMENTS, MAX_BYTES
from monitor.collectors.process_detail import read_process
from monitor.model.redact import MAX_TAIL
from monitor.wire.details import cleaned
from tests.collectors.processes import servant
from tests.collectors.sources import on_linux
from tests.collectors.test_process_rude import NAMES, NOBODY

pytestmark = on_linux
root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may")
PROGRAM = {"command", "executable", "directory", "files", "sockets", "pss"}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_passed_on_as_it_is_and_fit_to_be_sent(name: bytes) -> None:
    with servant() as rude:
        rude.do(f"name({name!r})")
        details = read_process(rude.pid)
        assert details["name"] == NAMES[name] == details["threads"][0]["name"]
        sent = json.dumps(cleaned(details), ensure_ascii=False).encode().decode()
        assert (
            "\x1b" not in sent and "\\u001b" not in sent and "\\n" not in json.loads(sent)["name"]
        )


def test_a_command_line_of_100_kb_is_cut_and_its_length_is_said() -> None:
    with servant("x" * 100_000) as wordy:
        details = read_process(wordy.pid)
        # What a cut may have halved is hidden.
        assert len("\0".join(details["command"]).encode()) == MAX_BYTES - MAX_TAIL + len("***")
        assert details["command"][3].strip("x") == "***"
        whole = Path(f"/proc/{wordy.pid}/cmdline").read_bytes()
        assert details["cut"]["command"] == len(whole)


@pytest.mark.parametrize("arguments", [["", "", ""], [b"\xff\xfe", b"a\nb", b"\x1b[2J"]])
def test_arguments_are_told_one_by_one_empty_ones_too(arguments: list[Any]) -> None:
    with servant(*arguments) as odd:
        assert read_process(odd.pid)["command"][3:] == [os.fsdecode(one) for one in arguments]


def test_very_many_empty_arguments_are_cut() -> None:
    with servant(*[""] * 30_000) as odd:
        details = read_process(odd.pid)
        assert len(details["command"]) == MAX_ARGUMENTS and "command" in details["cut"]


def test_a_zombie_has_ended_and_is_not_denied() -> None:
    with servant() as parent:
        details = read_process(int(parent.do("zombie()")))
        assert (details["state"], details["parent"]) == ("Z", parent.pid)
        assert set(details["absent"]) - {"namespaces"} == PROGRAM and PROGRAM.isdisjoint(details)
        assert "has ended" in details["absent"]["command"]
        assert set(details["denied"]) <= {"namespaces"}, "the kernel has taken them away"


def test_a_thread_of_the_kernel_has_no_command_line_and_is_not_denied() -> None:
    details = read_process(2)
    if not details.get("kernel"):
        pytest.skip("the kernel's threads are not visible from this pid namespace")
    assert set(details["absent"]) - {"namespaces"} == PROGRAM and PROGRAM.isdisjoint(details)
    assert "kernel" in details["absent"]["command"]


def test_a_program_that_was_deleted_is_told_under_its_name(tmp_path: Path) -> None:
    program = tmp_path / "sleeper (deleted) \udcff"
    shutil.copy("/bin/sleep", program)
    with subprocess.Popen([program, "60"]) as process:
        try:
            assert read_process(process.pid)["executable"] == str(program)
            program.unlink()
            details = read_process(process.pid)
            assert (details["executable"], details["executable_deleted"]) == (str(program), True)
        finally:
            process.kill()


READER = f"""
import json, os, sys
sys.path.insert(0, sys.argv[1])
from monitor.collectors.process_detail import read_process
from monitor.collectors.process_reading import ProcessGone
from monitor.wire.details import cleaned
os.setgroups([])
os.setgid({NOBODY})
os.setuid({NOBODY})
def told(pid):
    try:
        return cleaned(read_process(pid))
    except ProcessGone as gone:
        return str(gone)
print(json.dumps([told(int(pid)) for pid in sys.argv[2:]] + [told(os.getpid())]))
"""


def read_as_nobody(*pids: int, before: tuple[str, ...] = ()) -> list[Any]:
    """What a user without rights is told of these, and of his own process."""
    place = str(Path(__file__).parents[2])
    command = [*before, sys.executable, "-c", READER, place, *map(str, pids)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    told: list[Any] = json.loads(done.stdout)
    return told


@root
def test_what_another_user_may_not_read_is_denied_and_never_zero_or_empty() -> None:
    with servant("secret") as roots:
        theirs, zombie, own = read_as_nobody(roots.pid, int(roots.do("zombie()")))
        assert (theirs["user"], theirs["state"], theirs["parent"]) == ("root", "S", os.getpid())
        assert theirs["command"][-1] == "secret" and theirs["rss"] > 0 and theirs["threads"]
        denied = {"executable", "directory", "root", "files", "sockets", "pss", "io", "namespaces"}
        assert theirs["denied"] == dict.fromkeys(denied, "no permission")
        assert (denied | {"uss", "swap", "read_bytes", "memory_seconds"}).isdisjoint(theirs)
        # It has ended: that is why there is nothing to see.
        assert set(zombie["absent"]) - {"namespaces"} == PROGRAM
        assert PROGRAM.isdisjoint(zombie["denied"])
        # His own he may see.
        assert own["user"] == "nobody" and own["files"] and own["pss"] > 0
        # Only those of process 1 he may not see, and that is no fault of his process.
        assert "namespaces" not in own["denied"]
        assert "process 1" in own["absent"]["namespaces"]


@root
@pytest.mark.parametrize("hiding", [1, 2])
def test_where_others_are_hidden_that_is_told_and_ones_own_is_shown(hiding: int) -> None:
    """hidepid, proc(5): with 1 others are seen and may not be looked into; with 2 they are not."""
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare(1)")
    # The shell stays, as process 1 and as root.
    script = f'mount -t proc -o hidepid={hiding} proc /proc && "$@"; exit $?'
    before = ("unshare", "--mount", "--pid", "--fork", "sh", "-c", script, "sh")
    theirs, own = read_as_nobody(1, before=before)
    if hiding == 1:
        assert theirs["denied"] == {"details": "no permission"}
        assert theirs["pid"] == 1 and "command" not in theirs and "rss" not in theirs
    else:
        assert "may see" in theirs
    assert own["user"] == "nobody" and own["threads"] and own["pss"] > 0
    assert "namespaces" in own["absent"] and "namespaces" not in own
