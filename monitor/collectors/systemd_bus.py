"""Asking systemd, over D-Bus: org.freedesktop.systemd1(5).

Root asks the manager itself, on a socket of its own; anybody may ask it through the system bus.
Everything is bounded, by MAX_BYTES and in time: the bus may be there and its other end hang.
"""

import os
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from monitor.clock import Clock
from monitor.collectors.dbus_wire import (
    ERROR,
    HEAD_BYTES,
    MAX_BYTES,
    RETURN,
    BusError,
    Call,
    Message,
    Reader,
    Value,
    length,
    marshal,
    parse,
)
from monitor.model.redact import redact_text

RUN = Path("/run")
PRIVATE = "systemd/private"
SYSTEM_BUS = "dbus/system_bus_socket"
# All that one connection may take. A reading that takes half a second keeps others from theirs.
PATIENCE_S = 0.4
# So many calls are under way at once: neither end's buffer is full of them.
WINDOW = 32
LINE_BYTES = 4096
CHUNK_BYTES = 1 << 16
# Rows; a machine has some hundreds of units.
MAX_UNITS = 20_000

MANAGER_PATH = "/org/freedesktop/systemd1"
MANAGER = "org.freedesktop.systemd1.Manager"
UNITS_SIGNATURE = "a(ssssssouso)"
LIST_UNITS = Call(MANAGER_PATH, MANAGER, "ListUnits")
_HELLO = Call(
    "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello", destination="org.freedesktop.DBus"
)


class UnitStatus(NamedTuple):
    """A unit as the manager lists it; `path` is that of its object."""

    name: str
    description: str
    load: str
    active: str
    sub: str
    path: str


class Bus:
    """A connection on which calls are made; used as a context manager.

    All raise BusError, and OSError: TimeoutError when the patience that it began with is over.
    """

    def __init__(self, path: Path, clock: Clock, *, broker: bool, patience: float) -> None:
        """`broker`: it is a bus, which wants to be greeted, and not a peer."""
        self._clock = clock
        self._deadline = clock.monotonic() + patience
        self._received = bytearray()
        self._left = MAX_BYTES
        self._serial = 0
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            self._hurry()
            self._socket.connect(str(path))
            self._introduce()
            if broker:
                self.call([_HELLO])
        except (OSError, BusError):
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def call(self, calls: Sequence[Call]) -> list[Message]:
        """The answer to each, which may be an error."""
        answers: list[Message] = []
        for begin in range(0, len(calls), WINDOW):
            answers += self._call(calls[begin : begin + WINDOW])
        return answers

    def _call(self, calls: Sequence[Call]) -> Iterator[Message]:
        first = self._serial + 1
        self._serial += len(calls)
        self._send(b"".join(marshal(call, first + at) for at, call in enumerate(calls)))
        answers: dict[int, Message] = {}
        while len(answers) < len(calls):
            message = self._receive()
            number = message.reply_to
            # Anything else is a signal, or is not meant for us.
            if message.kind in (RETURN, ERROR) and first <= number <= self._serial:
                answers[number] = message
        return (answers[number] for number in range(first, self._serial + 1))

    def _introduce(self) -> None:
        """Say who we are; the kernel tells the other end whether that is so (SASL EXTERNAL).

        BEGIN is sent along, as sd-bus does it: systemd does not see a message that it reads in one
        go with BEGIN until something else comes (252; a call in four hung).
        """
        user = str(os.geteuid()).encode().hex()
        self._send(f"\0AUTH EXTERNAL {user}\r\nBEGIN\r\n".encode())
        while b"\r\n" not in self._received:
            if len(self._received) > LINE_BYTES:
                raise BusError("it does not speak D-Bus")
            self._more()
        line, _, self._received = self._received.partition(b"\r\n")
        if not line.startswith(b"OK "):
            raise BusError(f"it says {line[:60].decode('ascii', 'backslashreplace')}")

    def _receive(self) -> Message:
        while len(self._received) < HEAD_BYTES:
            self._more()
        size = length(bytes(self._received[:HEAD_BYTES]))
        while len(self._received) < size:
            self._more()
        raw = bytes(self._received[:size])
        del self._received[:size]
        return parse(raw)

    def _send(self, raw: bytes) -> None:
        self._hurry()
        self._socket.sendall(raw)

    def _more(self) -> None:
        self._hurry()
        chunk = self._socket.recv(CHUNK_BYTES)
        self._left -= len(chunk)
        if not chunk:
            raise BusError("it hung up")
        if self._left < 0:
            raise BusError(f"it says more than {MAX_BYTES >> 20} MiB")
        self._received += chunk

    def _hurry(self) -> None:
        left = self._deadline - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError("no answer in time")
        self._socket.settimeout(left)


def manager(run: Path, clock: Clock, patience: float = PATIENCE_S) -> Bus:
    """A connection on which systemd answers. Raises BusError and OSError."""
    if os.geteuid() == 0:
        try:
            return Bus(run / PRIVATE, clock, broker=False, patience=patience)
        except TimeoutError:
            raise
        except (OSError, BusError):
            pass  # systemd may be hidden from us, and the bus be there
    return Bus(run / SYSTEM_BUS, clock, broker=True, patience=patience)


def parse_units(message: Message) -> list[UnitStatus]:
    """What `ListUnits` answers. Raises BusError, also where the answer is an error."""
    reader = _opened(message, UNITS_SIGNATURE)
    size = int(reader.fixed("u"))
    reader.align(8)
    end = reader.at + size
    if end > reader.end:
        raise BusError("a list that ends too soon")
    units: list[UnitStatus] = []
    while reader.at < end:
        if len(units) >= MAX_UNITS:
            raise BusError(f"more than {MAX_UNITS} units")
        reader.align(8)
        name, description, load, active, sub = (reader.text() for _ in range(5))
        reader.text()  # the unit that it follows
        path = reader.text()
        reader.fixed("u")  # its job, with type and path
        reader.text()
        reader.text()
        # What systemd-run starts has its command line for a description.
        description = redact_text(description)
        units.append(UnitStatus(name, description, load, active, sub, path))
    return units


class UnitList:
    """The units, parsed anew only where the answer is another one."""

    def __init__(self) -> None:
        self._said: bytes | None = None
        self._units: list[UnitStatus] = []

    def ask(self, bus: Bus) -> list[UnitStatus]:
        """All that are loaded. Raises BusError and OSError."""
        (answer,) = bus.call([LIST_UNITS])
        if answer.kind == ERROR or answer.body != self._said:
            self._units = parse_units(answer)
            self._said = answer.body
        return self._units


def parse_property(message: Message) -> Value | None:
    """What `Get` answers; None where there is no such property. Raises BusError."""
    if message.kind == ERROR:
        return None
    return _opened(message, "v").variant()


def get(path: str, interface: str, name: str) -> Call:
    """The call that asks for a property of an object of systemd's."""
    return Call(path, "org.freedesktop.DBus.Properties", "Get", (interface, name))


def _opened(message: Message, signature: str) -> Reader:
    reader = Reader(message.body, message.order)
    if message.kind == ERROR:
        words = reader.text() if message.signature.startswith("s") else ""
        raise BusError(f"{message.error.rpartition('.')[2]}: {words}"[:200])
    if message.signature != signature:
        raise BusError(f"an answer of type {message.signature[:60]!r}")
    return reader
