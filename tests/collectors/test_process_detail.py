"""All that may be known of a process is told, and what may not be is said."""

import json
import os
import resource
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor.collectors import inet_diag, process_detail, process_portable_detail
from monitor.collectors.process_detail import read_process
from monitor.collectors.process_files import MAX_FILES, MAX_LOOKED_AT, MAX_THREADS
from monitor.collectors.process_reading import ProcessGone
from monitor.collectors.process_sockets import MAX_SOCKETS
from monitor.collectors.process_status import (
    parse_limits,
    parse_long_stat,
    parse_memory,
    parse_status,
    told_by_status,
)
from monitor.wire.details import cleaned
from tests.collectors.processes import servant, watching
from tests.collectors.sources import on_linux

LIMITS = """\
Limit                     Soft Limit           Hard Limit           Units     \n\
Max cpu time              unlimited            unlimited            seconds   \n\
Max open files            1024                 1048576              files     \n\
Max nice priority         0                    0                    \n\
Max address space         18446744073709551614 unlimited            bytes     \n\
"""
ROLLUP = b"""\
55d0c0a00000-7ffd4a1ff000 ---p 00000000 00:00 0                          [rollup]
Rss:                2416 kB
Pss:                 402 kB
Pss_Dirty:           164 kB
Private_Clean:       100 kB
Private_Dirty:       164 kB
Private_Hugetlb:    2048 kB
Swap:                 12 kB
SwapPss:               6 kB
"""
KILOBYTE = 1024


def encoded(details: dict[str, Any]) -> bytes:
    return json.dumps(cleaned(details), ensure_ascii=False, allow_nan=False).encode()


def test_limits_are_numbers_with_units_or_unlimited() -> None:
    assert parse_limits(LIMITS) == [
        {"name": "cpu time", "soft": "unlimited", "hard": "unlimited", "unit": "seconds"},
        {"name": "open files", "soft": 1024, "hard": 1048576, "unit": "files"},
        {"name": "nice priority", "soft": 0, "hard": 0, "unit": None},
        {"name": "address space", "soft": 2**64 - 2, "hard": "unlimited", "unit": "bytes"},
    ]
    assert parse_limits("") == []


def test_unique_memory_is_what_is_private() -> None:
    assert parse_memory(ROLLUP) == {
        "pss": 402 * KILOBYTE,
        "uss": (100 + 164 + 2048) * KILOBYTE,
        "swap": 12 * KILOBYTE,
    }
    assert parse_memory(b"") == parse_memory(b"x") == {}


def test_a_status_of_few_lines_tells_little_and_not_zero() -> None:
    assert told_by_status(parse_status(b"")) == {}
    status = parse_status(b"Name:\ta\\nb: c\nVmRSS:\t  12 kB\nTracerPid:\t0\nNSpid:\t9 3\n")
    assert status["Name"] == "a\\nb: c"
    assert told_by_status(status) == {"rss": 12 * KILOBYTE, "own_pid": 3}
    with pytest.raises(ValueError, match="kB"):
        told_by_status({"VmRSS": "12 MB"})


def test_policy_and_processor_are_those_of_stat() -> None:
    fields = [b"0"] * 50
    fields[11], fields[12], fields[36], fields[37], fields[38] = b"5", b"6", b"3", b"50", b"2"
    fields[45], fields[46] = b"100", b"160"
    told = parse_long_stat(b"1 (a) b (c) " + b" ".join(fields))
    assert told == {
        "user_ticks": 5,
        "system_ticks": 6,
        "processor": 3,
        "priority": 50,
        "scheduler": "SCHED_RR",
        "command_bytes": 60,
    }


@on_linux
def test_this_very_process_is_told_whole_and_as_psutil_tells_it() -> None:
    oracle = psutil.Process()
    open_before = set(oracle.open_files())
    details = read_process(os.getpid())
    assert (details["pid"], details["parent"]) == (os.getpid(), os.getppid())
    assert details["started"] == pytest.approx(oracle.create_time(), abs=1.5)
    assert details["name"] == oracle.name()
    assert details["state"] in "RS" and details["state_text"]
    assert details["user"] == oracle.username()
    assert details["command"] == oracle.cmdline()
    assert details["executable"] == oracle.exe() and not details["executable_deleted"]
    assert details["directory"] == os.getcwd()
    assert {thread["tid"] for thread in details["threads"]} == {t.id for t in oracle.threads()}
    files = {file["fd"]: file["target"] for file in details["files"]}
    for kept in open_before & set(oracle.open_files()):
        assert files[kept.fd] == kept.path
    memory = oracle.memory_full_info()
    assert details["rss"] == pytest.approx(memory.rss, rel=0.1)
    assert details["pss"] == pytest.approx(memory.pss, rel=0.1)
    assert details["uss"] == pytest.approx(memory.uss, rel=0.1)
    assert 0 < details["pss"] <= details["rss"] <= details["rss_peak"]
    limits = {limit["name"]: limit for limit in details["limits"]}
    assert limits["open files"]["soft"] == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert details["voluntary_switches"] > 0 and details["memory_seconds"] > 0
    assert details["scheduler"] == "SCHED_OTHER"
    assert details["cpu_user"] == pytest.approx(oracle.cpu_times().user, abs=0.5)
    assert details["nice"] == os.nice(0)
    umask = os.umask(0)
    os.umask(umask)
    assert int(details["umask"], 8) == umask
    # Where process 1 may not be looked into, there is nothing to compare them with.
    assert (set(details["absent"]) - {"namespaces"}, details["cut"]) == (set(), {})
    assert details["denied"] == {}
    encoded(details)


