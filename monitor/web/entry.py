"""Whether the door may be opened, not to others where nobody has a password; and where it is."""

import contextlib
import ipaddress
import logging
import shlex
import socket
import sys
from collections.abc import Iterable

import monitor
from monitor.auth.gate import Gate
from monitor.auth.secret_file import Refused
from monitor.config import WRONG_SETTINGS, Config, plain
from monitor.live.service import Service
from monitor.log import event
from monitor.web import listen

logger = logging.getLogger(__name__)

COULD_NOT_START = 1


def is_local(sockets: Iterable[socket.socket]) -> bool:
    """Whether only this machine reaches these."""
    return all(ipaddress.ip_address(one.getsockname()[0]).is_loopback for one in sockets)


def require_password(config: Config, gate: Gate, sockets: Iterable[socket.socket]) -> None:
    """Raises Refused where others could come in and nobody would ask them anything."""
    if gate.locked or is_local(sockets):
        return
    command = f"python -m monitor passwd --data-dir {shlex.quote(str(config.data_dir))}"
    raise Refused(
        f"others can reach {config.host}, and there is no password; set one with: {command}"
    )


def announce(config: Config, sockets: list[socket.socket], service: Service) -> None:
    """Say where the page is."""
    scheme = "https" if config.tls_cert is not None else "http"
    address = listen.url(sockets[0], config.base_path, scheme)
    service.say(f"The page is at {address}")
    event(logger, logging.INFO, "serving", address=address, version=monitor.__version__)
    if config.log_format == "text":  # not between the objects of a log that programs read
        with contextlib.suppress(OSError):  # whoever started it may not care to read this
            print(f"monitor is at {address}", flush=True)


def refused(fault: Exception) -> int:
    """Say in a line why the door stays shut; the exit code."""
    print(f"monitor: {plain(str(fault))}", file=sys.stderr)
    return WRONG_SETTINGS if isinstance(fault, Refused) else COULD_NOT_START
