"""`python -m monitor passwd`: typed or piped, kept as a hash."""

import os
import pty
import subprocess
import sys
from pathlib import Path

from monitor.auth import accounts
from monitor.auth.role import Role

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-X", "dev", "-W", "error", "-m", "monitor", "passwd"]
WORD = "correct horse"


def run(directory: Path, *flags: str, said: str = f"{WORD}\n") -> tuple[int, str]:
    """The exit code, and what it says of what is wrong."""
    ended = subprocess.run(
        [*COMMAND, "--data-dir", str(directory), *flags],
        cwd=ROOT,
        input=said.encode(),
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert ended.stderr.count(b"\n") == (ended.returncode != 0)
    return ended.returncode, ended.stderr.decode()


def test_it_keeps_a_hash_of_what_is_piped_in(tmp_path: Path) -> None:
    assert run(tmp_path) == (0, "")
    path = tmp_path / "passwd"
    assert WORD not in path.read_text() and path.stat().st_mode & 0o777 == 0o600
    (one,) = accounts.read(path).values()
    assert (one.name, one.role) == ("admin", Role.ADMIN) and one.hash.fits(WORD)


def test_a_new_password_keeps_the_role_and_the_others(tmp_path: Path) -> None:
    path = tmp_path / "passwd"
    assert run(tmp_path)[0] == run(tmp_path, "--user", "eve", "--role", "viewer")[0] == 0
    assert run(tmp_path, "--user", "eve", said="another horse")[0] == 0
    found = accounts.read(path)
    assert {name: one.role for name, one in found.items()} == {
        "admin": Role.ADMIN,
        "eve": Role.VIEWER,
    }
    assert found["eve"].hash.fits("another horse") and found["admin"].hash.fits(WORD)
    assert run(tmp_path, "--user", "eve", "--delete")[0] == 0
    assert set(accounts.read(path)) == {"admin"}
    assert run(tmp_path, "--user", "eve", "--delete")[0] == 1


def test_a_wrong_flag_costs_one_line_and_exit_code_2(tmp_path: Path) -> None:
    for flags in (["--role", "root"], ["--user", "a:b"], ["--user", ""], ["--user", "a\nb"]):
        code, said = run(tmp_path, *flags)
        assert code == 2 and said.startswith("monitor: ")
    assert not (tmp_path / "passwd").exists()


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "passwd"
    assert run(tmp_path)[0] == 0
    path.chmod(0o644)
    code, said = run(tmp_path)
    assert (code, said) == (
        2,
        f"monitor: {path} can be read or written by others; do: chmod 600 {path}\n",
    )


def test_a_short_password_changes_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, said="short\n")[0] == run(tmp_path, said="")[0] == 1
    assert not (tmp_path / "passwd").exists()


def typed(directory: Path, *words: str) -> tuple[int, str]:
    """The exit code, and what stood on the terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "--data-dir", str(directory)],
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as child:
        os.close(theirs)
        shown = ""
        for prompt, word in zip(("New password for admin: ", "Again: "), words, strict=True):
            while prompt not in shown:
                shown += os.read(ours, 1024).decode()
            os.write(ours, f"{word}\n".encode())
        try:
            while piece := os.read(ours, 1024):
                shown += piece.decode()
        except OSError:  # EIO: the other end was closed
            pass
        child.wait(timeout=30)
    os.close(ours)
    return child.returncode, shown


def test_a_person_is_asked_twice_and_nothing_is_shown(tmp_path: Path) -> None:
    code, shown = typed(tmp_path, WORD, WORD)
    assert code == 0 and WORD not in shown
    assert accounts.read(tmp_path / "passwd")["admin"].hash.fits(WORD)
    code, shown = typed(tmp_path, "another horse", "another hearse")
    assert code == 1 and "not the same" in shown
    assert accounts.read(tmp_path / "passwd")["admin"].hash.fits(WORD)
