"""Moments as people and programs write them: Unix seconds, RFC 3339, or relative to now. Pure."""

import re
from datetime import datetime

ALLOWED = (
    "Unix seconds (1795429302.5), RFC 3339 (2026-11-23T10:15:02Z), now, or how long ago with "
    "s, m, h, d or w (-10m)"
)
UNIT_S = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
# 1970 to 2100: what is out of that was meant to be another unit, or is a slip.
MAX_UNIX_S = 4_102_444_800.0
UNIX = r"[0-9]{1,11}(\.[0-9]{1,9})?"
RELATIVE = r"-[0-9]{1,9}(\.[0-9]{1,3})?[smhdw]"
# In a URL a plus sign that was not escaped is a space.
RFC3339 = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+\- ][0-9]{2}:[0-9]{2})"
)


def moment(text: str, now: float) -> float:
    """Unix seconds; `now` is that of the asking. Raises ValueError, which says what is allowed."""
    found = _read(text, now)
    if not 0 <= found < MAX_UNIX_S:
        raise ValueError("allowed: moments from 1970 to 2100")
    return found


def _read(text: str, now: float) -> float:
    if text == "now":
        return now
    if re.fullmatch(UNIX, text):
        return float(text)
    if re.fullmatch(RELATIVE, text):
        return now - float(text[1:-1]) * UNIT_S[text[-1]]
    if re.fullmatch(RFC3339, text):
        try:
            return datetime.fromisoformat(text.replace(" ", "+").upper()).timestamp()
        except ValueError:  # the 31st of February
            raise ValueError(f"no such moment; allowed: {ALLOWED}") from None
    raise ValueError(f"allowed: {ALLOWED}")
