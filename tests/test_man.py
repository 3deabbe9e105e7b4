"""The manual page is current, and is one."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from monitor import commands
from monitor.commands import surface
from monitor.config import OPTIONS
from tools import man

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "monitor.1"


def test_it_is_what_the_program_says() -> None:
    renew = "python -m tools.man > docs/monitor.1"
    assert PAGE.read_text(encoding="utf-8") == man.page(), f"renew it: {renew}"


def test_it_has_every_flag_variable_and_command() -> None:
    text = man.page().replace("\\-", "-")
    for option in OPTIONS:
        assert f"\\fB{option.flag}\\fR" in text and option.variable in text
    for command in commands.ALL:
        assert f".SS monitor {command.name}\n" in text
        assert all(name in text for name in surface.spellings(surface.of(command)))


@pytest.mark.skipif(shutil.which("man") is None, reason="needs man")
def test_man_shows_it_and_complains_of_nothing() -> None:
    done = subprocess.run(
        ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", PAGE],
        env={"PATH": "/usr/bin:/bin", "MANWIDTH": "80", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    shown = re.sub(".\b", "", done.stdout)  # bold is a letter over itself
    assert "--max-viewers-per-address" in shown and "EXIT STATUS" in shown


def test_text_is_taken_for_nothing_else() -> None:
    assert man.plain(".prom 'x' \\n --a") == "\\&.prom 'x' \\en \\-\\-a"
