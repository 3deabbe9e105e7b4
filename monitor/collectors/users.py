"""Who is logged in, since when, and from where."""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar, NamedTuple

import psutil

from monitor.collectors.collector import read_text
from monitor.collectors.sysfs import names, parse_number
from monitor.model.metric import COUNT, SECONDS, TEXT, Record, gauge, info, key, record
from monitor.model.sample import Unavailable

UTMP = Path("/run/utmp")
# systemd-logind's sessions, where distributions have given utmp up.
LOGIND = Path("/run/systemd/sessions")
# More than are shown; all of them are counted.
MAX_SESSIONS = 100
MICROSECONDS = 1e-6
_SESSION = re.compile("[A-Za-z0-9]+")


@record
class Users(Record):
    """How many are logged in (utmp(5), or logind's sessions where there is no utmp)."""

    FAMILY = "users"
    sessions: int | None = gauge(COUNT, "Sessions")
    users: int | None = gauge(COUNT, "Users, however many sessions they have")


@record
class Session(Record):
    """Each session of a user who is logged in."""

    FAMILY = "session"
    EXPORTED = False  # a series each would be kept of every session that there ever was
    session: str = key("Its terminal, or what the system calls it")
    user: str | None = info(TEXT, "The user's name")
    terminal: str | None = info(TEXT, "The terminal")
    host: str | None = info(TEXT, "Where the user comes from, as the program that let them in says")
    since: float | None = info(SECONDS, "When it began, in Unix time")


class Login(NamedTuple):
    """One session, before it has a key."""

    id: str
    user: str
    terminal: str | None
    host: str | None
    since: float | None


class UsersCollector:
    """psutil's users, which are utmp's; without utmp, what logind keeps."""

    name: ClassVar[str] = "users"
    records: ClassVar[tuple[type[Record], ...]] = (Users, Session)
    period: ClassVar[float] = 10.0

    def __init__(self, utmp: Path = UTMP, logind: Path = LOGIND) -> None:
        self._utmp = utmp
        self._logind = logind

    def collect(self) -> Iterable[Record]:
        logins = self._logins()
        yield Users(sessions=len(logins), users=len({login.user for login in logins}))
        yield from sessions_of(logins)

    def _logins(self) -> list[Login]:
        # psutil finds nobody in a utmp that is not there.
        if self._utmp.exists() or not sys.platform.startswith("linux"):
            return [
                Login(str(u.pid or u.started), u.name, u.terminal, u.host or None, u.started)
                for u in psutil.users()
            ]
        if self._logind.is_dir():
            return list(self._sessions())
        raise Unavailable("neither utmp nor systemd-logind keeps who is logged in")

    def _sessions(self) -> Iterator[Login]:
        for name in names(self._logind):
            if _SESSION.fullmatch(name) is None:
                continue  # a pipe that holds the session, or a file in the making
            try:
                login = parse_session(name, read_text(self._logind / name))
            except FileNotFoundError:
                continue  # ended since it was listed
            if login is not None:
                yield login


def parse_session(name: str, text: str) -> Login | None:
    """A session as logind keeps it: KEY=value a line. None where it is no user's.

    Its greeter and its manager of services are sessions to logind, and nobody's log-in; one that
    is closing is over. The file is private to logind, and says the same since its first version.
    """
    told = dict(line.split("=", 1) for line in text.split("\n") if "=" in line)
    of_user = told.get("CLASS", "user") in ("user", "user-early", "user-incomplete")
    if not of_user or told.get("STATE") == "closing" or not told.get("USER"):
        return None
    began = parse_number(told.get("REALTIME", ""))
    return Login(
        id=name,
        user=told["USER"],
        terminal=told.get("TTY") or told.get("DISPLAY") or None,
        host=told.get("REMOTE_HOST") or None,
        since=None if began is None else began * MICROSECONDS,
    )


def sessions_of(logins: Iterable[Login]) -> list[Session]:
    """Records of them, each under its terminal; two at one terminal have their number with it."""
    found: dict[str, Session] = {}
    for login in logins:
        place = login.terminal or login.id
        if place in found:
            place = f"{place} ({login.id})"
        found.setdefault(
            place,
            Session(
                session=place,
                user=login.user,
                terminal=login.terminal,
                host=login.host,
                since=login.since,
            ),
        )
    return list(found.values())[:MAX_SESSIONS]
