"""`monitor token`: what scrapers and scripts say instead of a password."""

import argparse
from pathlib import Path

from monitor.commands.command import DONE, Command, failed
from monitor.config import Config, ConfigError, shown

ACTIONS = ("make", "list", "revoke")
ROLES = ("viewer", "admin")


def declare(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    parser.add_argument(
        "action",
        metavar="ACTION",
        help="make, which prints the token, once; list; or revoke",
    )
    parser.add_argument("name", metavar="NAME", nargs="?", help="what it is for")
    parser.add_argument(
        "--role",
        metavar="ROLE",
        default=ROLES[0],
        help="viewer, or admin, who also sees command lines and sockets; default viewer",
    )


def run(found: argparse.Namespace, config: Config, now: float) -> int:
    """Do that. Raises ConfigError."""
    from monitor.auth import tokens  # brings what hashes
    from monitor.auth.secret_file import Refused

    if found.action not in ACTIONS:
        raise ConfigError(f"action is {shown(found.action)}; allowed: one of {', '.join(ACTIONS)}")
    if found.role not in ROLES:
        raise ConfigError(
            f"role is {shown(found.role)} (flag --role); allowed: one of {', '.join(ROLES)}"
        )
    name = found.name or ""
    if found.action != "list" and not tokens.TOKEN_NAME.fullmatch(name):
        raise ConfigError(f"name is {shown(name)}; allowed: {tokens.TOKEN_NAME_ALLOWED}")
    path = config.data_dir / tokens.NAME
    try:
        if found.action == "make":
            return _make(path, name, found.role)
        return _list(path) if found.action == "list" else _revoke(path, name)
    except Refused as fault:
        raise ConfigError(str(fault)) from None
    except OSError as fault:
        return failed(f"cannot write {shown(str(path))}: {fault.strerror}")


def _make(path: Path, name: str, word: str) -> int:
    from monitor.auth import tokens
    from monitor.auth.role import ROLES as BY_WORD

    kept = tokens.read(path)
    if name in kept:
        return failed(f"there is a token {name} already; revoke it first")
    text = tokens.make()
    tokens.write(path, {**kept, name: tokens.Token(name, BY_WORD[word], tokens.digest(text))})
    # And nothing else: a script may take it from here.
    print(text)
    return DONE


def _list(path: Path) -> int:
    from monitor.auth import tokens

    for one in tokens.read(path).values():
        print(one.name, one.role.word)
    return DONE


def _revoke(path: Path, name: str) -> int:
    from monitor.auth import tokens

    kept = tokens.read(path)
    if name not in kept:
        return failed(f"there is no token {name} in {shown(str(path))}")
    tokens.write(path, {other: one for other, one in kept.items() if other != name})
    return DONE


COMMAND = Command(
    name="token",
    help="Make, list and revoke tokens that read /metrics and the API.",
    settings=("data_dir", "config"),
    declare=declare,
    run=run,
)
