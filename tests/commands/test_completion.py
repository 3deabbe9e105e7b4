"""`monitor completion`: the shells themselves say what they would offer."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from monitor import commands
from monitor.commands import shells, surface
from monitor.commands.command import Command
from monitor.config import OPTIONS

ROOT = Path(__file__).parents[2]
BASH = shutil.which("bash")
# As bash calls it: with the words, split at = too, and the last two of them.
ASK = """\
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 ))
_monitor monitor "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


def test_it_is_printed_for_each_shell() -> None:
    for shell in ("bash", "zsh", "fish"):
        done = subprocess.run(
            [sys.executable, "-m", "monitor", "completion", shell],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert done.stdout == getattr(shells, shell)()


def test_of_another_shell_nothing_is_known() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "completion", "tcsh"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "bash" in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bash") / "monitor"
    path.write_text(shells.bash(), encoding="utf-8")
    return path


def offered(script: Path, *words: str, cwd: Path = ROOT) -> list[str]:
    """What bash would offer for the last of these words, which is being typed."""
    assert BASH, "apt-get install bash"
    done = subprocess.run(
        [BASH, "--norc", "-c", ASK, "ask", script, "monitor", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.split("\n")[:-1] if done.stdout.strip() else []


def test_bash_offers_commands_and_flags(script: Path) -> None:
    assert set(offered(script, "")) >= {*commands.BY_NAME, *(o.flag for o in OPTIONS)}
    assert offered(script, "--log-l") == ["--log-level"]
    assert offered(script, "exp") == ["export"]


@pytest.mark.parametrize("command", commands.ALL, ids=lambda command: command.name)
def test_bash_offers_the_flags_of_a_command_and_no_others(script: Path, command: Command) -> None:
    assert set(offered(script, command.name, "--")) == set(surface.spellings(surface.of(command)))


def test_bash_offers_the_words_that_a_flag_may_have(script: Path) -> None:
    assert offered(script, "--log-level", "w") == ["warning"]
    assert offered(script, "--log-format", "=") == ["text", "json"]
    assert offered(script, "--log-format", "=", "j") == ["json"]
    assert offered(script, "install-service", "--log-level", "e") == ["error"]
    assert offered(script, "completion", "z") == ["zsh"]
    assert offered(script, "--port", "") == []


def test_bash_offers_files_and_directories(script: Path, tmp_path: Path) -> None:
    (tmp_path / "of ours.toml").touch()
    (tmp_path / "of").mkdir()
    assert sorted(offered(script, "--config", "of", cwd=tmp_path)) == ["of", "of ours.toml"]
    assert offered(script, "--data-dir", "of", cwd=tmp_path) == ["of"]
    assert offered(script, "export", "-o", "of ", cwd=tmp_path) == ["of ours.toml"]


@pytest.mark.parametrize(("shell", "check"), [("bash", "-n"), ("zsh", "-n"), ("fish", "-n")])
def test_each_shell_understands_what_is_for_it(shell: str, check: str, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell}")
    path = tmp_path / "_monitor"
    path.write_text(getattr(shells, shell)(), encoding="utf-8")
    done = subprocess.run(
        [program, check, path], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(shutil.which("fish") is None, reason="there is no fish")
def test_fish_offers_them_too(tmp_path: Path) -> None:
    path = tmp_path / "monitor.fish"
    path.write_text(shells.fish(), encoding="utf-8")

    def asked(line: str) -> list[str]:
        done = subprocess.run(
            ["fish", "--no-config", "-c", f"source {path}; complete -C '{line}'"],
            env={**os.environ, "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return [each.partition("\t")[0] for each in done.stdout.splitlines()]

    assert asked("monitor exp") == ["export"]
    assert asked("monitor --log-lev") == ["--log-level"]
    assert asked("monitor --log-level w") == ["warning"]
    assert "--metric" in asked("monitor export --m")
    assert asked("monitor completion z") == ["zsh"]
