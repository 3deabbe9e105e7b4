"""Autobahn|Testsuite: installs it beside the project, runs it, reads what it found.

It is a program of Python 2.7, which nobody ships any more; pyenv still builds one.
"""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.conformance.report import GROUPS, Case

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".cache" / "autobahn"
ENV = HOME / "env"
WSTEST = ENV / "bin" / "wstest"
LOG = HOME / "log"
VERSION = "25.10.1"
PYTHON = "2.7.18"
# The last one that runs on Python 2.7.
VIRTUALENV = "virtualenv==20.15.1"
# Where there is no Python 2.7 yet, it is compiled.
BUILD_S = 1200
RUN_S = 300


class Missing(Exception):
    """The suite cannot be had. Its text is one line that says why."""


def install() -> None:
    """See to it that WSTEST is there. Raises Missing."""
    if _runs(WSTEST, "--autobahnversion"):
        return
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    python, tools = _python(), HOME / "tools"
    pip = ("-m", "pip", "--disable-pip-version-check", "install")
    _do(f"no {VIRTUALENV}", python, *pip, "--target", tools, VIRTUALENV)
    _do("no environment", python, "-m", "virtualenv", ENV, path=tools)
    _do("no suite", ENV / "bin" / "python", *pip, f"autobahntestsuite=={VERSION}")


def _python() -> Path | str:
    """A Python 2.7 that works: one that is there, or one that pyenv builds."""
    if _runs("python2.7", "-c", "import ssl"):
        return "python2.7"
    pyenv = shutil.which("pyenv")
    if pyenv is None:
        raise Missing("there is no Python 2.7, and no pyenv to build it")
    _do(f"pyenv builds no Python {PYTHON}", pyenv, "install", "--skip-existing", PYTHON)
    found = subprocess.run([pyenv, "prefix", PYTHON], capture_output=True, text=True, check=True)
    return Path(found.stdout.strip(), "bin", "python2.7")


def _runs(*command: str | Path) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, env=_environment(), check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0


def _do(fault: str, *command: str | Path, path: Path | None = None) -> None:
    env = _environment() | ({"PYTHONPATH": str(path)} if path is not None else {})
    with LOG.open("ab") as log:
        try:
            done = subprocess.run(
                command, stdout=log, stderr=log, env=env, timeout=BUILD_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise Missing(f"{fault} within {BUILD_S} s ({LOG})") from None
    if done.returncode:
        raise Missing(f"{fault} ({LOG})")


def _environment() -> dict[str, str]:
    # pyenv's python2.7 is a name for whichever version is chosen.
    return {**os.environ, "PYENV_VERSION": PYTHON}


async def run(addresses: Mapping[str, str]) -> dict[str, list[Case]]:
    """What each of these servers, by name, made of each case. Raises Missing where it broke off."""
    out = HOME / "reports"
    shutil.rmtree(out, ignore_errors=True)
    spec = HOME / "spec.json"
    spec.write_text(json.dumps(_spec(addresses, out)), encoding="utf-8")
    with LOG.open("ab") as log:
        suite = await asyncio.create_subprocess_exec(
            WSTEST, "--mode", "fuzzingclient", "--spec", spec, stdout=log, stderr=log
        )
        try:
            code = await asyncio.wait_for(suite.wait(), RUN_S)
        except TimeoutError:
            raise Missing(f"it was not done within {RUN_S} s ({LOG})") from None
        finally:
            if suite.returncode is None:
                suite.kill()
                await suite.wait()
    index = out / "index.json"
    if code or not index.exists():
        raise Missing(f"it ended with {code} ({LOG})")
    return _read(index, addresses)


def _spec(addresses: Mapping[str, str], out: Path) -> dict[str, object]:
    return {
        "outdir": str(out),
        "servers": [{"agent": name, "url": url} for name, url in addresses.items()],
        "cases": [f"{group}.*" for group in GROUPS],
        "exclude-cases": [],
        "exclude-agent-cases": {},
    }


def _read(index: Path, names: Sequence[str] | Mapping[str, str]) -> dict[str, list[Case]]:
    found = json.loads(index.read_text(encoding="utf-8"))
    return {
        name: [
            Case(number, told["behavior"], told["behaviorClose"], _words(index, told))
            for number, told in found[name].items()
        ]
        for name in names
    }


def _words(index: Path, told: Mapping[str, str]) -> str:
    """The first line of what the case does."""
    case = json.loads((index.parent / told["reportfile"]).read_text(encoding="utf-8"))
    return str(case["description"]).strip().partition("\n")[0].partition("<br>")[0]
