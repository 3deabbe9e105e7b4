"""As much of D-Bus as asking takes: method calls with texts, and replies of texts and numbers.

Source: D-Bus Specification 0.43, "Type system", "Message protocol" and "Authentication". Pure.
"""

import struct
from typing import NamedTuple

# The specification allows 128 MiB; what is asked for here is some 100 KB.
MAX_BYTES = 16 << 20
# The part of a message that says how long it is.
HEAD_BYTES = 16

CALL, RETURN, ERROR = 1, 2, 3
# Whoever is not running is not to be started for this.
NO_AUTO_START = 0x2
VERSION = 1
_PATH, _INTERFACE, _MEMBER, _ERROR_NAME, _REPLY_TO = 1, 2, 3, 4, 5
_DESTINATION, _SIGNATURE = 6, 8
# Types of fixed length: their format, length and alignment.
_FIXED = {"y": "B", "n": "h", "q": "H", "i": "i", "u": "I", "x": "q", "t": "Q", "d": "d"}
_LONG_TEXTS = ("s", "o")

Value = str | int | float | bool


class BusError(Exception):
    """The other side says no, or what it says is no D-Bus."""


class Call(NamedTuple):
    """A method of an object, and the texts that it is called with."""

    path: str
    interface: str
    member: str
    arguments: tuple[str, ...] = ()
    destination: str = "org.freedesktop.systemd1"


class Message(NamedTuple):
    """What came. `reply_to` is the number of the call that it answers; `order` is "<" or ">"."""

    kind: int
    reply_to: int
    error: str
    signature: str
    body: bytes
    order: str


def marshal(call: Call, serial: int) -> bytes:
    """The call as it goes over the wire, little-endian."""
    body = bytearray()
    for argument in call.arguments:
        _pad(body, 4)
        body += _text(argument)
    fields = bytearray()
    for code, kind, value in (
        (_PATH, "o", call.path),
        (_DESTINATION, "s", call.destination),
        (_INTERFACE, "s", call.interface),
        (_MEMBER, "s", call.member),
    ):
        _pad(fields, 8)
        fields += struct.pack("<BB2s", code, 1, kind.encode() + b"\0") + _text(value)
    if call.arguments:
        _pad(fields, 8)
        signature = b"s" * len(call.arguments)
        fields += struct.pack("<BB2sB", _SIGNATURE, 1, b"g\0", len(signature)) + signature + b"\0"
    head = struct.pack(
        "<cBBBIII", b"l", CALL, NO_AUTO_START, VERSION, len(body), serial, len(fields)
    )
    message = bytearray(head) + fields
    _pad(message, 8)
    return bytes(message + body)


def length(head: bytes) -> int:
    """How many bytes the message has that begins so. Raises BusError."""
    order = _order(head)
    kind, version = head[1], head[3]
    body, _, fields = struct.unpack_from(f"{order}III", head, 4)
    if version != VERSION or kind == 0:
        raise BusError("it does not speak D-Bus")
    whole = HEAD_BYTES + _aligned(fields, 8) + body
    if whole > MAX_BYTES:
        raise BusError(f"a message of {whole} bytes")
    return int(whole)


def parse(raw: bytes) -> Message:
    """A whole message. Raises BusError."""
    order = _order(raw)
    (fields,) = struct.unpack_from(f"{order}I", raw, 12)
    reader = Reader(raw, order, HEAD_BYTES, HEAD_BYTES + fields)
    told: dict[int, Value] = {}
    while reader.at < reader.end:
        reader.align(8)
        code = reader.fixed("y")
        told[int(code)] = reader.variant()
    reply_to, error = told.get(_REPLY_TO, 0), told.get(_ERROR_NAME, "")
    signature = told.get(_SIGNATURE, "")
    if not (isinstance(reply_to, int) and isinstance(error, str) and isinstance(signature, str)):
        raise BusError("a heading of another type")
    body = raw[HEAD_BYTES + _aligned(fields, 8) :]
    return Message(raw[1], reply_to, error, signature, body, order)


class Reader:
    """Takes values from `data` one after another, up to `end`. All raise BusError beyond it."""

    __slots__ = ("_order", "at", "data", "end")

    def __init__(self, data: bytes, order: str, at: int = 0, end: int | None = None) -> None:
        self.data = data
        self.at = at
        self.end = len(data) if end is None else end
        self._order = order
        if self.end > len(data):
            raise BusError("a message that ends too soon")

    def align(self, to: int) -> None:
        """Go on to a multiple of `to`."""
        self.at += -self.at % to

    def fixed(self, kind: str) -> int | float:
        """A number."""
        form = f"{self._order}{_FIXED[kind]}"
        size = struct.calcsize(form)
        self.align(size)
        if self.at + size > self.end:
            raise BusError("a message that ends too soon")
        (value,) = struct.unpack_from(form, self.data, self.at)
        self.at += size
        number: int | float = value
        return number

    def text(self) -> str:
        """A string or an object path; bytes that are not UTF-8 survive as surrogates."""
        return self._taken(int(self.fixed("u")))

    def variant(self) -> Value:
        """A value of the type that stands before it, which is none of those that hold others."""
        kind = self._taken(int(self.fixed("y")))
        if kind in _LONG_TEXTS:
            return self.text()
        if kind == "g":
            return self._taken(int(self.fixed("y")))
        if kind == "b":
            return bool(self.fixed("u"))
        if kind not in _FIXED:
            raise BusError(f"a value of type {kind[:20]!r}")
        return self.fixed(kind)

    def _taken(self, size: int) -> str:
        begin, self.at = self.at, self.at + size + 1
        if self.at > self.end:
            raise BusError("a message that ends too soon")
        return self.data[begin : self.at - 1].decode("utf-8", "surrogateescape")


def _order(head: bytes) -> str:
    order = {b"l": "<", b"B": ">"}.get(head[:1])
    if order is None or len(head) < HEAD_BYTES:
        raise BusError("it does not speak D-Bus")
    return order


def _text(value: str) -> bytes:
    raw = value.encode("utf-8", "surrogateescape")
    return struct.pack("<I", len(raw)) + raw + b"\0"


def _pad(data: bytearray, to: int) -> None:
    data += b"\0" * (-len(data) % to)


def _aligned(size: int, to: int) -> int:
    return size + -size % to