@on_linux
def test_pid_and_start_are_the_identity_that_the_sweep_tells() -> None:
    with watching() as watcher:
        row = watcher.look().processes[str(os.getpid())]
    assert read_process(os.getpid())["started"] == row.started


@on_linux
def test_every_process_of_this_machine_can_be_asked() -> None:
    asked = 0
    for pid in psutil.pids():
        try:
            encoded(read_process(pid))
            asked += 1
        except ProcessGone:
            assert not psutil.pid_exists(pid)
    assert asked > 1


@pytest.mark.parametrize("pid", [0, -1, 2**31, 10**30])
def test_a_number_of_nobody_is_no_process(pid: int) -> None:
    with pytest.raises(ProcessGone):
        read_process(pid, Path("/proc"))


@on_linux
def test_a_thread_is_no_process() -> None:
    numbers: list[int] = []
    told, over = threading.Event(), threading.Event()

    def run() -> None:
        numbers.append(threading.get_native_id())
        told.set()
        over.wait()

    thread = threading.Thread(target=run)
    thread.start()
    told.wait()
    try:
        assert numbers[0] in {thread["tid"] for thread in read_process(os.getpid())["threads"]}
        with pytest.raises(ProcessGone):
            read_process(numbers[0])
    finally:
        over.set()
        thread.join()


@on_linux
def test_each_kind_of_socket_is_told_with_both_ends() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        host, port = server.getsockname()
        client = stack.enter_context(socket.create_connection((host, port)))
        six = stack.enter_context(socket.create_server(("::1", 0), family=socket.AF_INET6))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        unix.bind(b"\0monitor test \xff" + os.urandom(4))
        unix.listen()
        link = stack.enter_context(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))
        told = {one["fd"]: one for one in read_process(os.getpid())["sockets"]}
        assert told[server.fileno()] == {
            "fd": server.fileno(),
            "protocol": "tcp",
            "local": f"127.0.0.1:{port}",
            "remote": None,
            "state": "LISTEN",
        }
        assert told[client.fileno()]["state"] == "ESTABLISHED"
        assert told[client.fileno()]["remote"] == f"127.0.0.1:{port}"
        assert told[six.fileno()]["local"] == f"[::1]:{six.getsockname()[1]}"
        assert told[udp.fileno()]["protocol"] == "udp"
        assert told[udp.fileno()]["state"] == "UNCONNECTED"
        assert told[unix.fileno()]["protocol"] == "unix stream"
        assert told[unix.fileno()]["local"].startswith("@monitor test \udcff")
        assert told[link.fileno()]["protocol"] == "netlink"


@on_linux
def test_where_netlink_is_refused_the_tables_tell_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        stack.enter_context(socket.create_connection(server.getsockname()))
        stack.enter_context(socket.create_server(("::1", 0), family=socket.AF_INET6))
        for end in socket.socketpair():
            stack.enter_context(end)
        by_netlink = read_process(os.getpid())["sockets"]

        def refuse(request: bytes) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(inet_diag, "ask", refuse)
        assert read_process(os.getpid())["sockets"] == by_netlink


@on_linux
def test_long_lists_are_cut_and_how_long_they_are_is_said() -> None:
    with servant() as many:
        many.do("exec('import resource, socket; kept = []', globals())")
        many.do("resource.setrlimit(resource.RLIMIT_NOFILE, (12_000, 12_000))")
        # Sockets beyond the files that are told.
        many.do(f"[os.dup(0) for _ in range({MAX_FILES + 200})] and 1")
        many.do(f"kept.extend(socket.socket() for _ in range({MAX_SOCKETS + 50})) or 1")
        details = read_process(many.pid)
        assert [file["fd"] for file in details["files"]][:3] == [0, 1, 2]
        assert len(details["files"]) == MAX_FILES
        assert len(details["sockets"]) == MAX_SOCKETS
        total = len(os.listdir(f"/proc/{many.pid}/fd"))
        assert details["cut"] == {"files": total, "sockets": MAX_SOCKETS + 50}
        many.do(f"[os.dup(0) for _ in range({MAX_LOOKED_AT} - {total} + 10)] and 1")
        details = read_process(many.pid)
        counted = os.stat(f"/proc/{many.pid}/fd").st_size or None
        assert counted in (None, MAX_LOOKED_AT + 10)
        assert details["cut"]["files"] == counted
        encoded(details)


