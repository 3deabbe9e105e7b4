"""Frames that are no frames, or that hold what nobody can follow: what each is answered with.

Every scenario shows the close code (RFC 6455, 7.4.1) or the error, that one viewer's bad frames are
no other's loss, and what they cost in memory and log lines.
"""

import asyncio
import functools
import os
import re
import struct
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.stream import following
from tests.chaos.visitor import visiting
from tests.support.peers import masked
from tests.support.subject import Subject, running

MEMORY_BYTES = 2 << 20
ANSWER_S = 5.0
# A server that has just started has not yet all the memory that it will have.
WARM_UP_TICKS = 6
MIB = 1 << 20
BOMB_BYTES = 200 * MIB
FIN, RSV1 = 0x80, 0x40
CONTINUATION, TEXT, BINARY, CLOSE, PING = 0, 1, 2, 8, 9


@dataclass(frozen=True)
class Bad:
    """What is sent, and what it is to be answered with: a close code, or an error's."""

    name: str
    sent: Callable[[], Iterable[bytes]]
    answer: int | str


def frame(first: int, payload: bytes = b"", *, length: int | None = None) -> bytes:
    """A client's frame with any first byte; `length` is said instead of the payload's own."""
    size = len(payload) if length is None else length
    if size < 126:
        header = struct.pack("!BB", first, 0x80 | size)
    elif size < 1 << 16:
        header = struct.pack("!BBH", first, 0x80 | 126, size)
    else:
        header = struct.pack("!BBQ", first, 0x80 | 127, size)
    mask = os.urandom(4)
    return header + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


def bad(name: str, answer: int | str, *sent: bytes) -> Bad:
    return Bad(name, lambda: sent, answer)


def said(name: str, answer: int | str, text: str) -> Bad:
    """Text that is well framed."""
    return Bad(name, lambda: [frame(FIN | TEXT, text.encode())], answer)


