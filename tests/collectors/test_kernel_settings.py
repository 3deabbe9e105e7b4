"""Small files of the kernel: entropy, hung tasks, SELinux."""

from pathlib import Path

import pytest

from monitor.collectors.entropy import Entropy, EntropyCollector
from monitor.collectors.kernel_hung import KernelHung, KernelHungCollector
from monitor.collectors.selinux import Selinux, SelinuxCollector, is_enabled
from monitor.model.sample import Unavailable
from tests.collectors.kernels import MODERN, OLDER, exported, text
from tests.collectors.sources import on_linux, only

pytestmark = on_linux


def test_random_bits_are_counted() -> None:
    assert only(EntropyCollector(OLDER).collect()) == Entropy(available=3412, pool_size=4096)
    assert only(EntropyCollector(MODERN).collect()) == Entropy(available=256, pool_size=256)


def test_without_a_pool_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="entropy_avail"):
        list(EntropyCollector(str(tmp_path)).collect())


def test_a_size_that_is_not_told_is_not_known(tmp_path: Path) -> None:
    random = tmp_path / "sys/kernel/random"
    random.mkdir(parents=True)
    (random / "entropy_avail").write_text("5\n", encoding="ascii")
    assert only(EntropyCollector(str(tmp_path)).collect()) == Entropy(available=5, pool_size=None)


def test_this_kernels_pool_is_what_it_says() -> None:
    size = Path("/proc/sys/kernel/random/poolsize").read_text(encoding="ascii")
    found = only(EntropyCollector().collect())
    assert found.pool_size == int(size)
    assert 0 <= found.available <= found.pool_size


def test_hung_tasks_are_counted() -> None:
    assert only(KernelHungCollector(MODERN).collect()) == KernelHung(tasks=2)
    assert exported(KernelHung) == {"tasks": "node_kernel_hung_tasks"}


def test_a_kernel_that_does_not_look_for_them_says_so_and_not_0() -> None:
    with pytest.raises(Unavailable, match="hung_task_detect_count"):
        list(KernelHungCollector(OLDER).collect())


def test_selinux_is_there_where_its_file_system_is() -> None:
    assert is_enabled(text(MODERN, "filesystems"))
    assert not is_enabled(text(OLDER, "filesystems"))
    assert not is_enabled(b"nodev\tselinuxfs2\n")


@pytest.mark.parametrize(("told", "enforcing"), [("1", True), ("0", False), (None, None)])
def test_selinux_may_only_tell(tmp_path: Path, told: str | None, enforcing: bool | None) -> None:
    if told is not None:
        (tmp_path / "enforce").write_text(told, encoding="ascii")
    found = only(SelinuxCollector(MODERN, str(tmp_path)).collect())
    assert found == Selinux(enabled=True, enforcing=enforcing)


def test_where_it_is_off_there_is_no_mode(tmp_path: Path) -> None:
    (tmp_path / "enforce").write_text("1", encoding="ascii")
    found = only(SelinuxCollector(OLDER, str(tmp_path)).collect())
    assert found == Selinux(enabled=False, enforcing=None)


def test_a_proc_without_file_systems_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="filesystems"):
        list(SelinuxCollector(str(tmp_path)).collect())
