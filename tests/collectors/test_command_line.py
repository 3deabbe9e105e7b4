"""Command lines as a process, the kernel or psutil gives them: bounded, and never with a secret."""

from typing import Any

import pytest

from monitor.collectors import command_line
from monitor.collectors.command_line import MAX_BYTES, parse_arguments, parse_line
from monitor.collectors.process_portable import PortableProcesses
from monitor.collectors.process_portable_detail import portable_details
from tests.collectors.processes import servant

SECRET = "Vq7mT2xK9pLw"


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b"sh\0-c\0true\0", "sh -c true"),
        (b"", ""),
        (b"\0\0\0", ""),
        (b"postgres: writer   \0\0\0\0", "postgres: writer   "),
        (b"no end", "no end"),
        (b"a\0\0b\0", "a  b"),
        (b"\xff\n\x1b[2J\0", "\udcff\n\x1b[2J"),
        (b"mysql\0-psecret\0", "mysql -p***"),
    ],
)
def test_a_command_line_is_one_text(raw: bytes, line: str) -> None:
    assert parse_line(raw) == line


@pytest.mark.parametrize("raw", [b"x" * 100_000, "é".encode() * 3000, b"\xff" * 5000])
def test_of_a_long_one_the_end_that_may_be_half_a_secret_is_hidden(raw: bytes) -> None:
    line = parse_line(raw, 2000)
    assert len(line) == 2000 - 1024 + 3 and line.endswith("***")


@pytest.mark.parametrize("at", range(1990, 2012))
def test_wherever_it_is_cut_no_part_of_a_secret_is_left(at: int) -> None:
    raw = b"x" * (at - 30) + b"\0postgres://me:" + SECRET.encode() + b"@host\0y\0"
    line = parse_line(raw, 2000)
    assert SECRET[:3] not in line and len(line) <= 2000
    shown, more = parse_arguments(raw, limit=2000)
    assert SECRET[:3] not in " ".join(shown) and more == (len(raw) > 2000)


@pytest.mark.parametrize(
    ("raw", "arguments", "more"),
    [
        (b"", [], False),
        (b"a\0", ["a"], False),
        (b"a", ["a"], False),
        (b"\0\0", ["", ""], False),
        (b"\0", [""], False),
        (b"a\0\xff\n\0\0", ["a", "\udcff\n", ""], False),
        (b"a\0b\0c\0", ["a", "b", "c"], False),
        (b"a\0b\0c\0d\0", ["a", "b", "c"], True),
        (b"a\0b\0c\0\0", ["a", "b", "c"], True),
        (b"a\0--token\0x\0d\0", ["a", "--token", "***"], True),
    ],
)
def test_arguments_end_in_nul_or_in_nothing(raw: bytes, arguments: list[str], more: bool) -> None:
    assert parse_arguments(raw, 3) == (arguments, more)


def test_a_line_that_has_not_changed_is_not_made_again() -> None:
    said = {"raw": b"mysql\0-p" + SECRET.encode() + b"\0"}

    def read(name: str, limit: int) -> bytes:
        assert (name, limit) == ("cmdline", 4 * 4096)
        return said["raw"]

    first = command_line.read_line(read)
    assert first.text == "mysql -p***"
    assert command_line.read_line(read, first) is first
    said["raw"] = b"mysqld\0"
    assert command_line.read_line(read, first).text == "mysqld"
    said["raw"] = b""
    assert command_line.read_line(read, first).text is None


def test_what_may_not_be_read_is_none() -> None:
    assert command_line.read_arguments(lambda name, limit: None) is None
    assert command_line.read_arguments(lambda name, limit: b"x" * limit) == (
        ["x" * (MAX_BYTES - 1024) + "***"],
        True,
    )


def test_psutils_command_lines_and_the_names_that_it_makes_of_them_are_redacted() -> None:
    with servant(f"--password={SECRET}") as one:
        source = PortableProcesses()
        rows: list[Any] = list(source.read(0.0))
        [line] = [c.line for c in source.commands() if c.pid == str(one.pid)]
        assert line is not None and line.endswith("--password=***")
        assert SECRET not in repr(rows)
        assert portable_details(one.pid)["command"][-1] == "--password=***"
    assert command_line.told_name(f"gnome-keyring-d --password={SECRET}") == (
        "gnome-keyring-d --password=***"
    )
    assert command_line.told_name(None) is None
