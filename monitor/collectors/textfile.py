"""Users' own metrics: the `*.prom` files of a directory, as node_exporter has them.

A file that cannot be read or understood is left out and told of, and harms no other. Of what two
claim the first counts, by the files' names, and the program's own metrics come before all files.
"""

import os
import stat
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from monitor.collectors.textfile_format import Labels, ParsedFamily, parse

SUFFIX = ".prom"
# Of all files together: somebody's job may have gone wild. 10,000 samples take 0.1 s to parse, and
# are ten times what this program has of its own.
MAX_BYTES = 1 << 20
MAX_SAMPLES = 10_000
MAX_FILES = 1000
CHUNK_BYTES = 1 << 16

MTIME = "node_textfile_mtime_seconds"
SCRAPE_ERROR = "node_textfile_scrape_error"
OWN_NAMES = frozenset((MTIME, SCRAPE_ERROR))


class Unfit(Exception):
    """A file is not to be used; its text says why."""


@dataclass(frozen=True, slots=True)
class TextfileResult:
    """What was found: the metrics of all files, what is wrong with which file, and the Unix time at
    which each file that was read was written.
    """

    families: list[ParsedFamily] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    mtimes: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _File:
    """One file as it was read: `state` tells whether it is still the same."""

    state: tuple[int, ...]
    size: int
    mtime: float
    families: tuple[ParsedFamily, ...]
    samples: int
    fault: str | None = None


