"""A program that comes and goes: `python -m tests.chaos.comers ADDRESS PORT COUNT`.

From an address of its own (all of 127.0.0.0/8 is this machine), so that several of them do not run
out of ports, which stay taken for a minute. It waits for a line before it begins, and says when it
is done; at the end of its input it ends.
"""

import socket
import sys

from tests.support.peers import HANDSHAKE, masked, reset

TIMEOUT_S = 20.0
CLOSE = masked(8, b"\x03\xe8")
# linux/in.h; Python has no name for it. The port is chosen when it is known where to.
IP_BIND_ADDRESS_NO_PORT = 24


def come_and_go(address: str, port: int, number: int) -> None:
    """Connect, read a little, and leave: by Close, by RST, by FIN."""
    with socket.socket() as sock:
        sock.settimeout(TIMEOUT_S)
        sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        sock.bind((address, 0))
        sock.connect(("127.0.0.1", port))
        sock.sendall(HANDSHAKE.format(port=port).encode())
        got = sock.recv(4096)
        assert b" 101 " in got, got
        if number % 3 == 0:
            sock.sendall(CLOSE)
            # Until the server has closed its end: what it waits for is then seen to.
            while sock.recv(1 << 16):
                pass
        elif number % 3 == 1:
            reset(sock)


def main(address: str, port: str, count: str) -> None:
    for _ in sys.stdin:
        for number in range(int(count)):
            come_and_go(address, int(port), number)
        print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
