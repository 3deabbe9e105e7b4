"""Interfaces in full: netlink says what /sys says, at a fraction of the cost."""

import errno
import os
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from monitor.clock import SystemClock
from monitor.collectors import net_class, rtnetlink, sysfs
from monitor.collectors.net_class import COUNTERS, NetClassCollector, counters_of, net_class_of
from monitor.collectors.rtnetlink import Link, parse_link, split
from monitor.model.sample import Unavailable
from tests.collectors import exporter
from tests.collectors.sources import LONG_S, by, known, on_linux

UP = net_class.IFF_UP
# A message of one interface: its head, then attributes of length, kind and value.
HEAD = struct.pack("=BxHiII", 0, 1, 7, UP | 0x2, 0)


def attribute(kind: int, value: bytes) -> bytes:
    length = 4 + len(value)
    return struct.pack("=HH", length, kind) + value + b"\0" * (-length % 4)


def link(flags: int = UP, **attributes: bytes) -> Link:
    return Link(1, 7, flags, {getattr(rtnetlink, name): v for name, v in attributes.items()})


def message(kind: int, body: bytes, flags: int = 0) -> bytes:
    return struct.pack("=IHHII", 16 + len(body), kind, flags, 1, 0) + body


def test_a_link_is_its_head_and_its_attributes() -> None:
    body = HEAD + attribute(rtnetlink.IFLA_IFNAME, b"x\xff\0") + attribute(33, b"\1")
    found = parse_link(body)
    assert (found.kind, found.number, found.flags) == (1, 7, UP | 0x2)
    assert found.text(rtnetlink.IFLA_IFNAME) == "x\udcff"
    assert (found.value(rtnetlink.IFLA_CARRIER), found.value(rtnetlink.IFLA_GROUP)) == (1, None)


@pytest.mark.parametrize("end", range(len(HEAD)))
def test_half_a_head_is_an_error(end: int) -> None:
    with pytest.raises(ValueError, match="an interface of"):
        parse_link(HEAD[:end])


def test_a_chunk_is_split_into_messages() -> None:
    chunk = message(16, b"abcde") + b"\0" * 3 + message(3, b"\0" * 4, rtnetlink.NLM_F_DUMP_INTR)
    assert list(split(chunk)) == [(16, 0, b"abcde"), (3, rtnetlink.NLM_F_DUMP_INTR, b"\0" * 4)]


@pytest.mark.parametrize("length", [0, 15, 21, 2**32 - 1])
def test_a_message_that_ends_elsewhere_is_an_error(length: int) -> None:
    chunk = struct.pack("=IHHII", length, 16, 0, 1, 0) + b"abcd"
    with pytest.raises(ValueError, match="netlink message"):
        list(split(chunk))


def test_the_kernel_s_refusal_is_raised() -> None:
    with pytest.raises(OSError, match="not permitted") as refused:
        list(split(message(2, struct.pack("=i", -errno.EPERM))))
    assert refused.value.errno == errno.EPERM


def test_interfaces_that_change_meanwhile_are_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = (3, 0, b"")
    answers = [
        [(16, 0, HEAD), (16, rtnetlink.NLM_F_DUMP_INTR, HEAD), done],
        [(16, 0, HEAD), done],
    ]
    monkeypatch.setattr(rtnetlink, "_ask", lambda: answers.pop(0))
    assert len(rtnetlink.links()) == 1
    assert not answers


def test_one_that_is_down_has_no_carrier() -> None:
    told: dict[str, Any] = {"IFLA_CARRIER": b"\0", "IFLA_OPERSTATE": b"\2"}
    down, up = link(flags=0x2, **told), link(**told)
    assert {"carrier", "dormant"} & known(net_class_of("x", down, {})) == set()
    found = net_class_of("x", up, {})
    assert (found.carrier, found.dormant, found.up, found.operstate) == (0, False, False, "down")


@pytest.mark.parametrize(("state", "up"), [(0, False), (5, False), (6, True), (9, None)])
def test_up_is_what_its_state_is(state: int, up: bool | None) -> None:
    assert net_class_of("x", link(IFLA_OPERSTATE=bytes((state,))), {}).up is up


def test_one_that_goes_through_no_other_goes_through_itself() -> None:
    assert net_class_of("x", link(), {}).link == 7
    assert net_class_of("x", link(IFLA_LINK=struct.pack("=i", 0)), {}).link == 0


def test_sums_are_those_of_proc_net_dev() -> None:
    told = {name: 1 << place for place, name in enumerate(COUNTERS)}
    found = counters_of(struct.pack(f"={len(COUNTERS)}Q", *told.values()))
    frame = ("rx_length_errors", "rx_over_errors", "rx_crc_errors", "rx_frame_errors")
    assert found["receive_frame"] == sum(told[name] for name in frame)
    assert found["receive_nohandler"] == told["rx_nohandler"]
    assert len(found) == 9


def test_what_an_older_kernel_does_not_count_is_not_known() -> None:
    assert counters_of(b"") == {}
    assert "receive_nohandler" not in counters_of(struct.pack("=23Q", *range(23)))


