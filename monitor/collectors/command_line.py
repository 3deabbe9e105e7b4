"""Command lines: the only place where they are read. Who asks gets them without their secrets
(`monitor.model.redact`), so that no topic, answer, file or log can tell one.
"""

import os
from collections.abc import Callable
from typing import Any, NamedTuple

from monitor.model.redact import redact, redact_text

# /proc/PID/cmdline (proc_pid_cmdline(5)), and what psutil calls it.
NAME = "cmdline"
# Of a line in the table, in characters; of one in the details, in bytes, and of its arguments, as
# each byte may be an empty one.
MAX_LINE = 4096
MAX_BYTES = 64 * 1024
MAX_ARGUMENTS = 4_096

Read = Callable[[str, int], bytes | None]


class Line(NamedTuple):
    """A command line in one text; None where there is none. `mark` tells whether another one has
    taken its place."""

    mark: int
    text: str | None


NONE = Line(hash(b""), None)


def read_line(read: Read, before: Line = NONE) -> Line:
    """The command line that `read` gives; `before` where it has not changed."""
    raw = read(NAME, 4 * MAX_LINE) or b""
    mark = hash(raw)
    return before if mark == before.mark else Line(mark, parse_line(raw) or None)


def parse_line(raw: bytes, limit: int = MAX_LINE) -> str:
    """The arguments as one text of at most `limit` characters; bytes survive as surrogates.

    Arguments end in NUL, but a process may write what it likes over them.
    """
    text = os.fsdecode(raw[: 4 * limit].rstrip(b"\0"))
    cut = len(text) > limit or len(raw) >= 4 * limit
    return " ".join(redact(text[:limit].split("\0"), cut=cut))[:limit]


def read_arguments(read: Read) -> tuple[list[str], bool] | None:
    """The arguments, and whether there are more of them; None where they may not be read."""
    raw = read(NAME, MAX_BYTES + 1)
    return None if raw is None else parse_arguments(raw)


def parse_arguments(
    raw: bytes, most: int = MAX_ARGUMENTS, limit: int = MAX_BYTES
) -> tuple[list[str], bool]:
    """At most so many arguments out of so many bytes, and whether there are more; they end in NUL.

    A process may write one text over all of them, with no NUL at all; and each may be empty.
    """
    if not raw:
        return [], False
    long = len(raw) > limit
    arguments = raw[:limit].removesuffix(b"\0").split(b"\0", most)
    shown = redact([os.fsdecode(one) for one in arguments[:most]], cut=long)
    return shown, long or len(arguments) > most


def told_line(told: dict[str, Any]) -> str | None:
    """The command line among what psutil told of a process, in one text."""
    arguments: list[str] | None = told[NAME]
    return " ".join(redact(arguments))[:MAX_LINE] if arguments else None


def told_arguments(process: Any) -> list[str]:
    """The arguments of psutil's Process. Raises what psutil raises."""
    return redact(process.cmdline())


def told_name(name: str | None) -> str | None:
    """A process's name as psutil tells it, which is lengthened by the first argument."""
    return redact_text(name) if name else name
