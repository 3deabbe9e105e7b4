"""Connections that are followed: columns by their names, summed over processors."""

from pathlib import Path

import pytest

from monitor.collectors.conntrack import Conntrack, ConntrackCollector, parse_conntrack
from monitor.model.sample import Unavailable
from tests.collectors.kernels import MODERN, OLDER, exported
from tests.collectors.sources import known, on_linux, only


@on_linux
def test_what_each_processor_counted_is_summed() -> None:
    assert only(ConntrackCollector(MODERN).collect()) == Conntrack(
        entries=17,
        limit=262144,
        found=0x11,
        invalid=0x22,
        ignore=0,
        insert=0x33,
        insert_failed=0x44,
        drop=0x55,
        early_drop=0x66,
        search_restart=0x77,
    )


@on_linux
def test_older_kernels_have_other_columns() -> None:
    found = only(ConntrackCollector(OLDER).collect())
    assert found.found == 0x02E6786A
    assert found.insert == 0x000B900B
    assert found.search_restart is None  # it came with Linux 3.0
    assert found.limit is None


@on_linux
def test_a_kernel_that_counts_nothing_still_has_entries(tmp_path: Path) -> None:
    netfilter = tmp_path / "sys/net/netfilter"
    netfilter.mkdir(parents=True)
    (netfilter / "nf_conntrack_count").write_text("5\n", encoding="ascii")
    assert known(only(ConntrackCollector(str(tmp_path)).collect())) == {"entries"}


@on_linux
def test_where_nothing_is_followed_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="nf_conntrack_count"):
        list(ConntrackCollector(str(tmp_path)).collect())


def test_names_are_node_exporters() -> None:
    names = exported(Conntrack)
    assert (names.pop("entries"), names.pop("limit")) == (
        "node_nf_conntrack_entries",
        "node_nf_conntrack_entries_limit",
    )
    assert names == {field: f"node_nf_conntrack_stat_{field}" for field in names}


@pytest.mark.parametrize(
    "content",
    [b"\n", b"found\n", b"found drop\n01\n", b"found\nxyz\n", b"garbage\n01\n", b"found\n01 02\n"],
)
def test_what_is_no_such_table_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"reads|invalid literal|zip"):
        parse_conntrack(content)
