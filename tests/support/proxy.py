"""A network between a browser and a server that a test can cut: each connection is passed on."""

import contextlib
import socket
import struct
import threading
from types import TracebackType
from typing import Self

CHUNK_BYTES = 1 << 16


class Proxy:
    """Listens on a port of its own. While it is cut, connections that stand are reset and new ones
    are refused at once; while it is dead, nothing comes through and nobody is told.
    """

    def __init__(self, port: int) -> None:
        self._upstream = port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._open = threading.Event()
        self._open.set()
        self._lock = threading.Lock()
        self._cut = False
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cut()
        self._open.set()
        self._server.shutdown(socket.SHUT_RDWR)  # close() alone leaves a thread in accept()
        self._server.close()

    def cut(self) -> None:
        """Reset all that stands, and refuse what comes."""
        with self._lock:
            self._cut = True
            for pair in self._pairs:
                for sock in pair:
                    _reset(sock)
            self._pairs.clear()

    def die(self) -> None:
        """Swallow all, and say nothing."""
        self._open.clear()

    def mend(self) -> None:
        """Pass on again."""
        with self._lock:
            self._cut = False
        self._open.set()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed: the test is over
            while True:
                near, _ = self._server.accept()
                with self._lock:
                    if self._cut:
                        _reset(near)
                        continue
                    far = socket.create_connection(("127.0.0.1", self._upstream))
                    self._pairs.add((near, far))
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):  # cut, or either side has gone
            while data := one.recv(CHUNK_BYTES):
                self._open.wait()
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)


def _reset(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Whoever is in recv() must be told; close() alone would leave it there.
        sock.shutdown(socket.SHUT_RD)
    sock.close()
