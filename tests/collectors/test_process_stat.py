"""/proc/PID/stat is parsed as the kernel writes it, whatever the process calls itself."""

import pytest

from monitor.collectors.process_pss import parse_rollup
from monitor.collectors.process_stat import (
    KERNEL_THREAD,
    Machine,
    parse,
    parse_io,
    parse_machine,
)

# proc_pid_stat(5): pid (comm) state ppid pgrp session tty tpgid flags minflt cminflt majflt cmajflt
# utime stime cutime cstime priority nice threads itrealvalue starttime vsize rss ...
REST = (
    b"S 7 4711 4711 0 -1 4194304 150 0 1 0 120 30 40 2 20 -5 3 0 987654 7000000 512 "
    b"18446744073709551615 1001 1002 1003 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 11 12 13 1004 1005 "
    b"14 15 0\n"
)
NAMES = [
    b"cat",
    b"a) b (c",
    b") S 1 1 (",
    b"",
    b"((((",
    b"))))",
    b" ",
    b"new\nline)",
    b"\xff\xfe\x1b[2J",
    b"<img onerror=x>",
    b"__proto__",
    b"=1+1",
    b"1 (x) R 1",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_may_hold_anything(name: bytes) -> None:
    stat = parse(b"4711 (" + name + b") " + REST)
    assert stat.name == name
    assert (stat.state, stat.parent, stat.nice, stat.threads) == ("S", 7, -5, 3)
    assert (stat.used, stat.used_by_children) == (150, 42)
    assert (stat.start, stat.resident) == (987654, 512)
    assert stat.image == (b"1001", b"1002", b"1003", b"1004", b"1005")
    assert not stat.flags & KERNEL_THREAD


def test_a_kernel_thread_is_known_by_its_flag() -> None:
    assert parse(b"2 (kthreadd) " + REST.replace(b"4194304", b"2129984")).flags & KERNEL_THREAD


def test_kernels_before_3_5_have_fewer_fields() -> None:
    fields = REST.split()[:42]
    assert parse(b"1 (init) " + b" ".join(fields)).image == (b"1001", b"1002", b"1003")


@pytest.mark.parametrize(
    "raw", [b"", b"4711", b"4711 (cat) S 1\n", b"(cat) " + REST, b"1 (x) " + REST[:20], b"1 )x( "]
)
def test_what_is_no_line_of_stat_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="no line of"):
        parse(raw)


def test_io_is_what_passed_to_and_from_storage() -> None:
    text = b"rchar: 1\nsyscr: 3\nread_bytes: 5\nwrite_bytes: 6\ncancelled_write_bytes: 7\n"
    assert parse_io(text) == (5, 6)


@pytest.mark.parametrize("text", [b"", b"rchar: 1\n", b"read_bytes: x\nwrite_bytes: 1\n", b"a\n"])
def test_io_that_is_not_there_is_refused(text: bytes) -> None:
    with pytest.raises((KeyError, ValueError)):
        parse_io(text)


def test_the_machines_busy_time_is_what_processes_may_have_used() -> None:
    text = b"cpu  10 20 30 4000 50 6 7 800 9 9\ncpu0 1 2 3 4 5\nctxt 5\nprocesses 4711\nx 1\n"
    assert parse_machine(text) == Machine(busy=73, forks=4711)


@pytest.mark.parametrize("text", [b"", b"cpu 1 2\n", b"cpu  1 2 3 4 5 6 7 8\nctxt 1\n"])
def test_a_machine_that_does_not_say_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"not enough values|not found"):
        parse_machine(text)


def test_the_share_of_memory_is_in_bytes_and_none_where_it_is_not_said() -> None:
    text = b"00400000-7ffd [rollup]\nRss: 2048 kB\nPss: 1024 kB\nPss_Dirty: 3 kB\n"
    assert parse_rollup(text) == 1024 * 1024
    assert parse_rollup(b"Rss: 1 kB\n") is None
    with pytest.raises(ValueError, match="invalid literal"):
        parse_rollup(b"Pss: x kB\n")
