"""Attributes of devices: one file, one value, as sysfs(5) has them."""

import os
import re
from pathlib import Path

from monitor.collectors.collector import read_bytes

# The kernel gives an attribute no more than a page.
PAGE_BYTES = 4096
# The longest number of 64 bits has so many digits.
_NUMBER = re.compile(r"-?[0-9]{1,20}")
_MAX_BITS = 64
_DIGITS = re.compile(r"([0-9]+)")


def read_line(path: str) -> str | None:
    """An attribute's text, without its newline.

    None where there is none, where it may not be read, and where the device does not answer (EIO,
    ENODATA, ENODEV and the like).
    """
    try:
        return read_bytes(path, PAGE_BYTES).decode("utf-8", "surrogateescape").strip("\n")
    except OSError:
        return None


def read_number(path: str) -> int | None:
    """An attribute's whole number; None as `read_line`, and where it is no number."""
    text = read_line(path)
    return None if text is None else parse_number(text)


def parse_number(text: str) -> int | None:
    """A whole number of at most 64 bits as the kernel writes it; None for anything else."""
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        return None
    number = int(stripped)
    return number if number.bit_length() <= _MAX_BITS else None


def names(directory: Path) -> list[str]:
    """What is in a directory, numbers in their order; nothing where it is not there."""
    try:
        found = os.listdir(directory)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(found, key=_natural)


def _natural(name: str) -> list[tuple[int, int, str]]:
    """cpu2 before cpu10. Numbers come before texts."""
    return [
        (0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part)
        for part in _DIGITS.split(name)
    ]
