"""Who has a password: the file `passwd` in the data directory, and a secret handed over."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.auth import password, secret_file
from monitor.auth.password import Hash
from monitor.auth.role import ROLES, Role
from monitor.auth.secret_file import Refused

NAME = "passwd"
# Whose the password is that is handed over, and `monitor passwd` without --user.
FIRST = "admin"
USER = re.compile(r"[A-Za-z0-9._@-]{1,64}", re.ASCII)
USER_ALLOWED = "1 to 64 letters, digits and ._@-"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in."""

    name: str
    role: Role
    hash: Hash


Accounts = Mapping[str, Account]


def read(path: Path) -> dict[str, Account]:
    """Those of the file `passwd`; none where there is no such file. Raises Refused."""
    try:
        text = secret_file.read(path).decode()
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        raise Refused(f"{path} is not a file of passwords: it is no text") from None
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                one = _account(line)
            except ValueError as fault:
                raise Refused(f"{path}, line {number}: {fault}") from None
            found[one.name] = one
    return found


def write(path: Path, accounts: Accounts) -> None:
    """Keep these. Raises OSError."""
    lines = (f"{one.name}:{one.role.word}:{one.hash.text}\n" for one in accounts.values())
    secret_file.write(path, "".join(lines).encode())


def handed_over(path: Path) -> Account:
    """The one whose password is all that is in this file, but for a line end. Raises Refused."""
    try:
        text = secret_file.read(path).decode()
    except FileNotFoundError:
        raise Refused(f"cannot read {path}: No such file or directory") from None
    except UnicodeDecodeError:
        raise Refused(f"{path}: the password is not UTF-8") from None
    word = text.removesuffix("\n").removesuffix("\r")
    why = password.why_not(word)
    if why is not None:
        raise Refused(f"{path}: {why}")
    return Account(FIRST, Role.ADMIN, password.of(word))


def _account(line: str) -> Account:
    name, _, rest = line.strip().partition(":")
    word, _, hash_ = rest.partition(":")
    if not USER.fullmatch(name) or word not in ROLES:
        raise ValueError("no name, role and hash")
    return Account(name, ROLES[word], password.parse(hash_))
