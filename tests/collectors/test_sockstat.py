"""Sockets by protocol; pages are bytes as well."""

import resource
from pathlib import Path

import pytest

from monitor.collectors.sockstat import Sockstat, SockstatCollector, parse_sockstat
from monitor.collectors.tcp import Tcp
from tests.collectors.kernels import MODERN, OLDER, exported, shown
from tests.collectors.sources import known, on_linux, only


@on_linux
def test_each_figure_is_in_its_place() -> None:
    page = resource.getpagesize()
    assert shown(only(SockstatCollector(MODERN).collect())) == {
        "node_sockstat_sockets_used": 15,
        "node_sockstat_TCP_inuse": 4,
        "node_sockstat_TCP_alloc": 6,
        "node_sockstat_TCP_mem": 80,
        "node_sockstat_TCP_mem_bytes": 80 * page,
        "node_sockstat_UDP_inuse": 3,
        "node_sockstat_UDP_mem": 512,
        "node_sockstat_UDP_mem_bytes": 512 * page,
        "node_sockstat_UDPLITE_inuse": 1,
        "node_sockstat_RAW_inuse": 5,
        "node_sockstat_FRAG_inuse": 7,
        "node_sockstat_FRAG_memory": 8192,
        "node_sockstat_TCP6_inuse": 9,
        "node_sockstat_UDP6_inuse": 8,
        "node_sockstat_UDPLITE6_inuse": 10,
        "node_sockstat_RAW6_inuse": 11,
        "node_sockstat_FRAG6_inuse": 12,
        "node_sockstat_FRAG6_memory": 4096,
    }


@on_linux
def test_a_kernel_without_ipv6_has_the_rest() -> None:
    found = only(SockstatCollector(OLDER).collect())
    assert known(found) == {name for name in exported(Sockstat) if "6" not in name}


def test_what_tcp_has_is_not_here_too() -> None:
    assert not set(exported(Sockstat).values()) & set(exported(Tcp).values())
    assert "node_sockstat_TCP_tw" in exported(Tcp).values()


@pytest.mark.parametrize("content", [b"", b"garbage", b"TCP: inuse", b"TCP: inuse x", b"X: a 1"])
def test_what_is_no_sockstat_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"reads|invalid literal|shorter"):
        parse_sockstat(content)


@on_linux
def test_nothing_of_this_kernels_files_is_left_out() -> None:
    names = set(exported(Sockstat).values()) | set(exported(Tcp).values())
    net = Path("/proc/net")
    for name in ("sockstat", "sockstat6"):
        # A kernel may do without IPv6.
        lines = (net / name).read_text(encoding="ascii") if (net / name).exists() else ""
        for line in lines.splitlines():
            protocol, *words = line.split()
            for title in words[::2]:
                assert f"node_sockstat_{protocol[:-1]}_{title}" in names
