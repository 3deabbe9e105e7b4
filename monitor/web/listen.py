"""Taking the port, before anything else is begun: a taken port should cost one line, no more."""

import errno
import socket
from typing import Any

from monitor.live.viewer import USER_TIMEOUT_MS

BACKLOG = 1024


class CannotListen(Exception):
    """The address cannot be had. Its text is one line that says why."""


def bind(host: str, port: int) -> list[socket.socket]:
    """One bound socket for each address that `host` means; connections are not yet accepted.

    Port 0 takes one that is free, the same for all. Raises CannotListen.
    """
    sockets: list[socket.socket] = []
    try:
        for family, address in _addresses(host, port):
            sock = socket.socket(family, socket.SOCK_STREAM)
            sockets.append(sock)
            sock.setblocking(False)
            # Connections of an earlier run may linger in TIME_WAIT; they do not hold the port.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # What is accepted has it too: nothing of a peer that vanished stays in the kernel.
            if hasattr(socket, "TCP_USER_TIMEOUT"):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            taken = sockets[0].getsockname()[1] if port == 0 and len(sockets) > 1 else port
            sock.bind((address[0], taken, *address[2:]))
            # Listening already here: two programs may bind one port, only one of them may listen.
            sock.listen(BACKLOG)
    except OSError as fault:
        for sock in sockets:
            sock.close()
        raise CannotListen(f"cannot listen on {host}:{port}: {_why(fault)}") from fault
    return sockets


def url(sock: socket.socket, base_path: str, scheme: str) -> str:
    """Where a browser of this machine finds the page."""
    host, port = sock.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "localhost"
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}:{port}{base_path}/"


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[Any, ...]]]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    # A name may be listed twice in /etc/hosts.
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


def _why(fault: OSError) -> str:
    if fault.errno == errno.EADDRINUSE:
        return "the port is taken (Tor also uses 9050); choose another with --port"
    return fault.strerror or str(fault)
