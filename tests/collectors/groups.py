"""Made-up trees of control groups, and what /proc/self/mountinfo says of them."""

from pathlib import Path

from tests.collectors.trees import grow, grow_text

VERSION_1 = ("cpu,cpuacct", "memory", "pids", "blkio", "systemd")


def unified(at: Path, shape: str = "") -> Path:
    """A machine with version 2 below `at`/cgroup; what it has as its /proc/self."""
    return _machine(at, shape, at / "cgroup", [f"30 1 0:26 / {at}/cgroup rw - cgroup2 cgroup2 rw"])


def separate(at: Path, shape: str = "") -> Path:
    """One with a tree for each controller of version 1, and version 2 beside them."""
    lines = [f"30 1 0:26 / {at}/unified rw - cgroup2 cgroup2 rw"]
    for number, name in enumerate(VERSION_1, 31):
        options = "name=systemd" if name == "systemd" else name
        lines.append(f"{number} 1 0:{number} / {at}/{name} rw - cgroup cgroup rw,{options}")
    return _machine(at, shape, at, lines)


def _machine(at: Path, shape: str, root: Path, mounts: list[str]) -> Path:
    if shape:
        grow(shape, root)
    proc = at / "proc"
    proc.mkdir(parents=True)
    (proc / "mountinfo").write_text("\n".join(mounts) + "\n")
    return proc


def group(root: Path, path: str, **files: str) -> Path:
    """One group more, or other texts in one that is there; "_" in a name stands for "."."""
    texts = files or {"cpu_stat": "usage_usec 1"}
    grow_text("".join(f"{path}/{n.replace('_', '.')}: {t}\n" for n, t in texts.items()), root)
    return root / path
