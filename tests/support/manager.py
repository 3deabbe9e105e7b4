"""A service manager as a monitor sees it: the socket that it notifies, and a monitor of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30.0


@dataclass
class Manager:
    """What systemd would be: the socket, and what has come to it so far."""

    socket: socket.socket
    address: str
    heard: list[tuple[float, dict[str, str]]] = field(default_factory=list)

    def listen(self, seconds: float) -> bool:
        """Take the next message in; False where none comes in that time."""
        self.socket.settimeout(seconds)
        try:
            text = self.socket.recv(4096).decode()
        except TimeoutError:
            return False
        states = dict(line.split("=", 1) for line in text.splitlines())
        self.heard.append((time.monotonic(), states))
        return True

    def until(self, wanted: Callable[[dict[str, str]], bool]) -> dict[str, str]:
        """The next message that is one of these."""
        end = time.monotonic() + PATIENCE_S
        while (left := end - time.monotonic()) > 0:
            if self.listen(left) and wanted(self.heard[-1][1]):
                return self.heard[-1][1]
        pytest.fail(f"not heard; heard {self.heard}")

    def until_named(self, name: str) -> dict[str, str]:
        return self.until(lambda states: name in states)


def bound(address: str) -> Manager:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind("\0" + address[1:] if address.startswith("@") else address)
    return Manager(sock, address)


@contextmanager
def started(
    manager: Manager,
    state: Path,
    *,
    module: tuple[str, ...] = ("monitor",),
    flags: tuple[str, ...] = (),
    environ: Mapping[str, str] | None = None,
    stdin: int = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[str]]:
    with (
        (state / "log").open("w+", encoding="utf-8") as log,
        subprocess.Popen(
            [sys.executable, "-m", *module, "--port", "0", *flags],
            cwd=ROOT,
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith("MONITOR_")},
                "STATE_DIRECTORY": str(state),
                "NOTIFY_SOCKET": manager.address,
                **(environ or {}),
            },
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()
