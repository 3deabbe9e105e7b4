"""Builds the wheel and the sdist of a commit into dist/: the same bytes, wherever and whenever.

What is built is the commit and not the working tree, with the commit's own time in the archives
(SOURCE_DATE_EPOCH, reproducible-builds.org), by the one version of setuptools that
requirements/build.txt names. uPlot, which is not in git, is what package-lock.json names.
"""

import argparse
import gzip
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = "requirements/build.txt"
BUILDER = ROOT / ".cache" / "build"
HOOKS = "import sys; from setuptools.build_meta import *; {0}(sys.argv[1])"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--commit", default="HEAD")
    found = parser.parse_args()
    for built in build(found.commit, found.out):
        print(built)
    return 0


def build(commit: str, out: Path) -> list[Path]:
    """The two files. Raises CalledProcessError."""
    epoch = int(git("log", "-1", "--format=%ct", commit))
    python = builder()
    with tempfile.TemporaryDirectory() as place:
        tree, made = Path(place, "tree"), Path(place, "made")
        export(commit, tree)
        # Modes of files are in a wheel too, and depend on the builder's umask.
        for path in sorted(tree.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        for hook in ("build_sdist", "build_wheel"):
            subprocess.run(
                [python, "-I", "-c", HOOKS.format(hook), made],
                cwd=tree,
                env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)},
                stdout=subprocess.DEVNULL,
                umask=0o022,
                check=True,
            )
        out.mkdir(parents=True, exist_ok=True)
        return [deliver(path, out, epoch) for path in sorted(made.iterdir())]


def git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def builder() -> Path:
    """The interpreter that builds, with what the lock file names and nothing else."""
    python, stamp = BUILDER / "bin" / "python", BUILDER / "lock"
    wanted = (ROOT / LOCK).read_bytes()
    if not stamp.exists() or stamp.read_bytes() != wanted:
        venv.create(BUILDER, clear=True, with_pip=True)
        pip: list[str | Path] = [
            python,
            "-m",
            "pip",
            "-qq",
            "--disable-pip-version-check",
            "install",
        ]
        subprocess.run(
            [*pip, "--require-hashes", "--only-binary=:all:", "-r", ROOT / LOCK], check=True
        )
        stamp.write_bytes(wanted)
    return python


def export(commit: str, tree: Path) -> None:
    """The commit's files, and uPlot's."""
    archive = subprocess.run(
        ["git", "archive", "--format=zip", commit], cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    with zipfile.ZipFile(io.BytesIO(archive.stdout)) as files:
        files.extractall(tree)
    vendor = ROOT / "static" / "vendor"
    if not (vendor / "uPlot.iife.min.js").exists():
        sys.exit("static/vendor is empty: make static/vendor/uPlot.iife.min.js")
    shutil.copytree(vendor, tree / "static" / "vendor", dirs_exist_ok=True)


def deliver(path: Path, out: Path, epoch: int) -> Path:
    """The built file in `out`; of an sdist, which tells of its builder, what does not."""
    there = out / path.name
    if path.name.endswith(".tar.gz"):
        there.write_bytes(settled(path.read_bytes(), epoch))
    else:
        shutil.copy(path, there)
    return there


def settled(sdist: bytes, epoch: int) -> bytes:
    """The same archive in order of names, of one time, and of nobody's."""
    written = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(sdist)) as given,
        gzip.GzipFile(fileobj=written, mode="wb", filename="", mtime=epoch) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        for member in sorted(given.getmembers(), key=lambda one: one.name):
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.mtime = epoch
            member.pax_headers = {}
            tar.addfile(member, given.extractfile(member) if member.isfile() else None)
    return written.getvalue()


if __name__ == "__main__":
    sys.exit(main())
