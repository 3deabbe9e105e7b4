"""The open files and the threads of one process."""

from collections.abc import Iterator
from typing import Any

from monitor.collectors.process_reading import Reading
from monitor.collectors.process_stat import parse

# As many as are told of each.
MAX_FILES = 1_000
MAX_THREADS = 1_000
# Links are read of so many descriptors, to find the sockets among them: 1.5 us each.
MAX_LOOKED_AT = 10_000
# Paths are told in full or not at all: one may have 4,096 bytes.
MAX_TARGET_CHARACTERS = 128 * 1024


def read_files(reading: Reading) -> dict[int, str] | None:
    """What the first descriptors lead to, by number; None where they may not be read."""
    names = reading.entries("files", "fd", MAX_LOOKED_AT + 1)
    if names is None:
        return None
    if len(names) > MAX_LOOKED_AT:
        # Since Linux 6.2 the directory's size is how many descriptors there are.
        reading.cut["files"] = reading.size("fd")
        reading.cut["sockets"] = None
    found: dict[int, str] = {}
    for name in names[:MAX_LOOKED_AT]:
        target = reading.link("files", f"fd/{name}")
        if target is not None:  # else it was closed meanwhile
            found[int(name)] = target
    return found


def told_files(reading: Reading, files: dict[int, str]) -> list[dict[str, Any]]:
    """Those that are told; `cut` says how many there are if that is not all."""
    told: list[dict[str, Any]] = []
    left = MAX_TARGET_CHARACTERS
    for number, target in sorted(files.items()):
        left -= len(target)
        if len(told) == MAX_FILES or left < 0:
            reading.cut.setdefault("files", len(files))
            break
        told.append({"fd": number, "target": target})
    return told


def read_threads(reading: Reading, ticks_a_second: int) -> list[dict[str, Any]] | None:
    """Number, name, state and seconds of processor time of each; None where nobody may know."""
    names = reading.entries("threads", "task", MAX_THREADS + 1)
    if names is None:
        return None
    return list(_threads(reading, names[:MAX_THREADS], ticks_a_second))


def _threads(reading: Reading, names: list[str], hertz: int) -> Iterator[dict[str, Any]]:
    for name in names:
        raw = reading.file("threads", f"task/{name}/stat")
        if raw is not None:  # else it ended meanwhile
            stat = parse(raw)
            yield {
                "tid": int(name),
                "name": stat.name.decode("utf-8", "surrogateescape"),
                "state": stat.state,
                "cpu": stat.used / hertz,
            }
