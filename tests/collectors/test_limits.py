"""Limits of the whole system, and how much is taken."""

import os
from pathlib import Path

import pytest

from monitor.collectors.limits import Limits, LimitsCollector, parse_limits, parse_threads
from monitor.model.sample import Unavailable
from tests.collectors.kernels import MODERN, OLDER, exported
from tests.collectors.sources import on_linux, only


@on_linux
def test_each_figure_is_in_its_place() -> None:
    assert only(LimitsCollector(OLDER).collect()) == Limits(
        open_files=1216,
        open_files_maximum=184912,
        open_files_share=1216 / 184912,
        threads=310,
        threads_maximum=14533,
        pids_maximum=32768,
        threads_share=310 / 14533,
    )


@on_linux
def test_process_numbers_may_end_before_threads_do_and_files_without_end_be_had() -> None:
    found = only(LimitsCollector(MODERN).collect())
    assert found.threads_share == 108 / 192727
    assert found.open_files_maximum == 2**63 - 1
    few = parse_limits(b"1 0 2\n", b"0 0 0 1/50 7\n", b"1000\n", b"100\n")
    assert few.threads_share == 0.5


def test_names_are_node_exporters() -> None:
    assert exported(Limits) == {
        "open_files": "node_filefd_allocated",
        "open_files_maximum": "node_filefd_maximum",
        "threads_maximum": "node_processes_max_threads",
        "pids_maximum": "node_processes_max_processes",
    }


def test_a_share_of_nothing_is_not_known() -> None:
    assert parse_limits(b"1 0 0\n", b"0 0 0 1/2 3\n", b"9\n", b"9\n").open_files_share is None


@pytest.mark.parametrize("text", [b"", b"0.1 0.2 0.3", b"0 0 0 12 1", b"0 0 0 1/x 1"])
def test_what_is_no_loadavg_is_an_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"reads|invalid literal"):
        parse_threads(text)


def test_what_is_no_file_nr_is_an_error() -> None:
    for text in (b"", b"1 2", b"1 2 3 4", b"a b c"):
        with pytest.raises(ValueError, match=r"unpack|invalid literal"):
            parse_limits(text, b"0 0 0 1/2 3\n", b"9\n", b"9\n")


@on_linux
def test_where_it_is_hidden_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="file-nr"):
        list(LimitsCollector(str(tmp_path)).collect())


@on_linux
def test_a_file_that_is_opened_shows() -> None:
    collector = LimitsCollector()
    # The kernel counts files by processor, in lots: only many show.
    before = only(collector.collect()).open_files
    opened = [os.open("/dev/null", os.O_RDONLY) for _ in range(500)]
    try:
        assert only(collector.collect()).open_files > before
    finally:
        for descriptor in opened:
            os.close(descriptor)
