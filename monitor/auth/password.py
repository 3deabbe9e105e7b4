"""What is kept of a password: scrypt (RFC 7914), as OWASP's Password Storage Cheat Sheet has it."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass, field

# 2**14 blocks of 8 x 128 bytes, five times over: 16 MiB and 0.13 s of a core. Of OWASP's choices,
# which it calls equal, one that a service with a small MemoryMax= can afford twice at once.
LOG_N, BLOCK_SIZE, PARALLELISM = 14, 8, 5
SALT_BYTES, DIGEST_BYTES = 16, 32
# NIST SP 800-63B, 5.1.1.2. The longest is to bound what a stranger can have hashed.
SHORTEST, LONGEST = 8, 1024

_TEXT = re.compile(
    r"\$scrypt\$ln=([0-9]{1,2}),r=([0-9]{1,2}),p=([0-9]{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)"
)
# Whoever may write the file could otherwise have us take all memory: 2**20 blocks are a gigabyte.
_MOST_LOG_N, _MOST_BLOCK, _MOST_PARALLEL = 20, 8, 16


@dataclass(frozen=True, slots=True)
class Hash:
    """Of one password. It is slow on purpose, and lets other threads run meanwhile."""

    log_n: int
    r: int
    p: int
    salt: bytes = field(repr=False)
    digest: bytes = field(repr=False)

    def fits(self, password: str) -> bool:
        """Whether it is of this password. Takes as long where it is not."""
        return hmac.compare_digest(self.digest, _digest(password, self.salt, self))

    @property
    def text(self) -> str:
        """As in the file: the PHC string format."""
        numbers = f"ln={self.log_n},r={self.r},p={self.p}"
        return f"$scrypt${numbers}${_base64(self.salt)}${_base64(self.digest)}"


def of(password: str) -> Hash:
    """A new one, with a salt of its own."""
    salt = secrets.token_bytes(SALT_BYTES)
    empty = Hash(LOG_N, BLOCK_SIZE, PARALLELISM, salt, b"")
    return Hash(LOG_N, BLOCK_SIZE, PARALLELISM, salt, _digest(password, salt, empty))


def of_nobody() -> Hash:
    """One that no password fits, and that takes as long to find that out."""
    salt, digest = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(DIGEST_BYTES)
    return Hash(LOG_N, BLOCK_SIZE, PARALLELISM, salt, digest)


def parse(text: str) -> Hash:
    """From the file. Raises ValueError."""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ValueError("no hash of scrypt")
    log_n, r, p = (int(found[number]) for number in (1, 2, 3))
    if not (1 <= log_n <= _MOST_LOG_N and 1 <= r <= _MOST_BLOCK and 1 <= p <= _MOST_PARALLEL):
        raise ValueError("a hash that would take too much memory")
    try:
        return Hash(log_n, r, p, _bytes(found[4]), _bytes(found[5]))
    except binascii.Error:
        raise ValueError("no hash of scrypt") from None


def why_not(password: str) -> str | None:
    """What is the matter with a new password; None where it will do."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"a password has {SHORTEST} to {LONGEST} characters"
    return None


def _digest(password: str, salt: bytes, numbers: Hash) -> bytes:
    # Keyboards differ in how they make an é: NIST SP 800-63B, 5.1.1.2. What is no text has no
    # UTF-8, and is a password as any other.
    text = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    n, r, p = 1 << numbers.log_n, numbers.r, numbers.p
    need = 128 * r * (n + p + 2)
    return hashlib.scrypt(text, salt=salt, n=n, r=r, p=p, maxmem=need, dklen=DIGEST_BYTES)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
