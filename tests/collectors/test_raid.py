"""Arrays: whole or not, and how far what goes on has come."""

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from monitor.collectors.raid import RaidCollector, parse_mdstat
from monitor.model.sample import Unavailable
from tests.collectors.exporter import compare, ours, theirs, with_exporter
from tests.collectors.sources import FIXTURES, by, on_linux

MANY = FIXTURES / "raid" / "many"
KIB = 1024


@pytest.fixture
def arrays() -> dict[str, Any]:
    return by("device", parse_mdstat(MANY.read_text(encoding="ascii")))


def disks(array: Any) -> tuple[int | None, ...]:
    return (array.disks_required, array.disks_active, array.disks_failed, array.disks_spare)


def test_every_array_is_told_in_its_order(arrays: dict[str, Any]) -> None:
    assert list(arrays) == [*(f"md{n}" for n in range(9)), "md127", "md126", "md_d9"]


def test_a_whole_array_has_all_its_disks(arrays: dict[str, Any]) -> None:
    whole = arrays["md0"]
    assert (whole.level, whole.state, whole.degraded) == ("raid1", "active", False)
    assert disks(whole) == (2, 2, 0, 0)
    assert whole.size == whole.synced == 523712 * KIB
    assert whole.sync_share is None


def test_an_array_that_lacks_disks_is_degraded(arrays: dict[str, Any]) -> None:
    assert (arrays["md1"].degraded, disks(arrays["md1"])) == (True, (2, 1, 1, 0))
    assert {name for name, array in arrays.items() if array.degraded} == {"md1", "md2"}


def test_a_recovery_says_how_far_it_is(arrays: dict[str, Any]) -> None:
    filling = arrays["md2"]
    assert (filling.state, filling.is_recovering, filling.is_active) == ("recovery", True, False)
    assert (filling.sync_share, filling.sync_left) == (0.125, pytest.approx(142.3 * 60))
    assert filling.sync_speed == 200123 * KIB
    assert filling.synced == 244172928 * KIB
    assert disks(filling) == (3, 2, 0, 1)


@pytest.mark.parametrize(
    ("device", "state", "flag"),
    [
        ("md0", "active", "is_active"),
        ("md4", "inactive", "is_inactive"),
        ("md5", "check", "is_checking"),
        ("md7", "resync", "is_resyncing"),
        ("md8", "resync", "is_resyncing"),
        ("md126", "reshape", "is_active"),
    ],
)
def test_each_array_is_in_one_state(
    arrays: dict[str, Any], device: str, state: str, flag: str
) -> None:
    flags = ("is_active", "is_inactive", "is_recovering", "is_resyncing", "is_checking")
    assert arrays[device].state == state
    assert [name for name in flags if getattr(arrays[device], name)] == [flag]


@pytest.mark.parametrize("device", ["md6", "md8"])
def test_what_waits_has_yet_to_begin(arrays: dict[str, Any], device: str) -> None:
    assert (arrays[device].synced, arrays[device].sync_share) == (0, None)


def test_of_an_array_that_does_not_run_little_is_known(arrays: dict[str, Any]) -> None:
    still = arrays["md4"]
    assert (still.level, still.degraded, still.synced) == (None, None, None)
    assert disks(still) == (None, 0, 0, 1)


def test_arrays_without_redundancy_are_never_degraded(arrays: dict[str, Any]) -> None:
    for device in ("md3", "md_d9"):
        assert (arrays[device].degraded, disks(arrays[device])) == (False, (2, 2, 0, 0))


def test_a_level_that_is_read_only_is_still_its_level(arrays: dict[str, Any]) -> None:
    assert (arrays["md6"].level, arrays["md7"].level) == ("raid1", "raid6")


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "\n",
        "\nmd0",
        "\nmd0 :",
        "\nmd0 : active",
        "\nmd0 : active raid1\n      nonsense [2/x] [UU]\n",
        "\nmd0 : active raid1 sda[0]\n      1 blocks [0/0] [U]\n  resync =  0% (0/0) finish=min\n",
        "\nmd0 : active raid1 \udcff[0]\n      \u0661 blocks\n",
    ],
)
def test_what_is_cut_short_is_not_made_up(rest: str) -> None:
    for array in parse_mdstat(f"Personalities : [raid1]{rest}"):
        assert not array.degraded
        assert array.sync_share is None


@pytest.mark.parametrize("text", ["", "\n", "md0 : active raid1", "garbage"])
def test_what_is_no_mdstat_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="mdstat reads"):
        parse_mdstat(text)


@on_linux
def test_a_kernel_without_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="not loaded"):
        list(RaidCollector(tmp_path / "mdstat").collect())


@on_linux
def test_a_machine_without_arrays_says_so(tmp_path: Path) -> None:
    (tmp_path / "mdstat").write_text("Personalities : \nunused devices: <none>\n")
    with pytest.raises(Unavailable, match="no RAID arrays"):
        list(RaidCollector(tmp_path / "mdstat").collect())


def test_another_system_says_that_it_is_not_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(Unavailable, match="Linux"):
        list(RaidCollector().collect())


@on_linux
@with_exporter
def test_dashboards_find_what_node_exporter_gives_them(tmp_path: Path) -> None:
    shutil.copy(MANY, tmp_path / "mdstat")
    samples, types = theirs(tmp_path, "mdadm")
    # It takes what nobody knows of an array that does not run for 0 and for all, and knows no
    # reshape.
    unknown = {
        ("node_md_disks_required", "md4"),
        ("node_md_disks_required", "md127"),
        ("node_md_blocks_synced", "md4"),
        ("node_md_blocks_synced", "md127"),
        ("node_md_blocks_synced", "md126"),
    }
    kept = {p: v for p, v in samples.items() if (p[0], dict(p[1]).get("device")) not in unknown}
    found, found_types = ours(RaidCollector(tmp_path / "mdstat").collect())
    reshape = ("node_md_blocks_synced", frozenset({("device", "md126")}))
    assert found.pop(reshape) == 104856
    compare((found, found_types), (kept, types))