@functools.cache
def compressed_bomb() -> list[bytes]:
    """200 MiB of spaces, packed (RFC 7692, 7.2.1), though nobody has agreed to that."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = b"".join(packer.compress(b" " * MIB) for _ in range(BOMB_BYTES // MIB))
    packed += packer.flush(zlib.Z_SYNC_FLUSH)
    return [frame(FIN | RSV1 | TEXT, packed[:-4])]


def long_message() -> Iterable[bytes]:
    """200 MiB in one frame."""
    yield frame(FIN | TEXT, length=BOMB_BYTES)
    for _ in range(BOMB_BYTES // MIB):
        yield b" " * MIB


def many_pieces() -> Iterable[bytes]:
    """200 MiB in frames of a mebibyte, none of them the last."""
    yield masked(TEXT, b"").replace(b"\x81", b"\x01", 1)
    for _ in range(BOMB_BYTES // MIB):
        yield frame(CONTINUATION, length=MIB) + b" " * MIB


def code(number: int) -> bytes:
    return frame(FIN | CLOSE, struct.pack("!H", number))


DEEP = 100_000
UNMASKED_TEXT = b"\x81\x02{}"
UNMASKED = (
    bad("unmasked", 1002, UNMASKED_TEXT),
    bad("unmasked, after a good one", 1002, frame(FIN | PING) + UNMASKED_TEXT),
    bad("unmasked close", 1002, b"\x88\x02\x03\xe8"),
    bad("unmasked, by single bytes", 1002, *(UNMASKED_TEXT[i : i + 1] for i in range(4))),
)
FRAMING = (
    bad("RSV1", 1002, frame(FIN | RSV1 | TEXT, b"{}")),
    bad("RSV1 on a ping", 1002, frame(FIN | RSV1 | PING)),
    bad("opcode 3", 1002, frame(FIN | 3)),
    bad("a long ping", 1002, frame(FIN | PING, b"x" * 126)),
    bad("a fragmented ping", 1002, frame(PING)),
    bad("a continuation of nothing", 1002, frame(FIN | CONTINUATION)),
    bad("2^63 bytes", 1002, frame(FIN | TEXT, length=1 << 63)),
    bad("2^63 - 1 bytes", 1009, frame(FIN | TEXT, length=(1 << 63) - 1)),
)
ENDING = (
    bad("close 999", 1002, code(999)),
    bad("close 1005", 1002, code(1005)),
    bad("close 1006", 1002, code(1006)),
    bad("close 5000", 1002, code(5000)),
    bad("a 1-byte close", 1002, frame(FIN | CLOSE, b"\x03")),
    bad("a close that is not UTF-8", 1007, frame(FIN | CLOSE, b"\x03\xe8\xff")),
)
CONTENT = (
    bad("bad UTF-8", 1007, frame(FIN | TEXT, b'{"type":"\xff"}')),
    bad("bad UTF-8 in pieces", 1007, frame(TEXT, b"\xc3"), frame(FIN | CONTINUATION, b"\x28")),
    bad("binary", 1003, frame(FIN | BINARY, b"{}")),
)
BOMBS = (
    Bad("200 MiB, compressed", compressed_bomb, 1002),
    Bad("200 MiB in a frame", long_message, 1009),
    Bad("200 MiB in pieces", many_pieces, 1009),
    said("JSON of depth 1e5", 1009, "[" * DEEP),
)
JSON = (
    said("JSON as deep as a message is long", "not-json", "[" * (1 << 16)),
    said("a number as long", "not-json", "9" * (1 << 16)),
    said("NaN", "not-json", "NaN"),
    said("NaN inside", "not-json", '{"type":"subscribe","topic":NaN}'),
    said("null", "not-an-object", "null"),
    said("[]", "not-an-object", "[]"),
    said("nothing", "not-json", ""),
)


async def _answer(subject: Subject, one: Bad) -> int | str:
    """What it is answered with."""
    async with asyncio.timeout(ANSWER_S), visiting(subject) as visitor:
        assert await visitor.upgrade(subject.port) == 101

        async def send() -> None:
            for data in one.sent():
                visitor.say(data)
                await visitor.writer.drain()

        sending = asyncio.create_task(send())
        try:
            if isinstance(one.answer, int):
                return await visitor.close_code()
            answer = await visitor.message("error")
            # It is still a viewer.
            await visitor.message("patch")
            return str(answer["code"])
        finally:
            sending.cancel()
            # The server may have closed while it was still being told.
            await asyncio.gather(sending, return_exceptions=True)


def _peak(subject: Subject) -> int:
    """The most memory that was resident since `_forget_peak`, bytes (proc_pid_status(5))."""
    status = Path(f"/proc/{subject.pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


def _forget_peak(subject: Subject) -> None:
    Path(f"/proc/{subject.pid}/clear_refs").write_text("5", encoding="ascii")


async def _withstood(kind: str, frames: tuple[Bad, ...]) -> str:
    most = 0
    async with running(kind, strict=False) as subject, following(subject.url) as [bystander]:
        async with asyncio.timeout(ANSWER_S):
            await bystander.ticks(WARM_UP_TICKS)
        begun = len(subject.log) - 1  # what follows the last line's end is not one yet
        for one in frames:
            before = 0
            # The first time may load what is needed from then on.
            for _ in range(2):
                _forget_peak(subject)
                before = _peak(subject)
                answer = await _answer(subject, one)
                assert answer == one.answer, f"{one.name}: answered {answer}, not {one.answer}"
            async with asyncio.timeout(ANSWER_S):
                await bystander.tick()
            grown = _peak(subject) - before
            assert grown <= MEMORY_BYTES, f"{one.name}: {grown >> 10} KiB more"
            most = max(most, grown)
        async with asyncio.timeout(ANSWER_S):
            await bystander.ticks(2)
            while len(_lines(subject, "viewer.leave")) < 2 * len(frames):
                await bystander.tick()
        told = [line for line in subject.log[begun:] if line and " monitor.app " not in line]
        more = [line for line in told if "viewer.join" not in line and "viewer.leave" not in line]
        assert not more, f"log lines besides coming and going: {more[:3]}"
        subject.assert_log_clean()
    return f"{len(frames)} answered, at most {most >> 10} KiB, one log line each"


def _lines(subject: Subject, name: str) -> list[str]:
    return [line for line in subject.log if f" {name} " in line]


async def unmasked(kind: str) -> str:
    """A client must mask (RFC 6455, 5.1): Close 1002."""
    return await _withstood(kind, UNMASKED)


async def framing(kind: str) -> str:
    """Headers that are none (5.2, 5.4, 5.5): Close 1002, or 1009 for what is only too long."""
    return await _withstood(kind, FRAMING)


async def ending(kind: str) -> str:
    """A Close that is none (5.5.1, 7.4): Close 1002, and 1007 where its reason is no text."""
    return await _withstood(kind, ENDING)


async def content(kind: str) -> str:
    """Text that is not UTF-8 (8.1): Close 1007. What is no text at all: 1003."""
    return await _withstood(kind, CONTENT)


async def bombs(kind: str) -> str:
    """What is too long is refused by its header, and what is packed is not unpacked."""
    return await _withstood(kind, BOMBS)


async def no_commands(kind: str) -> str:
    """Well-framed nonsense is answered with an error, and the stream goes on."""
    return await _withstood(kind, JSON)


ALL = (unmasked, framing, ending, content, bombs, no_commands)
