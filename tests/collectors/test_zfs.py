"""The cache of ZFS and its pools."""

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from monitor.collectors.zfs import Arc, ZfsCollector, parse_arcstats
from monitor.model.sample import Unavailable
from tests.collectors.exporter import compare, ours, theirs, with_exporter
from tests.collectors.sources import FIXTURES, figures, on_linux

ARCSTATS = FIXTURES / "zfs" / "arcstats"
HEAD = "13 1 0x01 1 272 1 2\nname                            type data\n"
# What node_exporter passes on and nobody asks for.
OTHERS = "node_zfs_arc_(arc_meta_used|deleted|hash_chain_max|mru_ghost_hits|prefetch_data_hits)"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    kstat = tmp_path / "spl/kstat/zfs"
    for pool, state in (("tank", "ONLINE\n"), ("back-up", "DEGRADED\n"), ("own", "SUSPENDED\n")):
        (kstat / pool).mkdir(parents=True)
        (kstat / pool / "state").write_text(state)
    (kstat / "half-gone").mkdir()
    shutil.copy(ARCSTATS, kstat)
    return tmp_path


def read(proc: Path) -> list[Any]:
    return list(ZfsCollector(proc / "spl/kstat/zfs").collect())


def test_the_cache_is_told_in_bytes_and_reads() -> None:
    arc = parse_arcstats(ARCSTATS.read_text(encoding="ascii"))
    assert (arc.size, arc.target) == (16106127360, 17179869184)
    assert (arc.minimum, arc.maximum) == (1051238144, 33639620608)
    assert (arc.hits, arc.misses, arc.accesses) == (900000, 100000, 1000000)
    assert (arc.l2_size, arc.l2_stored) == (8589934592, 6442450944)
    assert arc.throttled == 2**64 - 1


def test_the_share_of_hits_is_that_of_the_time_between_two_readings() -> None:
    before = parse_arcstats(f"{HEAD}hits 4 1000\nmisses 4 1000\n")
    now = parse_arcstats(f"{HEAD}hits 4 1090\nmisses 4 1010\n")
    shown = figures([before], [now])["arc"]
    assert (shown["hit_share"], shown["hits"]) == (pytest.approx(0.9), 90)
    assert "accesses" not in shown


def test_what_a_version_lacks_is_not_0() -> None:
    arc = parse_arcstats(f"{HEAD}hits 4 5\nsize 7 12\nc 4 x\nc_max 4 {2**65}\nmru_size 4\n")
    assert (arc.hits, arc.accesses) == (5, None)
    assert (arc.size, arc.target, arc.maximum, arc.recent_size) == (None, None, None, None)


@pytest.mark.parametrize("text", ["", "hits 4 5\n", "garbage\nnames\n"])
def test_what_is_no_kstat_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="arcstats reads"):
        parse_arcstats(text)


@on_linux
def test_each_pool_is_in_one_state(proc: Path) -> None:
    _, *pools = read(proc)
    assert {pool.zpool: pool.state for pool in pools} == {
        "back-up": "degraded",
        "own": "suspended",
        "tank": "online",
    }
    assert {pool.zpool for pool in pools if pool.healthy} == {"tank"}
    assert {pool.zpool for pool in pools if pool.degraded} == {"back-up"}
    assert {pool.zpool for pool in pools if pool.suspended} == {"own"}


@on_linux
def test_a_kernel_without_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="not loaded"):
        read(tmp_path)


def test_another_system_says_that_it_is_not_linux(
    proc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(Unavailable, match="Linux"):
        read(proc)


@on_linux
@with_exporter
def test_dashboards_find_what_node_exporter_gives_them(proc: Path) -> None:
    arcstats = proc / "spl/kstat/zfs/arcstats"
    lines = arcstats.read_text(encoding="ascii").splitlines(keepends=True)
    # One number below 0, and version 1.5 reads none of them.
    arcstats.write_text("".join(line for line in lines if "-" not in line))
    records = read(proc)
    assert isinstance(records[0], Arc)
    samples, types = ours(records)
    # It came with a later version.
    suspended = {p: v for p, v in samples.items() if ("state", "suspended") not in p[1]}
    compare((suspended, types), theirs(proc, "zfs"), OTHERS)
