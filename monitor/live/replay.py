"""The last minutes of one topic's patches, for viewers that come back. Pure."""

import zlib
from collections.abc import Iterator

# As long as a viewer may have been away and still miss nothing.
REPLAY_S = 900.0
# The fastest level makes 2.4 KB of the 8.7 of 64 busy cores and 40 interfaces; the best, 2.0.
LEVEL = 1
# zlib's own choice is 256 KiB to be had from the kernel each time, which takes 45 us; with these a
# patch is packed in 5 to 15, and is none the larger.
WINDOW_BITS, MEMORY_LEVEL = 12, 5


class Replay:
    """A chain of patches: each applies to the document that the one before it leaves.

    Bounded in seconds and in bytes; what is over is forgotten, the oldest first. Kept packed: 15
    minutes of a large host would take 8 MB by themselves.
    """

    def __init__(self, max_bytes: int, max_seconds: float = REPLAY_S) -> None:
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._bytes = 0
        # By the seq of the document that each applies to, oldest first: when it was made
        # (monotonic seconds), the seq that it leads to, and the frame.
        self._patches: dict[int, tuple[float, int, bytes]] = {}

    def add(self, base: int, seq: int, frame: bytes, now: float) -> None:
        """One more link. Where it does not follow the last one, those before are of no use."""
        if self._patches and next(reversed(self._patches.values()))[1] != base:
            self.forget()
        packing = zlib.compressobj(LEVEL, zlib.DEFLATED, WINDOW_BITS, MEMORY_LEVEL)
        packed = packing.compress(frame) + packing.flush()
        self._patches[base] = now, seq, packed
        self._bytes += len(packed)
        while self._patches and self._over(now):
            self._bytes -= len(self._patches.pop(next(iter(self._patches)))[2])

    def _over(self, now: float) -> bool:
        oldest = next(iter(self._patches.values()))[0]
        return self._bytes > self._max_bytes or now - oldest > self._max_seconds

    def forget(self) -> None:
        """The chain ends here: what comes next does not apply to what was."""
        self._patches.clear()
        self._bytes = 0

    def __contains__(self, seq: int) -> bool:
        """Whether a viewer that has this document can be brought up to date by patches alone."""
        return seq in self._patches

    def after(self, seq: int) -> Iterator[tuple[int, bytes]]:
        """Each patch since then, in order, with the seq that it leads to."""
        while (link := self._patches.get(seq)) is not None:
            seq = link[1]
            yield seq, zlib.decompress(link[2])
