"""The headers of the frames that a client sends (RFC 6455, 5.2), found as the bytes come."""

MASKED = 0x80
LENGTH = 0x7F
# By the short length: how many bytes the long one has, behind the first two of the header.
EXTENDED = {126: 2, 127: 8}
MASK_BYTES = 4
SHORT_BYTES = 2


class FrameFault(Exception):
    """A frame that is no client's frame. `at` is where in the given bytes those before it end."""

    def __init__(self, at: int, why: str) -> None:
        super().__init__(why)
        self.at = at


class TooManyFrames(FrameFault):
    """It would do, if there were fewer of them."""


class FrameHeaders:
    """Walks from header to header; payloads are passed over and never looked at."""

    __slots__ = ("_begun", "_rest")

    def __init__(self) -> None:
        # Of a header whose end has not come: what has.
        self._begun = b""
        # Bytes of the frame's mask and payload that are still to come.
        self._rest = 0

    def walk(self, data: bytes, most: int) -> int:
        """Walk through what came; how many frames began in it.

        Raises FrameFault at a frame without a mask and at a length with its first bit set, and
        TooManyFrames at the first one beyond `most`. It must not be used after that.
        """
        at, count, size = 0, 0, len(data)
        while True:
            step = min(self._rest, size - at)
            at += step
            self._rest -= step
            if at == size:
                return count
            if not self._begun:
                count += 1
            if count > most:
                raise TooManyFrames(at, "too many frames in a second")
            at = self._read_header(data, at)

    def _read_header(self, data: bytes, at: int) -> int:
        """Where the mask begins; the end of `data`, where the header is not all there."""
        begun = self._begun
        head = begun + data[at : at + SHORT_BYTES + EXTENDED[127] - len(begun)]
        if len(head) >= SHORT_BYTES and not head[1] & MASKED:
            raise FrameFault(at, "a frame without a mask")
        need = SHORT_BYTES + (EXTENDED.get(head[1] & LENGTH, 0) if len(head) > 1 else 0)
        if len(head) < need:
            self._begun = head
            return len(data)
        length = head[1] & LENGTH
        if need > SHORT_BYTES:
            length = int.from_bytes(head[SHORT_BYTES:need], "big")
        if length >> 63:
            raise FrameFault(at, "a length with its first bit set")
        self._begun = b""
        self._rest = MASK_BYTES + length
        return at + need - len(begun)
