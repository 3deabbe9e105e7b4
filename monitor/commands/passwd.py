"""`monitor passwd`: who may sign in, and by which password."""

import argparse
import getpass
import sys
from pathlib import Path

from monitor.commands.command import DONE, Command, failed
from monitor.config import Config, ConfigError, shown

ROLES = ("admin", "viewer")


def declare(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    parser.add_argument(
        "--user", metavar="NAME", default="admin", help="whose password it is; default admin"
    )
    parser.add_argument(
        "--role",
        metavar="ROLE",
        help="admin, or viewer, who sees no command lines, files and sockets;\n"
        "default as it was, else admin",
    )
    parser.add_argument("--delete", action="store_true", help="let this user sign in no more")


def run(found: argparse.Namespace, config: Config, now: float) -> int:
    """Ask for it, and keep its hash. Raises ConfigError."""
    from monitor.auth import accounts  # brings what hashes
    from monitor.auth.secret_file import Refused

    if not accounts.USER.fullmatch(found.user):
        raise ConfigError(
            f"user is {shown(found.user)} (flag --user); allowed: {accounts.USER_ALLOWED}"
        )
    if found.role not in (None, *ROLES):
        raise ConfigError(
            f"role is {shown(found.role)} (flag --role); allowed: one of {', '.join(ROLES)}"
        )
    path = config.data_dir / accounts.NAME
    try:
        return _delete(path, found.user) if found.delete else _set(path, found.user, found.role)
    except Refused as fault:
        raise ConfigError(str(fault)) from None
    except OSError as fault:
        return failed(f"cannot write {shown(str(path))}: {fault.strerror}")


def _set(path: Path, user: str, word: str | None) -> int:
    from monitor.auth import accounts, password
    from monitor.auth.role import ROLES as BY_WORD
    from monitor.auth.role import Role

    kept = accounts.read(path)
    before = kept.get(user)
    role = BY_WORD[word] if word else before.role if before else Role.ADMIN
    secret = _asked(user)
    if secret is None:
        return failed("the two are not the same; nothing was changed")
    why = password.why_not(secret)
    if why is not None:
        return failed(f"{why}; nothing was changed")
    accounts.write(path, {**kept, user: accounts.Account(user, role, password.of(secret))})
    print(f"{user} may sign in, as {role.word}: {path}")
    return DONE


def _delete(path: Path, user: str) -> int:
    from monitor.auth import accounts

    kept = accounts.read(path)
    if user not in kept:
        return failed(f"there is no user {user} in {shown(str(path))}")
    accounts.write(path, {name: one for name, one in kept.items() if name != user})
    print(f"{user} may sign in no more: {path}")
    return DONE


def _asked(user: str) -> str | None:
    """The password, from whoever sits there, or the first line of what comes in; None where the two
    that were typed differ."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass(f"New password for {user}: ")
    return first if getpass.getpass("Again: ") == first else None


COMMAND = Command(
    name="passwd",
    help="Set the password that the page and the API ask for.",
    settings=("data_dir", "config"),
    declare=declare,
    run=run,
)
