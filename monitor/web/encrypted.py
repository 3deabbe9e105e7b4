"""A connection that is encrypted, from its first byte on."""

import asyncio
import ssl
from typing import Any

from monitor.live.socket import CLOSE_TIMEOUT_S


class Encrypted(asyncio.Transport):
    """asyncio's own for TLS, which forgets what waits below it, and its protocol once it is closed
    a second time: then it raises AttributeError, whatever it is asked (CPython 3.11 to 3.13)."""

    def __init__(self, above: asyncio.Transport, below: asyncio.Transport) -> None:
        super().__init__()
        self._above = above
        self._below = below
        self._ended = False
        # Any byte that waits below is to be felt above.
        below.set_write_buffer_limits(high=0)

    @property
    def _sendfile_compatible(self) -> None:
        """asyncio's sendfile() looks here; told so, aiohttp writes a file piece by piece."""
        raise NotImplementedError

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """As the other one's."""
        return self._above.get_extra_info(name, default)

    def get_write_buffer_size(self) -> int:
        """Bytes that the kernel has not taken yet, encrypted or not."""
        return self._above.get_write_buffer_size() + self._below.get_write_buffer_size()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """As the other one's."""
        self._above.set_write_buffer_limits(high, low)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """As the other one's."""
        self._above.write(data)

    def can_write_eof(self) -> bool:
        """Never: TLS has no half-closed connections."""
        return False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """As the other one's."""
        self._above.set_protocol(protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """As the other one's."""
        return self._above.get_protocol()

    def is_reading(self) -> bool:
        """As the other one's."""
        return self._above.is_reading()

    def pause_reading(self) -> None:
        """As the other one's."""
        if not self._ended:
            self._above.pause_reading()

    def resume_reading(self) -> None:
        """As the other one's."""
        if not self._ended:
            self._above.resume_reading()

    def is_closing(self) -> bool:
        """As the other one's."""
        return self._ended or self._above.is_closing()

    def close(self) -> None:
        """Once."""
        if not self._ended:
            self._ended = True
            self._above.close()

    def abort(self) -> None:
        """As the other one's."""
        self._ended = True
        self._above.abort()


async def encrypt(
    transport: asyncio.Transport, protocol: asyncio.Protocol, context: ssl.SSLContext, within: float
) -> Encrypted | None:
    """Shake hands within so many seconds; None where nothing came of that."""
    try:
        above = await asyncio.get_running_loop().start_tls(
            transport,
            protocol,
            context,
            server_side=True,
            ssl_handshake_timeout=within,
            ssl_shutdown_timeout=CLOSE_TIMEOUT_S,
        )
    except OSError:  # ssl.SSLError and TimeoutError are such
        return None
    # None also where it was closed meanwhile, though the types do not say so.
    return Encrypted(above, transport) if above is not None else None