class Textfiles:
    """A directory that is read again and again: a file that has not changed is parsed once, and
    where none has, nothing is put together again.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._known: dict[str, _File] = {}
        self._found: list[_File | tuple[str, str]] | None = None
        self._result = TextfileResult()
        # What it is at, for whoever wonders why it does not come back.
        self.at = str(directory)

    def read(self, reserved: Collection[str]) -> TextfileResult:
        """What is there now; the same object while that is the same. `reserved` are names that no
        file may use. Blocks, on a dead mount for ever; never raises.
        """
        self.at = str(self._directory)
        found: list[_File | tuple[str, str]] = []
        known: dict[str, _File] = {}
        left = MAX_BYTES
        for path in self._paths(found):
            self.at = path
            try:
                known[path] = self._read(path, left)
            except (OSError, Unfit) as fault:
                found.append((path, _reason(fault)))
                continue
            left -= known[path].size
            found.append(known[path])
        self._known = known
        if found != self._found:
            self._found = found
            self._result = _merged(known, found, reserved)
        return self._result

    def _paths(self, found: "list[_File | tuple[str, str]]") -> list[str]:
        try:
            names = sorted(name for name in os.listdir(self._directory) if name.endswith(SUFFIX))
        except OSError as fault:
            found.append((str(self._directory), _reason(fault)))
            return []
        if len(names) > MAX_FILES:
            reason = f"it has {len(names)} files; read are the first {MAX_FILES}"
            found.append((str(self._directory), reason))
        return [os.path.join(self._directory, name) for name in names[:MAX_FILES]]

    def _read(self, path: str, left: int) -> _File:
        known = self._known.get(path)
        if known is not None and known.size <= left and _state(os.stat(path)) == known.state:
            return known
        # Not to be kept waiting by a pipe that nobody writes to.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            told = os.fstat(descriptor)
            if not stat.S_ISREG(told.st_mode):
                raise Unfit("it is no file")
            content = _content(descriptor, told.st_size, left)
        finally:
            os.close(descriptor)
        try:
            families, fault = tuple(parse(content.decode(), MAX_SAMPLES)), None
        except UnicodeDecodeError as undecodable:
            line = content.count(b"\n", 0, undecodable.start) + 1
            families, fault = (), f"line {line}: it is not UTF-8"
        except ValueError as wrong:
            families, fault = (), str(wrong)
        samples = sum(len(family.samples) for family in families)
        return _File(_state(told), len(content), told.st_mtime, families, samples, fault)


def read_textfiles(directory: Path, reserved: Collection[str]) -> TextfileResult:
    """What is in a directory, read once. Never raises."""
    return Textfiles(directory).read(reserved)


def _merged(
    known: dict[str, _File], found: "list[_File | tuple[str, str]]", reserved: Collection[str]
) -> TextfileResult:
    result = TextfileResult([], [each for each in found if isinstance(each, tuple)])
    merged = _Merged(result, reserved)
    left = MAX_SAMPLES
    for path, file in known.items():
        fault = file.fault
        if file.samples > left:
            fault = f"all files together have more than {MAX_SAMPLES} samples"
        if fault is not None:
            result.errors.append((path, fault))
            continue
        left -= file.samples
        result.mtimes[path] = file.mtime
        for family in file.families:
            merged.add(path, family)
    merged.finish()
    return result


class _Merged:
    """The metrics of all files by name; what two claim is told of, and the first has it."""

    def __init__(self, result: TextfileResult, reserved: Collection[str]) -> None:
        self._result = result
        self._reserved = reserved
        self._families: dict[str, ParsedFamily] = {}
        self._owners: dict[str, str] = {}
        self._files: dict[str, list[str]] = {}
        self._seen: dict[str, set[tuple[str, frozenset[tuple[str, str]]]]] = {}

    def add(self, path: str, family: ParsedFamily) -> None:
        """A metric of one file. Its own object is left as it is: it may be used again."""
        fault = self._conflict(family)
        if fault is not None:
            self._result.errors.append((path, fault))
            return
        merged = self._families.setdefault(family.name, ParsedFamily(family.name, family.type))
        self._owners |= dict.fromkeys(family.names, family.name)
        self._files.setdefault(family.name, []).append(path)
        if merged.help is None:
            merged.help = family.help
        elif family.help not in (None, merged.help):
            self._result.errors.append((path, f"another file says what {family.name} is"))
        seen = self._seen.setdefault(family.name, set())
        places = [_place(name, labels) for name, labels, _ in family.samples]
        fresh = [
            sample
            for sample, place in zip(family.samples, places, strict=True)
            if place not in seen
        ]
        if len(fresh) < len(family.samples):
            self._result.errors.append((path, f"another file has {family.name} with such labels"))
        seen.update(places)
        merged.samples += fresh

    def _conflict(self, family: ParsedFamily) -> str | None:
        """Why this metric cannot be beside those that are there; None where it can."""
        own = sorted(name for name in family.names if name in self._reserved or name in OWN_NAMES)
        if own:
            return f"{own[0]} is a metric of this program"
        merged = self._families.get(family.name)
        if merged is not None and merged.type != family.type:
            return f"{family.name} is a {merged.type} in another file"
        others = sorted(n for n in family.names if self._owners.get(n, family.name) != family.name)
        if others:
            return f"{others[0]} is a part of {self._owners[others[0]]} in another file"
        return None

    def finish(self) -> None:
        """Hand over all that is there, each with a word on what it is."""
        for family in self._families.values():
            if family.help is None:
                family.help = f"Metric read from {', '.join(self._files[family.name])}"
            self._result.families.append(family)


def _place(name: str, labels: Labels) -> tuple[str, frozenset[tuple[str, str]]]:
    # To Prometheus a label that is empty is none.
    return name, frozenset(pair for pair in labels if pair[1])


def _state(told: os.stat_result) -> tuple[int, ...]:
    return (told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns)


def _content(descriptor: int, size: int, left: int) -> bytes:
    """All of it, though it may have grown since it was looked at. Raises OSError and `Unfit`."""
    content = bytearray()
    _check(size, left)
    while chunk := os.read(descriptor, CHUNK_BYTES):
        content += chunk
        _check(len(content), left)
    return bytes(content)


def _check(size: int, left: int) -> None:
    if size > MAX_BYTES:
        raise Unfit(f"it is larger than {MAX_BYTES >> 20} MiB")
    if size > left:
        raise Unfit(f"all files together are larger than {MAX_BYTES >> 20} MiB")


def _reason(fault: OSError | Unfit) -> str:
    return str(fault.strerror or fault) if isinstance(fault, OSError) else str(fault)
