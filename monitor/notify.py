"""What the service manager is told, over the socket that it names: sd_notify(3)."""

import logging
import os
import socket
from collections.abc import Mapping

from monitor.log import event

logger = logging.getLogger(__name__)

MICROSECONDS = 1_000_000


class Notifier:
    """Sends states such as READY=1; to nobody where no manager asks for them. Never waits.

    `watchdog` is the seconds within which the manager wants a sign of life; None where it does not.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._socket = _connected(environ.get("NOTIFY_SOCKET", ""))
        self.watchdog = _watchdog(environ) if self._socket else None

    def send(self, **states: object) -> bool:
        """Tell it all of these at once. False where that was not possible: it may be later."""
        if self._socket is None:
            return True
        lines = (f"{name}={value}" for name, value in states.items())
        try:
            self._socket.send("\n".join(lines).encode("utf-8", "replace"))
        except OSError as fault:  # its queue is full, or it has gone
            event(logger, logging.DEBUG, "notify.failed", reason=fault.strerror)
            return False
        return True

    def close(self) -> None:
        """Give the descriptor back."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _connected(address: str) -> socket.socket | None:
    """A path, or the name of an abstract socket after an @: unix(7)."""
    if not address:
        return None
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.setblocking(False)
    try:
        if address[0] not in "/@":
            raise ValueError("it is neither a path nor an abstract name")
        sock.connect("\0" + address[1:] if address[0] == "@" else address)
    except (OSError, ValueError) as fault:
        sock.close()
        event(logger, logging.WARNING, "notify.none", address=address, reason=str(fault))
        return None
    return sock


def _watchdog(environ: Mapping[str, str]) -> float | None:
    """Source: sd_watchdog_enabled(3)."""
    period, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not period.isdecimal() or pid not in ("", str(os.getpid())):
        return None
    return int(period) / MICROSECONDS or None
