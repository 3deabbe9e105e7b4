"""Many clients in one process, that read and count: `python -m bench.fanout_client`.

Each line on standard input is a command, answered by one line of JSON: `join PORT PATH N` opens so
many WebSockets, `latencies` answers with the seconds that each message since took on its way.
"""

import json
import selectors
import socket
import sys
import time
from array import array
from dataclasses import dataclass

HOST = "127.0.0.1"
READ_BYTES = 1 << 18
# `@0000000012.345678@`: when the message was made.
MARK, STAMP = b"@", 17
PING, PONG = 0x9, bytes([0x8A, 0x80, 0, 0, 0, 0])
REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@dataclass(slots=True)
class Peer:
    """A connection: of the message that is coming, when it was made, and how much is to come."""

    sock: socket.socket
    made: float = 0.0
    rest: int = 0


class Crowd:
    """All clients of this process."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._latencies = array("d")
        self._buffer = bytearray(READ_BYTES)

    def join(self, port: int, path: str, count: int) -> int:
        """Connect so many; how many there are."""
        for _ in range(count):
            sock = socket.create_connection((HOST, port))
            sock.sendall(REQUEST.format(path=path, port=port).encode())
            head = _head(sock)
            if not head.startswith(b"HTTP/1.1 101"):
                raise RuntimeError(f"no WebSocket: {head!r}")
            sock.setblocking(False)
            self._selector.register(sock, selectors.EVENT_READ, Peer(sock))
        return len(self._selector.get_map())

    def take(self) -> None:
        """Read what has come."""
        for key, _ in self._selector.select(0):
            if isinstance(key.data, Peer):
                self._read(key.data)

    def _read(self, peer: Peer) -> None:
        try:
            size = peer.sock.recv_into(self._buffer)
        except BlockingIOError:
            return
        if not size:
            raise RuntimeError("the server has hung up")
        at = 0
        while at < size:
            if not peer.rest:
                at += self._begin(peer, at, size)
            step = min(peer.rest, size - at)
            at += step
            peer.rest -= step
            if not peer.rest and peer.made:
                self._latencies.append(time.monotonic() - peer.made)

    def _begin(self, peer: Peer, at: int, size: int) -> int:
        """A frame begins here: its header's size (RFC 6455, 5.2). A ping is answered."""
        if self._buffer[at] & 0x0F == PING:
            peer.sock.send(PONG)
        length, header = self._buffer[at + 1] & 0x7F, 2
        for short, width in ((126, 2), (127, 8)):
            if length == short:
                header = 2 + width
                length = int.from_bytes(self._buffer[at + 2 : at + header], "big")
        peer.rest = length
        found = self._buffer.find(MARK, at + header, min(size, at + header + length))
        peer.made = float(self._buffer[found + 1 : found + 1 + STAMP]) if found >= 0 else 0.0
        return header

    def latencies(self) -> list[float]:
        """Those of all messages since the last question."""
        told = list(self._latencies)
        del self._latencies[:]
        return told

    def serve(self) -> None:
        """Until standard input ends."""
        self._selector.register(sys.stdin, selectors.EVENT_READ, None)
        while True:
            for key, _ in self._selector.select():
                if key.data is not None:
                    self._read(key.data)
                    continue
                words = sys.stdin.readline().split()
                if not words:
                    return
                print(json.dumps(self._follow(words)), flush=True)

    def _follow(self, words: list[str]) -> object:
        if words[0] == "rest":
            print("null", flush=True)
            time.sleep(float(words[1]))
            while any(isinstance(key.data, Peer) for key, _ in self._selector.select(0)):
                self.take()
            return True
        if words[0] == "join":
            return self.join(int(words[1]), words[2], int(words[3]))
        return self.latencies()


def _head(sock: socket.socket) -> bytes:
    """Up to the end of the answer's head, and no further."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += sock.recv(1)
    return head


if __name__ == "__main__":
    Crowd().serve()
