"""Files in which the kernel counts, and the shapes in which they have their numbers.

node_exporter's names end in the kernel's own: the fields of a record are found by them.
"""

import os
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache

from monitor.collectors.collector import need_linux
from monitor.model.metric import METADATA_KEY, Declaration, Record
from monitor.model.sample import Unavailable

PROC = "/proc"
CHUNK_BYTES = 1 << 16
# /proc/interrupts of 500 processors takes 10 MB. Cut short it would be wrong: it is not read.
MAX_BYTES = 16 << 20


class KeptFile:
    """A file that is read each second, by a descriptor that is kept.

    Opened anew, /proc/net/netstat takes twice as long: the kernel finds out again how much room it
    needs, and writes it all a second time. What is under /proc/net stays that of the network
    namespace in which it was opened.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor = -1
        self._close: weakref.finalize[[int], KeptFile] | None = None

    def read(self) -> bytes:
        """All of it. Raises as `read_file` does."""
        if self._close is None:
            self._descriptor = _open(self._path)
            self._close = weakref.finalize(self, os.close, self._descriptor)
        try:
            return _whole(self._descriptor, self._path)
        except OSError:
            self._close()  # it may be another one by the next time
            self._close = None
            raise


def read_file(path: str) -> bytes:
    """All of a file. Raises `Unavailable` where there is none or it is hidden, ValueError where it
    is larger than any that is known, and OSError.
    """
    descriptor = _open(path)
    try:
        return _whole(descriptor, path)
    finally:
        os.close(descriptor)


def read_number(path: str) -> int | None:
    """The number that is all of a file; None where there is none. Raises ValueError, OSError."""
    try:
        return int(read_file(path))
    except Unavailable:
        return None


def _open(path: str) -> int:
    need_linux(path)
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as absent:
        raise Unavailable(f"this kernel has no {path}") from absent


def _whole(descriptor: int, path: str) -> bytes:
    """One read brings as many lines as fit in a page or two, and not all that there are."""
    text = os.pread(descriptor, CHUNK_BYTES, 0)
    if not text:
        raise Unavailable(f"{path} is empty: a container may hide it")
    chunks, length = [text], len(text)
    while text := os.pread(descriptor, CHUNK_BYTES, length):
        length += len(text)
        if length > MAX_BYTES:
            raise ValueError(f"{path} has over {MAX_BYTES >> 20} MiB")
        chunks.append(text)
    return b"".join(chunks)


@dataclass(frozen=True, eq=False)
class Names:
    """The fields of a record by the names that the kernel has for them."""

    fields: Mapping[bytes, str]

    @staticmethod
    def of(record_type: type[Record], prefix: str) -> "Names":
        """Of those that are exported by a name with this prefix: the rest of it is the kernel's."""
        found = {}
        for field in fields(record_type):  # type: ignore[arg-type]  # it is a dataclass
            declaration: Declaration = field.metadata[METADATA_KEY]
            exported = declaration.export.name or ""
            if exported.startswith(prefix):
                found[exported.removeprefix(prefix).encode()] = field.name
        return Names(found)


def parse_pairs(text: bytes, names: Names) -> dict[str, int]:
    """Lines of a name and a number, such as those of /proc/vmstat: the wanted ones by field.

    Raises ValueError for anything else, and where none is among them.
    """
    words = text.split()
    told = dict(zip(words[::2], words[1::2], strict=True))
    found = {field: int(told[name]) for name, field in names.fields.items() if name in told}
    return _some(found, text)


def parse_tables(text: bytes, names: Names) -> dict[str, int]:
    """Pairs of lines, names above numbers, such as those of /proc/net/snmp: as `parse_pairs`.

    What stands below RetransSegs in the lines that begin with `Tcp:` is Tcp_RetransSegs.
    """
    lines = text.split(b"\n")
    found: dict[str, int] = {}
    for heading, line in zip(lines[::2], lines[1::2], strict=False):
        columns, width = _columns(heading, names)
        if not columns:
            continue
        words = line.split()
        if len(words) != width or words[0] != heading.split(None, 1)[0]:
            raise ValueError(f"{line[:60]!r} does not belong to {heading[:60]!r}")
        for at, field in columns:
            found[field] = int(words[at])
    return _some(found, text)


@lru_cache(maxsize=64)
def _columns(heading: bytes, names: Names) -> tuple[tuple[tuple[int, str], ...], int]:
    """Where the wanted numbers stand below a heading, and how many words there are.

    Remembered: the headings are most of the text, and change with the kernel.
    """
    protocol, *titles = heading.split() or [b""]
    wanted = [(protocol.removesuffix(b":") + b"_" + title, at) for at, title in enumerate(titles)]
    columns = tuple((at + 1, names.fields[name]) for name, at in wanted if name in names.fields)
    return columns, len(titles) + 1


def _some(found: dict[str, int], text: bytes) -> dict[str, int]:
    if not found:
        raise ValueError(f"none of what is sought is in {text[:60]!r}")
    return found
