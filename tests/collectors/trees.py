"""Made-up trees of /sys and /proc, each one text: `path: what it reads` or `path -> link` a line.

An attribute whose device does not answer is written `path: EIO`, and is a link to a file that
gives just that.
"""

from pathlib import Path

from tests.collectors.sources import FIXTURES

# Nothing is mapped at its beginning.
UNREADABLE = "/proc/self/mem"


def grow(shape: str, at: Path) -> Path:
    """The tree of tests/fixtures, below `at`."""
    return grow_text((FIXTURES / shape).read_text(encoding="utf-8"), at)


def grow_text(text: str, at: Path) -> Path:
    """The tree that the text describes, below `at`."""
    for line in text.splitlines():
        path, arrow, target = line.partition(" -> ")
        if not line or line.startswith("#"):
            continue
        if arrow:
            _place(at / path).symlink_to(target)
            continue
        path, _, value = line.partition(": ")
        if value == "EIO":
            _place(at / path).symlink_to(UNREADABLE)
        else:
            # A line may say that its text has a byte that is no UTF-8, or a newline.
            raw = value.encode("latin-1").decode("unicode_escape").encode("latin-1")
            _place(at / path).write_bytes(raw + b"\n")
    return at


def _place(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
