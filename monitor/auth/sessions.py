"""Who is signed in: sessions in memory, found by the hash of a secret that only the browser has."""

import hashlib
import secrets
from collections.abc import Callable

from monitor.auth.accounts import Account
from monitor.clock import Clock

SECRET_BYTES = 32
# Without a request, and in all: seconds.
IDLE_S = 12 * 3600.0
LIFETIME_S = 7 * 24 * 3600.0
# The one that was idle longest goes, where there are more.
MAX_SESSIONS = 1000

End = Callable[[], object]


class Session:
    """One browser that somebody has signed in with. Times are monotonic seconds."""

    __slots__ = ("_ends", "account", "began", "key", "open", "used")

    def __init__(self, account: Account, key: bytes, now: float) -> None:
        self.account = account
        self.key = key
        self.began = self.used = now
        self.open = True
        self._ends: list[End] = []

    def expired(self, now: float) -> bool:
        """Whether it has been idle for too long, or is too old."""
        return now - self.used >= IDLE_S or now - self.began >= LIFETIME_S

    def tell(self, end: End) -> None:
        """Call `end` when it is over; at once where it is."""
        if self.open:
            self._ends.append(end)
        else:
            end()

    def forget(self, end: End) -> None:
        """Do not: what was to end has ended."""
        if end in self._ends:
            self._ends.remove(end)

    def close(self) -> None:
        """It is over."""
        self.open = False
        ends, self._ends = self._ends, []
        for end in ends:
            end()


class Sessions:
    """All of them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sessions: dict[bytes, Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def begin(self, account: Account) -> str:
        """A new session; the secret that its browser is to keep."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        if len(self._sessions) >= MAX_SESSIONS:
            self.end(min(self._sessions.values(), key=lambda one: one.used))
        key = _key(secret)
        self._sessions[key] = Session(account, key, self._clock.monotonic())
        return secret

    def find(self, secret: str) -> Session | None:
        """The session of this secret, used now; None where there is none."""
        session = self._sessions.get(_key(secret))
        if session is None:
            return None
        now = self._clock.monotonic()
        if session.expired(now):
            self.end(session)
            return None
        session.used = now
        return session

    def end(self, session: Session) -> None:
        """Signed out, or as good as."""
        self._sessions.pop(session.key, None)
        session.close()

    def sweep(self, stands: Callable[[Account], bool]) -> None:
        """End those that are over, and those whose account stands no more as it was."""
        now = self._clock.monotonic()
        for one in list(self._sessions.values()):
            if one.expired(now) or not stands(one.account):
                self.end(one)


def _key(secret: str) -> bytes:
    # No salt and no scrypt: nobody guesses 256 random bits. Looking it up tells no more by the time
    # that it takes than how this hash begins.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
