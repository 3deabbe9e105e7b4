"""Beside Debian's node_exporter: the same names, types, labels and, between two reads, values."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.collectors.exporter import Page
from tests.collectors.sources import on_linux
from tests.prometheus.servers import (
    eventually,
    monitor,
    node_exporter,
    scrape,
    with_node_exporter,
)

pytestmark = [on_linux, with_node_exporter]

Labels = frozenset[tuple[str, str]]

DISKS = r"^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$"
MOUNTS = "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)"
# The choices of node_exporter's authors, where Debian has others; and the collectors that the
# dashboard wants beside those that are on by default.
FLAGS = (
    f"--collector.diskstats.device-exclude={DISKS}",
    f"--collector.filesystem.mount-points-exclude={MOUNTS}",
    "--collector.netdev.device-exclude=^$",
    "--collector.netclass.ignore-invalid-speed",
    "--collector.interrupts",
    "--collector.processes",
    "--collector.tcpstat",
)

# Names that it exports and the monitor does not, and why.
NOT_OURS = {
    "go_.*": "of the Go runtime",
    "promhttp_.*": "of its own HTTP server",
    "node_exporter_build_info": "of its own build; the monitor's is monitor_monitor_info",
    "node_processes_threads_state": "takes the file of every thread to be read",
    "node_time_zone_offset_seconds": "is a matter of how the program was started",
}
# Labels that Debian's version does not have yet.
NEWER_LABELS = {"node_disk_info": {"rotational"}, "node_network_info": {"adminstate"}}
# The collectors are other ones, and have other names.
OTHER_LABELS = {"node_scrape_collector_duration_seconds", "node_scrape_collector_success"}
# Those that never counted are left out: on a large machine that is most of them.
SPARSE_LABELS = {"node_interrupts_total"}
# Things that come and go from one moment to the next.
PASSING_LABELS = {"node_processes_state", "node_tcp_connection_states"}
# Each says these of itself.
OWN_VALUES = re.compile("process_.*|node_scrape_collector_.*")
# By how much a gauge may be out of what was read before and after, as other programs run.
MEMORY_SLACK_BYTES = 1 << 30
SLACK = {
    r"node_memory_.*_bytes": MEMORY_SLACK_BYTES,
    r"node_filesystem_(avail|free)_bytes": MEMORY_SLACK_BYTES,
    r"node_filesystem_files_free": 10_000,
    r"node_load\d+": 0.5,
    r"node_procs_.*|node_processes_.*": 500,
    r"node_sockstat_.*|node_netstat_Tcp_CurrEstab": 500,
    r"node_tcp_connection_states": 1 << 24,  # bytes that wait are among them
    r"node_filefd_allocated": 10_000,
    r"node_nf_conntrack_entries": 500,
    r"node_disk_io_now|node_udp_queues|node_softnet_backlog_len": 500,
    r"node_arp_entries": 10,
    r"node_cpu_(scaling_)?frequency_hertz|node_hwmon_.*|node_thermal_.*": float("inf"),
    r"node_timex_.*|node_entropy_available_bits": 1e9,
}


class Reading(NamedTuple):
    """What node_exporter says before and after, and what the monitor says in between."""

    before: Page
    ours: Page
    after: Page

    def names(self) -> Iterator[str]:
        """Those that both are meant to have."""
        for name in sorted({name for name, _ in self.before[0]}):
            if not any(re.fullmatch(pattern, name) for pattern in NOT_OURS):
                yield name


def ticks(page: Page) -> float:
    return page[0]["monitor_monitor_ticks", frozenset()]


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    at, files = tmp_path_factory.mktemp("beside"), tmp_path_factory.mktemp("textfiles")
    (files / "own.prom").write_text('# TYPE own gauge\nown{a="b"} 1\n')
    (files / "broken.prom").write_text("broken")
    theirs = node_exporter(at, *FLAGS, f"--collector.textfile.directory={files}")
    own = monitor(at, "--interval", "0.25", "--textfile-dir", str(files))
    with theirs as their_address, own as own_address:
        scrape(own_address)
        before = scrape(their_address)
        seen = ticks(scrape(own_address))

        def later() -> Page | None:
            # The tick after the next began after `before` was read; each process is looked at
            # once a second.
            page = scrape(own_address)
            return page if ticks(page) >= seen + 8 else None

        ours = eventually(later, "the tick after the next")
        return Reading(before, ours, scrape(their_address))


def labels(page: Page, name: str) -> set[Labels]:
    newer = NEWER_LABELS.get(name, set())
    return {
        frozenset(pair for pair in pairs if pair[0] not in newer)
        for found, pairs in page[0]
        if found == name
    }


def test_every_name_is_delivered(reading: Reading) -> None:
    ours = {name for name, _ in reading.ours[0]}
    assert len(ours) > 200
    assert not set(reading.names()) - ours


def test_what_is_said_to_be_missing_is_missing(reading: Reading) -> None:
    ours = {name for name, _ in reading.ours[0]}
    theirs = {name for name, _ in reading.before[0]}
    for pattern in NOT_OURS:
        assert not [name for name in ours if re.fullmatch(pattern, name)]
        assert [name for name in theirs if re.fullmatch(pattern, name)], "and it is there at all"


def test_every_type_is_the_same(reading: Reading) -> None:
    wanted = {name: kind for name, kind in reading.before[1].items() if name in reading.names()}
    assert {name: reading.ours[1].get(name) for name in wanted} == wanted


def test_every_set_of_labels_is_the_same(reading: Reading) -> None:
    wrong = {}
    for name in reading.names():
        if name in OTHER_LABELS | PASSING_LABELS | SPARSE_LABELS:
            continue
        before, after = labels(reading.before, name), labels(reading.after, name)
        found = labels(reading.ours, name)
        if not before & after <= found <= before | after:
            wrong[name] = (before ^ found, after ^ found)
    assert not wrong


def test_what_is_left_out_is_0(reading: Reading) -> None:
    for name in SPARSE_LABELS:
        found, theirs = labels(reading.ours, name), labels(reading.before, name)
        assert found and found <= theirs | labels(reading.after, name)
        left_out = theirs - found
        assert {reading.before[0][name, pairs] for pairs in left_out} <= {0}


def test_labels_have_the_same_names(reading: Reading) -> None:
    for name in OTHER_LABELS | PASSING_LABELS:
        theirs = {tuple(sorted(dict(pairs))) for pairs in labels(reading.before, name)}
        assert {tuple(sorted(dict(pairs))) for pairs in labels(reading.ours, name)} == theirs, name


def slack(name: str) -> float:
    return next((by for pattern, by in SLACK.items() if re.fullmatch(pattern, name)), 0.0)


def test_every_value_is_between_what_was_read_before_and_after(reading: Reading) -> None:
    wrong, compared = {}, 0
    for place, before in reading.before[0].items():
        name = place[0]
        if place not in reading.ours[0] or place not in reading.after[0]:
            continue
        if OWN_VALUES.fullmatch(name):
            continue
        ours, after = reading.ours[0][place], reading.after[0][place]
        compared += 1
        low, high = min(before, after), max(before, after)
        # A double holds that many digits, and either has calculated with them.
        near = 1e-9 * abs(high) + (0 if is_counter(reading, name) else slack(name))
        if not low - near <= ours <= high + near:
            wrong[name, tuple(sorted(place[1]))] = (before, ours, after)
    assert not wrong
    assert compared > 400


def is_counter(reading: Reading, name: str) -> bool:
    return reading.before[1].get(name) == "counter"
