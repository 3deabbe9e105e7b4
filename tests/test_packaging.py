"""The wheel is the whole program: it runs from an empty virtual environment, anywhere."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

import monitor
from monitor import resources

ROOT = Path(__file__).parents[1]
# The two may have to fetch packages.
INSTALL_S = 300
START_S = 30
STOP_S = 10
VENDOR = ("uPlot.iife.min.js", "uPlot.min.css", "uPlot.LICENSE")
DEBRIS = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*")


def run(*command: str | Path, cwd: Path) -> None:
    """Bounded, and with nothing of this process's own environment to lean on."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment(),
        timeout=INSTALL_S,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


def environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MAKE", "MFLAGS", "MONITOR_", "PYTHON", "VIRTUAL_ENV"))
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy: a build leaves its debris in the tree."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("monitor", "packaging", "templates", "static"):
        shutil.copytree(ROOT / name, tree / name, ignore=DEBRIS)
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    (tree / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "monitor.1", tree / "docs")
    dist = tree / "dist"
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", dist, ".", cwd=tree)
    (built,) = dist.iterdir()
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a virtual environment that holds the wheel and what it asks for."""
    home = tmp_path_factory.mktemp("elsewhere")
    run(sys.executable, "-m", "venv", "venv", cwd=home)
    run(home / "venv/bin/python", "-m", "pip", "install", wheel, cwd=home)
    return home / "venv/bin/python"


@asynccontextmanager
async def running(*command: str | Path, cwd: Path) -> AsyncIterator[str]:
    """The address at which it says that it serves; stopped by SIGTERM at the end."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        env={**environment(), "HOME": str(cwd)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield await asyncio.wait_for(said_address(process.stdout), START_S)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), STOP_S) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def said_address(stdout: asyncio.StreamReader) -> str:
    async for line in stdout:
        if found := re.search(r"http://127\.0\.0\.1:\d+/", line.decode()):
            return found[0]
    pytest.fail("it ended and said no address")


def test_the_wheel_holds_every_file_and_nothing_else(wheel: Path) -> None:
    expected = {str(path.relative_to(ROOT)) for path in (ROOT / "monitor").rglob("*.py")}
    for name in ("packaging", "templates", "static"):
        files = [path for path in (ROOT / name).rglob("*") if path.is_file()]
        assert files
        expected |= {f"monitor/{path.relative_to(ROOT)}" for path in files}
    expected.add(f"monitor-{monitor.__version__}.data/data/share/man/man1/monitor.1")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == expected, "compare packages and package_data in setup.cfg"


def test_the_wheel_is_named_for_the_one_version(wheel: Path) -> None:
    assert wheel.name == f"monitor-{monitor.__version__}-py3-none-any.whl"


async def test_the_wheel_runs_from_an_empty_environment(python: Path, tmp_path: Path) -> None:
    styles = sorted((ROOT / "static" / "css").glob("*.css"))
    assert styles
    paths = ["", f"static/css/{styles[0].name}", *(f"static/vendor/{name}" for name in VENDOR)]
    async with (
        running(python, "-m", "monitor", "--port", "0", cwd=tmp_path) as address,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(START_S)) as session,
    ):
        for path in paths:
            async with session.get(address + path) as response:
                assert response.status == 200, path
                assert await response.read(), path


async def test_the_wheel_brings_a_command(python: Path, tmp_path: Path) -> None:
    async with running(python.with_name("monitor"), "--port", "0", cwd=tmp_path) as address:
        assert address


def test_the_command_says_its_version(python: Path, tmp_path: Path) -> None:
    said = subprocess.run(
        [python.with_name("monitor"), "--version"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=START_S,
        check=True,
    )
    assert said.stdout == f"monitor {monitor.__version__}\n"


def test_templates_and_static_files_are_found_in_a_wheel_and_in_a_checkout(tmp_path: Path) -> None:
    package = tmp_path / "monitor"
    package.mkdir()
    with pytest.raises(FileNotFoundError, match="static/ is missing"):
        resources.find("static", package)
    (tmp_path / "static").mkdir()
    assert resources.find("static", package) == tmp_path / "static"
    (package / "static").mkdir()
    assert resources.find("static", package) == package / "static"


def test_they_are_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert (resources.templates(), resources.static()) == (ROOT / "templates", ROOT / "static")


def test_the_lock_file_pins_by_hash_and_names_no_registry() -> None:
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(text)["packages"]
    assert "://" not in text
    assert packages["node_modules/uplot"]["version"] == "1.6.32"
    assert all(entry["integrity"].startswith("sha512-") for name, entry in packages.items() if name)


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A checkout on a fresh machine, as far as make can see."""
    for name in ("Makefile", "setup.cfg", "pyproject.toml", "package.json", "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copy(ROOT / ".npmrc", tmp_path)
    return tmp_path


def make(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments],
        cwd=cwd,
        env=environment(),
        timeout=START_S,
        capture_output=True,
        text=True,
        check=False,
    )


UNUSABLE = {
    "absent": (None, "monitor needs Python 3.11 or newer: there is no ./python"),
    "old": (
        'case "$*" in *version_info*) exit 1;; --version) echo Python 3.9.2;; esac',
        "monitor needs Python 3.11 or newer, and this is Python 3.9.2",
    ),
    "without venv": (
        'case "$*" in *ensurepip*) echo ModuleNotFoundError >&2; exit 1;; esac',
        "apt-get install python3-venv",
    ),
}


@pytest.mark.parametrize(("script", "says"), UNUSABLE.values(), ids=UNUSABLE)
def test_make_says_in_one_line_what_is_missing(script: str | None, says: str, bare: Path) -> None:
    if script is not None:
        (bare / "python").write_text(f"#!/bin/sh\n{script}\n")
        (bare / "python").chmod(0o755)
    done = make("run", "PYTHON=./python", cwd=bare)
    said, of_make = done.stderr.splitlines()
    assert says in said
    assert of_make.startswith("make: ***")
    assert (done.returncode, done.stdout, (bare / ".venv").exists()) == (2, "", False)


def test_what_was_installed_once_is_not_installed_again(bare: Path) -> None:
    for name in (".venv/.made", ".venv/.runtime", "static/vendor/uPlot.iife.min.js"):
        (bare / name).parent.mkdir(parents=True, exist_ok=True)
        (bare / name).touch()
    done = make("--dry-run", "run", "ARGS=--port 0", cwd=bare)
    assert done.stdout.splitlines() == ["exec .venv/bin/python -m monitor --port 0"]