@on_linux
@pytest.mark.parametrize("refusal", [errno.EPERM, errno.EACCES, errno.EAFNOSUPPORT])
def test_a_sandbox_that_refuses_netlink_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, refusal: int
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(refusal, os.strerror(refusal))

    monkeypatch.setattr(socket, "socket", refuse)
    with pytest.raises(Unavailable, match="refused"):
        list(NetClassCollector().collect())


def test_another_system_says_that_it_is_not_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(Unavailable, match="Linux"):
        list(NetClassCollector().collect())


@on_linux
def test_what_lasts_is_read_once_and_again_when_something_happened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []

    def note(path: str) -> None:
        read.append(path)

    monkeypatch.setattr(sysfs, "read_line", note)
    changes = [b"\1\0\0\0", b"\1\0\0\0", b"\2\0\0\0"]
    found = [[link(IFLA_IFNAME=b"eth0\0", IFLA_CARRIER_CHANGES=value)] for value in changes]
    monkeypatch.setattr(rtnetlink, "links", lambda: found.pop(0))
    collector, counts = NetClassCollector(), []
    while found:
        list(collector.collect())
        counts.append(len(read))
    assert counts[0] == counts[1] > 0
    assert counts[2] == 2 * counts[0]


# What /sys has of an interface, by the field that it is; numbers may be hexadecimal there.
FILES = {
    "address": "address",
    "broadcast": "broadcast",
    "duplex": "duplex",
    "operstate": "operstate",
    "alias": "ifalias",
    "carrier": "carrier",
    "dormant": "dormant",
    "flags": "flags",
    "index": "ifindex",
    "link": "iflink",
    "link_mode": "link_mode",
    "group": "netdev_group",
    "type": "type",
    "address_assign_type": "addr_assign_type",
    "name_assign_type": "name_assign_type",
    "device_id": "dev_id",
    "transmit_queue_length": "tx_queue_len",
    "carrier_changes": "carrier_changes",
    "carrier_up_changes": "carrier_up_count",
    "carrier_down_changes": "carrier_down_count",
    "receive_nohandler": "statistics/rx_nohandler",
    "receive_multicast": "statistics/multicast",
    "transmit_colls": "statistics/collisions",
}


def check(class_net: Path) -> None:
    """That netlink says of every interface here what /sys says."""
    found = by("interface", NetClassCollector(class_net).collect())
    assert found.keys() == {path.name for path in class_net.iterdir() if path.is_dir()}
    for name, interface in found.items():
        for field, file in FILES.items():
            told = sysfs.read_line(f"{class_net}/{name}/{file}")
            value = getattr(interface, field)
            if isinstance(value, str) or told is None:
                assert (value or "") == (told or ""), (name, field)
            else:
                assert value == int(told, 0), (name, field)


def check_in_time(class_net: Path) -> None:
    """The same of interfaces that were just made: their state comes a moment after them."""
    clock = SystemClock()
    end = clock.monotonic() + LONG_S / 3
    while True:
        try:
            check(class_net)
        except AssertionError:
            if clock.monotonic() > end:
                raise
        else:
            return


@on_linux
def test_netlink_says_what_sys_says() -> None:
    try:
        check(Path("/sys/class/net"))
    except Unavailable as refused:
        pytest.skip(str(refused))


@on_linux
def test_all_names_are_node_exporter_s() -> None:
    try:
        samples, _ = exporter.ours(NetClassCollector().collect())
    except Unavailable as refused:
        pytest.skip(str(refused))
    (lo,) = (dict(p) for n, p in samples if n == "node_network_info" and ("device", "lo") in p)
    assert lo == {
        "device": "lo",
        "address": "00:00:00:00:00:00",
        "broadcast": "00:00:00:00:00:00",
        "operstate": "unknown",
        "adminstate": "up",
    }
    assert all(dict(pairs)["device"] for _, pairs in samples)


SEVERAL = """
import subprocess, sys
from pathlib import Path
for line in (
    "link add br0 type bridge", "link add v0 type veth peer name v1", "link set v0 master br0",
    "link set v0 up", "link set br0 up", "link set lo up", "link set v1 group 5 txqueuelen 77",
    "link set v1 alias <b>", "link set br0 promisc on", "link set v0 allmulticast on",
    "link set v1 mode dormant", "link add odd\\udcff type bridge",
):
    if subprocess.run(["ip", *line.split()], stderr=subprocess.DEVNULL).returncode:
        sys.exit(77)
if subprocess.run(["mount", "-t", "sysfs", "sysfs", sys.argv[1]]).returncode:
    sys.exit(77)
from tests.collectors.test_net_class import check_in_time
check_in_time(Path(sys.argv[1], "class", "net"))
subprocess.run(["ip", "link", "set", "v1", "up"], check=True)
check_in_time(Path(sys.argv[1], "class", "net"))
print("well")
"""


@on_linux
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="root makes interfaces")
@pytest.mark.skipif(not shutil.which("ip"), reason="this machine has no ip(8)")
def test_it_does_so_of_bridges_pairs_and_names_that_are_not_utf_8(tmp_path: Path) -> None:
    done = subprocess.run(
        ["unshare", "-n", "-m", sys.executable, "-c", SEVERAL, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=LONG_S,
        check=False,
    )
    if done.returncode == 77 or "unshare failed" in done.stderr:
        pytest.skip("this machine lets nobody make interfaces")
    assert (done.returncode, done.stdout) == (0, "well\n"), done.stderr
