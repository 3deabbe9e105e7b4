"""Names from the kernel are whatever anybody chose: made fit to be read, encoded and logged."""

import re

# C0 and C1 controls, DEL, line separators, bidirectional controls that reorder what stands beside
# them (Unicode TR 36), and lone surrogates: bytes that were not UTF-8 (PEP 383).
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00  # the byte that PEP 383 put there
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"


def clean(text: str) -> str:
    """The text with what cannot be shown as itself written as an escape, such as `\\xff`."""
    # All that Python calls printable is fit: of names that is nearly each one.
    return text if text.isprintable() else _UNFIT.sub(_escape, text)
