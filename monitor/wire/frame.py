"""The WebSocket frames that the hub writes itself (RFC 6455, 5.2 and 5.5.1)."""

import struct

FIN_TEXT = 0x81
FIN_CLOSE = 0x88
# A control frame's payload is at most 125 bytes, two of them the code.
MAX_REASON_BYTES = 123


def text_frame(payload: bytes) -> bytes:
    """One unfragmented, unmasked text frame, as a server sends it."""
    size = len(payload)
    if size < 126:
        header = struct.pack("!BB", FIN_TEXT, size)
    elif size < 1 << 16:
        header = struct.pack("!BBH", FIN_TEXT, 126, size)
    else:
        header = struct.pack("!BBQ", FIN_TEXT, 127, size)
    return header + payload


def close_frame(code: int, reason: str) -> bytes:
    """The server's Close; a reason that is too long is cut."""
    payload = struct.pack("!H", code) + reason.encode()[:MAX_REASON_BYTES]
    return struct.pack("!BB", FIN_CLOSE, len(payload)) + payload