@on_linux
def test_paths_are_told_in_full_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path
    for _ in range(15):
        path /= "d" * 200
    path.mkdir(parents=True)
    with servant() as deep:
        deep.do(f"[os.open({str(path)!r}, os.O_RDONLY) for _ in range(100)] and 1")
        details = read_process(deep.pid)
        targets = [file["target"] for file in details["files"]]
        assert str(path) in targets and len(targets) < details["cut"]["files"]
        assert {target for target in targets if target.startswith(str(tmp_path))} == {str(path)}


@on_linux
def test_of_many_threads_the_first_are_told_and_how_many_there_are() -> None:
    with servant() as busy:
        busy.do("threading.stack_size(65536)")
        busy.do(f"start_threads({MAX_THREADS + 20})")
        details = read_process(busy.pid)
        assert len(details["threads"]) == MAX_THREADS
        assert details["cut"] == {"threads": MAX_THREADS + 21}
        assert all(thread["state"] for thread in details["threads"])


@on_linux
@pytest.mark.parametrize("file", ["status", "limits", "cmdline", "smaps_rollup", "fd"])
def test_one_that_ends_half_way_is_gone(monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    real_open = os.open
    with servant() as brief:

        def kill_and_open(path: Any, *rest: Any, **more: Any) -> int:
            if path == file:
                os.kill(brief.pid, signal.SIGKILL)
                brief.process.wait()
            return real_open(path, *rest, **more)

        monkeypatch.setattr(os, "open", kill_and_open)
        with pytest.raises(ProcessGone):
            read_process(brief.pid)


@on_linux
@pytest.mark.skipif(os.geteuid() != 0, reason="only root chooses numbers")
def test_another_that_takes_its_number_meanwhile_is_not_taken_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real_open = os.open
    with servant() as heir, servant() as brief:
        taken: list[str] = []

        def swap_and_open(path: Any, *rest: Any, **more: Any) -> int:
            if path == "limits" and not taken:
                brief.end()
                taken.append(heir.do(f"fork_as({brief.pid})"))
            return real_open(path, *rest, **more)

        monkeypatch.setattr(os, "open", swap_and_open)
        with pytest.raises(ProcessGone):
            read_process(brief.pid)
        if taken != [str(brief.pid)]:
            pytest.skip("somebody else took the number")
        assert read_process(brief.pid)["parent"] == heir.pid


@on_linux
def test_nothing_stays_open_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.listdir("/proc/self/fd")
    read_process(os.getpid())
    with pytest.raises(ProcessGone):
        read_process(2**31)
    with monkeypatch.context() as broken:
        broken.setattr(process_detail, "parse", int)  # which a line of stat is not
        with pytest.raises(ValueError, match="invalid literal"):
            read_process(os.getpid())
    assert os.listdir("/proc/self/fd") == before


def test_elsewhere_psutil_tells_what_it_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "freebsd")
    details = read_process(os.getpid())
    assert details["command"] == psutil.Process().cmdline()
    assert details["threads"] and details["rss"] > 0 and details["state"] in "RS"
    encoded(details)
    with pytest.raises(ProcessGone):
        read_process(2**30)


def deny(fault: Exception) -> Callable[[psutil.Process], Any]:
    def ask(process: psutil.Process) -> Any:
        raise fault

    return ask


def test_elsewhere_too_what_may_not_be_read_is_said_and_lists_are_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = {
        "files": deny(psutil.AccessDenied()),
        "uss": deny(psutil.ZombieProcess(1)),
        "nice": deny(NotImplementedError()),
        "threads": lambda process: [{"tid": n} for n in range(2_000)],
        "command": lambda process: ["x" * 40_000] * 3,
    }
    monkeypatch.setattr(process_portable_detail, "_QUESTIONS", asked)
    details = process_portable_detail.portable_details(os.getpid())
    assert details["denied"] == {"files": "no permission"}
    assert details["cut"] == {"threads": 2_000, "command": 3}
    assert (len(details["threads"]), len(details["command"])) == (1_000, 1)
    assert {"uss", "nice", "files"}.isdisjoint(details)
