"""Tokens of scrapers and scripts: the file `tokens` in the data directory has their hashes."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.auth import secret_file
from monitor.auth.role import ROLES, Role
from monitor.auth.secret_file import Refused

NAME = "tokens"
# So that who finds one in a file knows what it is of.
MARK = "monitor_"
SECRET_BYTES = 32
TOKEN_NAME = re.compile(r"[A-Za-z0-9._@-]{1,64}", re.ASCII)
TOKEN_NAME_ALLOWED = "1 to 64 letters, digits and ._@-"

_DIGEST = re.compile("[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of one."""

    name: str
    role: Role
    digest: str


def make() -> str:
    """A new one."""
    return MARK + secrets.token_urlsafe(SECRET_BYTES)


def digest(text: str) -> str:
    """What it is known by: nobody guesses 256 random bits, so it needs neither salt nor scrypt."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read(path: Path) -> dict[str, Token]:
    """All of them, by name; none where there is no file. Raises Refused."""
    try:
        text = secret_file.read(path).decode()
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        raise Refused(f"{path} is not a file of tokens: it is no text") from None
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, _, rest = line.partition(":")
        role, _, known = rest.partition(":")
        if not (TOKEN_NAME.fullmatch(name) and role in ROLES and _DIGEST.fullmatch(known)):
            raise Refused(f"{path}, line {number}: no name, role and hash")
        found[name] = Token(name, ROLES[role], known)
    return found


def write(path: Path, tokens: Mapping[str, Token]) -> None:
    """Keep these. Raises OSError."""
    lines = (f"{one.name}:{one.role.word}:{one.digest}\n" for one in tokens.values())
    secret_file.write(path, "".join(lines).encode())
