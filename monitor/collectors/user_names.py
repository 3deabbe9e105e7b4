"""Names of users: from /etc/passwd at once, from wherever else when they have come."""

import os
import pwd
from pathlib import Path

from monitor.collectors.collector import read_text
from monitor.collectors.errand import Errands

PASSWD = Path("/etc/passwd")


class UserNames:
    """A user's name by number; the number as text where nobody knows, or not yet.

    The name service may ask a directory somewhere else, which may not answer: that is an errand.
    """

    def __init__(self, passwd: Path = PASSWD) -> None:
        self._passwd = passwd
        self._read_of: tuple[int, int] | None = None
        self._names: dict[int, str] = {}
        self._elsewhere: Errands[int, str | None] = Errands("user names", _ask)

    def refresh(self) -> None:
        """Read the file again if it was changed, and take what has come."""
        try:
            status = os.stat(self._passwd)
            if self._read_of != (status.st_mtime_ns, status.st_ino):
                self._names = parse(read_text(self._passwd))
                self._read_of = (status.st_mtime_ns, status.st_ino)
        except OSError:
            self._names = {} if self._read_of is None else self._names
        for number, name in self._elsewhere.answers():
            self._names[number] = name or str(number)

    def name(self, number: int) -> str:
        """The name, or the number."""
        name = self._names.get(number)
        if name is None:
            self._elsewhere.send(number)
            return str(number)
        return name


def parse(text: str) -> dict[int, str]:
    """Names by number (passwd(5)); of two with one number the first. Other lines are left out."""
    names: dict[int, str] = {}
    for line in text.split("\n"):
        parts = line.split(":")
        if len(parts) >= 3 and parts[2].isdecimal():
            names.setdefault(int(parts[2]), parts[0])
    return names


def _ask(number: int) -> str | None:
    try:
        return pwd.getpwuid(number).pw_name
    except (KeyError, OverflowError, OSError):
        return None
