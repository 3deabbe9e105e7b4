"""Who is logged in: by utmp, or by logind where there is no utmp."""

import shutil
import sys
from collections import namedtuple
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor.collectors import users
from monitor.collectors.users import Login, Session, UsersCollector, parse_session, sessions_of
from monitor.model.sample import Unavailable
from tests.collectors.sources import FIXTURES, on_linux

NOWHERE = Path("/nowhere")
SAMPLES = FIXTURES / "users"
User = namedtuple("User", "name terminal host started pid")


def logged_in(patch: pytest.MonkeyPatch, *found: User) -> None:
    patch.setattr(psutil, "users", lambda: list(found))


def read(utmp: Path, logind: Path = NOWHERE) -> list[Any]:
    return list(UsersCollector(utmp, logind).collect())


@pytest.fixture
def utmp(tmp_path: Path) -> Path:
    path = tmp_path / "utmp"
    path.touch()
    return path


def test_each_session_says_who_and_since_when_and_from_where(
    monkeypatch: pytest.MonkeyPatch, utmp: Path
) -> None:
    logged_in(
        monkeypatch,
        User("ada", "pts/0", "192.0.2.7", 1763850000.0, 11),
        User("ada", "pts/1", "", 1763850001.0, 12),
        User("b\udcff<b>", "tty1", None, 1763850002.0, 13),
    )
    counted, *sessions = read(utmp)
    assert (counted.sessions, counted.users) == (3, 2)
    assert sessions[0] == Session(
        session="pts/0", user="ada", terminal="pts/0", host="192.0.2.7", since=1763850000.0
    )
    assert [(s.session, s.host) for s in sessions[1:]] == [("pts/1", None), ("tty1", None)]
    assert sessions[2].user == "b\udcff<b>"


def test_nobody_is_0(monkeypatch: pytest.MonkeyPatch, utmp: Path) -> None:
    logged_in(monkeypatch)
    (counted,) = read(utmp)
    assert (counted.sessions, counted.users) == (0, 0)


@on_linux
def test_without_utmp_it_is_what_logind_keeps(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    logged_in(monkeypatch, User("nobody", "tty9", "", 1.0, 1))
    kept = shutil.copytree(SAMPLES, tmp_path / "sessions")
    (kept / "5.ref").write_text("USER=pipe\n")
    (kept / ".#5abcd").write_text("USER=half\n")
    counted, *sessions = read(NOWHERE, kept)
    assert (counted.sessions, counted.users) == (2, 2)
    assert {s.session: (s.user, s.host, s.since) for s in sessions} == {
        ":0": ("bob", None, None),
        "pts/0": ("ada", "192.0.2.7", pytest.approx(1763850000.5)),
    }


@on_linux
def test_without_either_it_is_not_known() -> None:
    with pytest.raises(Unavailable, match="neither utmp"):
        read(NOWHERE)


def test_another_system_needs_no_utmp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    logged_in(monkeypatch, User("ada", "console", None, 5.0, None))
    counted, session = read(NOWHERE)
    assert (counted.sessions, session.session) == (1, "console")


@pytest.mark.parametrize("name", ["greeter", "closing"])
def test_what_is_nobody_s_log_in_is_left_out(name: str) -> None:
    assert parse_session(name, (SAMPLES / name).read_text(encoding="ascii")) is None


@pytest.mark.parametrize(
    "text",
    ["", "USER=", "garbage", "=x\n==", "UID=0\nCLASS=user", "USER=ada\nCLASS=manager", "\udcff"],
)
def test_what_is_no_session_is_none(text: str) -> None:
    assert parse_session("1", text) is None


def test_a_time_that_is_no_number_is_not_known() -> None:
    login: Any = parse_session("1", "USER=ada\nREALTIME=soon\n")
    assert (login.since, login.terminal, login.id) == (None, None, "1")


def test_two_at_one_terminal_are_two() -> None:
    twice = [Login("7", "ada", "pts/0", None, None), Login("8", "bob", "pts/0", None, None)]
    nowhere = [Login("9", "eve", None, None, None)]
    assert {s.session: s.user for s in sessions_of([*twice, *nowhere])} == {
        "pts/0": "ada",
        "pts/0 (8)": "bob",
        "9": "eve",
    }


def test_of_a_crowd_all_are_counted_and_some_are_shown(
    monkeypatch: pytest.MonkeyPatch, utmp: Path
) -> None:
    monkeypatch.setattr(users, "MAX_SESSIONS", 2)
    logged_in(monkeypatch, *(User("ada", f"pts/{n}", "", 1.0, n) for n in range(1, 6)))
    counted, *sessions = read(utmp)
    assert counted.sessions == 5
    assert len(sessions) == 2
