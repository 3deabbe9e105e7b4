"""Readers of the history who ask for as much, and as often, as they can."""

import asyncio
import contextlib
import re
from collections import Counter

STATUS = re.compile(rb"HTTP/1.1 ([0-9]{3})")
PIECE = 1 << 16
PAUSE_S = 0.1


class Load:
    """Asks until the end of the block; `large` and `small` are answers by status."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.large: Counter[int] = Counter()
        self.small: Counter[int] = Counter()

    async def greedily(self, path: str, host: str) -> None:
        """Ask, read all of it, ask again."""
        head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        while True:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", self._port, local_addr=(host, 0)
            )
            with contextlib.closing(writer):
                writer.write(head.encode())
                status = int((await reader.readline()).split()[1])
                while await reader.read(PIECE):
                    pass
            self.large[status] += 1
            if status != 200:
                await asyncio.sleep(PAUSE_S)

    async def often(self, path: str, a_second: float) -> None:
        """Ask so often over one connection, whether it is answered or not."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        with contextlib.closing(writer):
            await asyncio.gather(_keep_asking(writer, head, 1 / a_second), self._count(reader))

    async def _count(self, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(PIECE):
            self.small.update(int(status) for status in STATUS.findall(data))


async def _keep_asking(writer: asyncio.StreamWriter, head: bytes, pause: float) -> None:
    clock = asyncio.get_running_loop().time
    due = clock()
    while True:
        due += pause
        await asyncio.sleep(max(0.0, due - clock()))
        writer.write(head)
