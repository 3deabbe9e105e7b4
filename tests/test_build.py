"""What is built is the commit's, to the byte; what it is made with is locked by hash."""

import configparser
import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.support.installed import needed
from tools import build

ROOT = Path(__file__).parents[1]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
BUILD_S = 300
# aiohttp brings eleven packages (ten from Python 3.13 on), aiohttp-jinja2 two, psutil none.
AT_RUN_TIME = {
    *("aiohttp", "aiohappyeyeballs", "aiosignal", "attrs", "frozenlist", "idna", "multidict"),
    *("propcache", "typing-extensions", "yarl", "aiohttp-jinja2", "jinja2", "markupsafe", "psutil"),
}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(path: Path) -> dict[str, str]:
    """The version of each package that a lock file names."""
    text = path.read_text(encoding="utf-8")
    return {canonical(n): v for n, v in re.findall(r"^([\w.-]+)==([^ ;\\]+)", text, re.MULTILINE)}


def test_no_package_is_needed_that_was_not_thought_of() -> None:
    assert {canonical(name) for name in needed()} <= AT_RUN_TIME


def test_every_package_of_a_lock_has_hashes_and_no_address() -> None:
    assert [path.name for path in LOCKS] == ["audit.txt", "build.txt", "dev.txt"]
    for path in LOCKS:
        text = path.read_text(encoding="utf-8")
        assert "://" not in text
        entries = re.split(r"(?m)^(?=[\w])", text)[1:]
        assert entries
        assert all("--hash=sha256:" in entry for entry in entries), path


def test_the_lock_has_all_that_the_settings_ask_for() -> None:
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    asked = settings["options"]["install_requires"]
    for extra in ("test", "gpu"):
        asked += "\n" + settings["options.extras_require"][extra]
    names = {canonical(name) for name in re.findall(r"^([\w-]+)", asked, re.MULTILINE)}
    assert names <= pins(ROOT / "requirements" / "dev.txt").keys()


def test_the_builder_is_the_one_that_is_locked() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        (required,) = tomllib.load(file)["build-system"]["requires"]
    name, _, version = required.partition("==")
    assert pins(ROOT / build.LOCK) == {name: version}


def built(out: Path, *, umask: int, zone: str) -> dict[str, str]:
    """The sum of each file that a builder makes who lives like this."""
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "build.py", "--out", out],
        cwd=out.parent,
        env={**os.environ, "TZ": zone},
        umask=umask,
        capture_output=True,
        text=True,
        timeout=BUILD_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in out.iterdir()}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if subprocess.run(["git", "rev-parse"], cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("not a checkout")
    out = tmp_path_factory.mktemp("built") / "dist"
    built(out, umask=0o022, zone="UTC")
    return out


def test_a_commit_is_built_to_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    first = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in dist.iterdir()}
    assert built(tmp_path / "dist", umask=0o077, zone="Asia/Tokyo") == first
    assert sorted(name.rpartition(".")[2] for name in first) == ["gz", "whl"]


def test_the_sdist_is_enough_to_build_the_wheel(dist: Path, tmp_path: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    (wheel,) = dist.glob("*.whl")
    with tarfile.open(sdist) as tar:
        for member in tar.getmembers():
            if member.isfile():
                place = tmp_path / member.name
                place.parent.mkdir(parents=True, exist_ok=True)
                content = tar.extractfile(member)
                assert content is not None
                place.write_bytes(content.read())
    (tree,) = tmp_path.iterdir()
    subprocess.run(
        [build.builder(), "-I", "-c", build.HOOKS.format("build_wheel"), tmp_path / "made"],
        cwd=tree,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=BUILD_S,
    )
    (again,) = (tmp_path / "made").iterdir()
    assert names(again) == names(wheel)
    assert "monitor/static/vendor/uPlot.iife.min.js" in names(wheel)


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def an_sdist(*, mtime: int, uid: int) -> bytes:
    """As setuptools makes it, which writes down who built it and when."""
    raw = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=raw, mode="wb", mtime=mtime) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name in ("b", "a") if uid else ("a", "b"):
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.uid, member.uname = 1, mtime, uid, f"user{uid}"
            tar.addfile(member, io.BytesIO(b"x"))
    return raw.getvalue()


def test_what_differs_by_builder_is_settled() -> None:
    mine, yours = an_sdist(mtime=1_000_000_000, uid=0), an_sdist(mtime=1_100_000_000, uid=1000)
    assert mine != yours
    assert build.settled(mine, 1) == build.settled(yours, 1) != build.settled(mine, 2)


@pytest.mark.parametrize(("packages", "scripts"), [(0, 0), (1, 0), (0, 1)])
def test_an_audit_fails_where_either_half_does(packages: int, scripts: int, tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    programs = tmp_path / ".cache" / "audit" / "bin"
    programs.mkdir(parents=True)
    # Without --strict, pip-audit says that all is well of what it could not ask about.
    pip_audit = f'case "$*" in *--strict*requirements/dev.txt) exit {packages};; esac'
    for name, script in (("pip-audit", pip_audit), ("npm", f"exit {scripts}")):
        (programs / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    (programs.parent / ".made").touch()
    done = subprocess.run(
        ["make", "audit"],
        cwd=tmp_path,
        env={"PATH": f"{programs}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode == 0) == (packages == scripts == 0), done.stderr
    assert not (tmp_path / ".venv").exists(), "to look for faults is to install nothing"
