"""Neighbours are counted by the interface at the end of their line."""

from pathlib import Path

import pytest

from monitor.collectors.arp import Arp, ArpCollector, parse_arp
from tests.collectors.kernels import MODERN, text
from tests.collectors.sources import by, on_linux

HEADING = b"IP address       HW type     Flags       HW address            Mask     Device\n"
ENTRY = b"192.0.2.1        0x1         0x2         02:00:5e:00:00:05     *        %s\n"


def test_those_that_are_only_sought_count_too() -> None:
    assert parse_arp(text(MODERN, "net/arp")) == [
        Arp(device="eth0", entries=2),
        Arp(device="br-5f", entries=1),
    ]


def test_an_empty_table_is_no_failure() -> None:
    assert parse_arp(HEADING) == []


@pytest.mark.parametrize("device", ["eth\udcff", "<img>", "__proto__", "e,h'\""])
def test_an_interface_may_be_called_anything(device: str) -> None:
    line = ENTRY % device.encode("utf-8", "surrogateescape")
    assert parse_arp(HEADING + line) == [Arp(device=device, entries=1)]


@pytest.mark.parametrize("content", [b"\n", b"garbage\n", ENTRY])
def test_what_is_no_arp_table_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match="reads"):
        parse_arp(content)


@on_linux
def test_it_is_what_the_kernel_says() -> None:
    lines = Path("/proc/net/arp").read_text(encoding="utf-8").splitlines()[1:]
    found = by("device", ArpCollector().collect())
    assert sum(one.entries for one in found.values()) == len(lines)
