"""Files of the kernel: whole or not at all, absent with a reason; names and numbers in them."""

import gc
import os
import sys
from pathlib import Path

import pytest

from monitor.collectors import kernel_file
from monitor.collectors.kernel_file import (
    KeptFile,
    Names,
    parse_pairs,
    parse_tables,
    read_file,
    read_number,
)
from monitor.model.metric import COUNT, Record, gauge, record
from monitor.model.sample import Unavailable
from tests.collectors.sources import on_linux


@record
class Thing(Record):
    """A thing."""

    FAMILY = "thing"
    errors: int | None = gauge(COUNT, "Errors", prom="node_thing_Tcp_InErrs")
    opens: int | None = gauge(COUNT, "Opens", prom="node_thing_Tcp_Opens")
    other: int | None = gauge(COUNT, "Other", prom="node_other_Tcp_Other")
    own: int | None = gauge(COUNT, "Without a name of its own")


NAMES = Names.of(Thing, "node_thing_")


@on_linux
@pytest.mark.parametrize("kept", [False, True])
def test_a_file_that_takes_many_reads_is_read_whole(tmp_path: Path, kept: bool) -> None:
    content = os.urandom(kernel_file.CHUNK_BYTES * 2 + 7)
    path = tmp_path / "file"
    path.write_bytes(content)
    assert (KeptFile(str(path)).read() if kept else read_file(str(path))) == content


@on_linux
@pytest.mark.parametrize("kept", [False, True])
def test_a_file_that_the_kernel_makes_page_by_page_is_read_whole(kept: bool) -> None:
    # Symbols are some 50 bytes each: one read brings a page of them, of several MB.
    path = "/proc/kallsyms"
    if not Path(path).exists():
        pytest.skip("this kernel has no symbols")
    words = (KeptFile(path).read() if kept else read_file(path)).split(b"\n")
    assert len(words) == len(Path(path).read_bytes().split(b"\n")) > 5_000


@on_linux
def test_a_kept_file_tells_what_is_in_it_now() -> None:
    uptime = KeptFile("/proc/uptime")
    first = float(uptime.read().split()[0])
    while (now := float(uptime.read().split()[0])) == first:
        pass
    assert now > first


@on_linux
def test_a_kept_file_is_opened_once_and_given_back() -> None:
    def open_files() -> int:
        return len(os.listdir("/proc/self/fd"))

    before = open_files()
    file = KeptFile("/proc/uptime")
    file.read()
    file.read()
    assert open_files() == before + 1
    del file
    gc.collect()
    assert open_files() == before


@on_linux
def test_a_kept_file_that_fails_is_opened_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_text("first", encoding="ascii")
    file = KeptFile(str(path))
    assert file.read() == b"first"
    open_files = len(os.listdir("/proc/self/fd"))
    path.unlink()
    path.write_text("second", encoding="ascii")

    def fail(*args: object) -> bytes:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pread", fail)
        with pytest.raises(OSError, match="Input/output"):
            file.read()
    assert file.read() == b"second"
    assert len(os.listdir("/proc/self/fd")) == open_files


@on_linux
@pytest.mark.parametrize("kept", [False, True])
def test_what_is_not_there_is_unavailable_until_it_is(tmp_path: Path, kept: bool) -> None:
    path = tmp_path / "file"
    file = KeptFile(str(path))
    read = file.read if kept else lambda: read_file(str(path))
    with pytest.raises(Unavailable, match=r"has no .*file"):
        read()
    path.write_text("here", encoding="ascii")
    assert read() == b"here"


@on_linux
def test_what_a_container_hides_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="hide"):
        read_file("/dev/null")


@on_linux
def test_a_file_without_an_end_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * (kernel_file.CHUNK_BYTES + 1))
    monkeypatch.setattr(kernel_file, "MAX_BYTES", kernel_file.CHUNK_BYTES)
    with pytest.raises(ValueError, match="has over"):
        read_file(str(path))


@on_linux
def test_a_number_that_is_not_there_is_not_known(tmp_path: Path) -> None:
    path = tmp_path / "number"
    assert read_number(str(path)) is None
    path.write_text("17\n", encoding="ascii")
    assert read_number(str(path)) == 17
    path.write_text("seventeen\n", encoding="ascii")
    with pytest.raises(ValueError, match="invalid literal"):
        read_number(str(path))


def test_another_system_has_none_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(Unavailable, match="Linux"):
        read_file("/etc/hosts")
    with pytest.raises(Unavailable, match="Linux"):
        KeptFile("/etc/hosts").read()


def test_fields_are_found_by_what_their_exported_names_end_in() -> None:
    assert NAMES.fields == {b"Tcp_InErrs": "errors", b"Tcp_Opens": "opens"}


def test_of_pairs_the_wanted_are_taken() -> None:
    assert parse_pairs(b"Tcp_Opens 5\nTcp_InErrs\t18446744073709551615\nX 1\n", NAMES) == {
        "opens": 5,
        "errors": 2**64 - 1,
    }


@pytest.mark.parametrize("text", [b"", b"Tcp_Opens", b"Tcp_Opens x", b"X 1", b"a b c", b"\xff\xfe"])
def test_what_are_no_pairs_is_an_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"sought|invalid literal|shorter"):
        parse_pairs(text, NAMES)


def test_of_tables_the_wanted_are_taken_wherever_they_stand() -> None:
    assert parse_tables(b"Ip: Opens\nIp: 9\nTcp: A InErrs Opens\nTcp: 1 2 -3\n", NAMES) == {
        "errors": 2,
        "opens": -3,
    }
    # Another kernel, another order.
    assert parse_tables(b"Tcp: Opens InErrs\nTcp: 3 2\n", NAMES) == {"errors": 2, "opens": 3}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"Tcp: InErrs\n",
        b"Tcp: InErrs\n\n",
        b"Tcp: InErrs\nTcp: x\n",
        b"Tcp: InErrs Opens\nTcp: 1\n",
        b"Tcp: InErrs\nTcp: 1 2\n",
        b"Tcp: InErrs\nUdp: 1\n",
        b"Ip: InErrs\nIp: 1\n",
        b"Tcp InErrs Tcp 1",
        b"\xff\xfe\n\xff\xfe\n",
    ],
)
def test_what_are_no_tables_is_an_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"sought|invalid literal|belong"):
        parse_tables(text, NAMES)
