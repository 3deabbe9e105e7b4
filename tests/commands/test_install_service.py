"""`monitor install-service`: the unit is one that systemd takes, guarded and not blinded."""

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.commands import install_service
from monitor.commands.install_service import unit, unreachable, word

ROOT = Path(__file__).parents[2]
UNIT = (ROOT / "packaging" / "monitor.service").read_text(encoding="utf-8")
# systemd's own mark, from 0 (guarded) to 10.
MOST_EXPOSED = 2.0
root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def run(*argv: str) -> subprocess.CompletedProcess[str]:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("MONITOR_")}
    return subprocess.run(
        [sys.executable, "-m", "monitor", "install-service", *argv],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def analyze(*argv: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    assert program, "apt-get install systemd"
    return subprocess.run(
        [program, *argv, "--no-pager"], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def printed(tmp_path: Path) -> Path:
    """What it prints, as a file with a unit's name."""
    path = tmp_path / "monitor.service"
    path.write_text(run("--port", "9051").stdout, encoding="utf-8")
    return path


def settings(text: str) -> dict[str, list[str]]:
    """What the unit sets; comments set nothing."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


def test_systemd_has_nothing_to_say_against_it(printed: Path) -> None:
    done = analyze("verify", str(printed))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_systemd_has_something_to_say_against_a_broken_one(printed: Path) -> None:
    printed.write_text(printed.read_text(encoding="utf-8") + "Nonsense=yes\n", encoding="utf-8")
    assert "Nonsense" in analyze("verify", str(printed)).stderr


def exposure(path: Path) -> float:
    done = analyze("security", "--offline=true", str(path))
    said = re.search(r"exposure level for monitor\.service: ([\d.]+)", done.stdout)
    assert said, done.stdout + done.stderr
    return float(said[1])


def test_it_is_guarded(printed: Path) -> None:
    assert exposure(printed) <= MOST_EXPOSED


def test_an_unguarded_one_is_told_from_it(printed: Path) -> None:
    text = printed.read_text(encoding="utf-8")
    printed.write_text(re.sub(r"(?m)^(Protect|Private|Restrict|System).*\n", "", text))
    assert exposure(printed) > MOST_EXPOSED


def test_it_sees_what_it_is_to_show() -> None:
    found = settings(UNIT)
    blinding = {"ProtectProc", "ProcSubset", "PrivateUsers", "PrivateNetwork", "ProtectClock"}
    assert not blinding & found.keys()
    assert found["ProtectHome"] == ["read-only"]
    # Each that is left out is named, with the reason.
    for name in blinding:
        assert re.search(rf"^# .*\b{name}\b", UNIT, re.MULTILINE), name


def test_it_says_when_it_is_ready_and_gives_up_on_wrong_settings() -> None:
    found = settings(UNIT)
    assert found["Type"] == ["notify"]
    assert found["RestartPreventExitStatus"] == ["2 78"]
    assert found["Restart"] == ["on-failure"]
    assert {"WatchdogSec", "DynamicUser", "StateDirectory", "MemoryMax"} <= found.keys()


def test_it_starts_this_installation_with_the_flags_that_were_given(tmp_path: Path) -> None:
    config = tmp_path / "50% $x" / "monitor.toml"
    config.parent.mkdir()
    config.touch()
    relative = os.path.relpath(config, ROOT)
    done = run("--port=9051", "--allowed-host=a", "--allowed-host=b", "--config", relative)
    (start,) = settings(done.stdout)["ExecStart"]
    words = shlex.split(start.replace("%%", "%").replace("$$", "$"))
    assert words[:4] == [sys.executable, "-I", "-m", "monitor"]
    assert {"--port=9051", "--allowed-host=a", "--allowed-host=b"} < set(words)
    (path,) = (w.partition("=")[2] for w in words if w.startswith("--config="))
    assert os.path.isabs(path) and os.path.samefile(path, config)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a", "a"),
        ("a b", '"a b"'),
        ("50%", "50%%"),
        ("$HOME", "$$HOME"),
        ('"', '"\\""'),
        ("a\\b", "a\\\\b"),
        ("a\nExecStartPre=/bin/sh", "a\\nExecStartPre=/bin/sh"),
    ],
)
def test_a_word_stays_one_whatever_is_in_it(text: str, written: str) -> None:
    assert word(text) == written


def test_wrong_flags_are_not_installed() -> None:
    done = run("--port", "99999")
    assert (done.returncode, done.stdout) == (2, "")


def test_what_the_services_user_cannot_read_is_named(tmp_path: Path) -> None:
    hidden = tmp_path / "root" / "venv"
    hidden.mkdir(parents=True)
    hidden.parent.chmod(0o700)
    assert hidden.parent in unreachable([hidden / "python"])
    hidden.parent.chmod(0o755)
    assert hidden.parent not in unreachable([hidden / "python"])


def write(path: Path, *, force: bool = False) -> int:
    return install_service.write(path, unit(["/bin/true"]), force=force)


@root
def test_it_is_written_and_the_next_commands_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "monitor.service"
    assert write(path) == 0
    assert path.read_text(encoding="utf-8") == unit(["/bin/true"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    said = capsys.readouterr().out
    assert str(path) in said and "systemctl daemon-reload" in said
    assert write(path) == 0, "the same again is no change"
    assert [p.name for p in tmp_path.iterdir()] == ["monitor.service"]


@root
def test_a_file_that_was_changed_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "monitor.service"
    path.write_text("mine", encoding="utf-8")
    assert write(path) == 1
    assert "--force" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == "mine"
    assert write(path, force=True) == 0
    assert path.read_text(encoding="utf-8") == unit(["/bin/true"])
    assert path.with_suffix(".service.old").read_text(encoding="utf-8") == "mine"


def test_without_root_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert write(tmp_path / "monitor.service") == 1
    assert "root" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@root
def test_a_place_that_cannot_be_written_costs_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert write(tmp_path / "absent" / "monitor.service") == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
