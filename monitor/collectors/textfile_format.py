"""The Prometheus text of users' own files, strictly: prometheus.io, "Exposition formats", 0.0.4.

Pure. What the format leaves open is read as Prometheus' own library for Go does, which is that of
node_exporter. A text that is half written, or that Prometheus would refuse, is refused whole.
"""

import math
import re
from dataclasses import dataclass, field

Labels = tuple[tuple[str, str], ...]
# Name, labels and value: the value is the text that it was, where that is a decimal number.
ParsedSample = tuple[str, Labels, str]

UNTYPED = "untyped"
SUMMARY = "summary"
HISTOGRAM = "histogram"
TYPES = frozenset(("counter", "gauge", HISTOGRAM, SUMMARY, UNTYPED))
# What the names of their samples end in, and the label that the others have.
SUFFIXES = {SUMMARY: ("_sum", "_count"), HISTOGRAM: ("_bucket", "_sum", "_count")}
PARTS = {SUMMARY: "quantile", HISTOGRAM: "le"}

_BLANK = "[ \t]"
_NAME = re.compile("[a-zA-Z_:][a-zA-Z0-9_:]*")
_SAMPLE = re.compile(
    rf"(?P<name>{_NAME.pattern})"
    rf'(?:{_BLANK}*\{{(?P<labels>(?:[^"}}]|"(?:[^"\\]|\\.)*+")*+)\}}{_BLANK}*|{_BLANK}+)'
    rf"(?P<value>[^ \t]+)(?:{_BLANK}+(?P<timestamp>-?[0-9]+))?"
)
_LABEL = re.compile(
    rf"{_BLANK}*(?P<name>[a-zA-Z_][a-zA-Z0-9_]*){_BLANK}*={_BLANK}*"
    rf'"(?P<value>(?:[^"\\]|\\[\\"n])*+)"{_BLANK}*(?:,{_BLANK}*|$)'
)
_ESCAPE = re.compile(r"\\(.)")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SPECIAL = {
    "nan": "NaN",
    "inf": "+Inf",
    "+inf": "+Inf",
    "infinity": "+Inf",
    "+infinity": "+Inf",
    "-inf": "-Inf",
    "-infinity": "-Inf",
}
# As much of somebody's line as a complaint repeats, in characters.
_MAX_SHOWN = 60


@dataclass(slots=True)
class ParsedFamily:
    """All samples of one metric. Those of a histogram or summary have names of their own."""

    name: str
    type: str = UNTYPED
    help: str | None = None
    samples: list[ParsedSample] = field(default_factory=list)

    @property
    def names(self) -> frozenset[str]:
        """Every name that one of its samples has, or may have."""
        return frozenset((self.name, *(self.name + end for end in SUFFIXES.get(self.type, ()))))


class _Parser:
    def __init__(self, most: int | None) -> None:
        self._most = most
        self.families: dict[str, ParsedFamily] = {}
        self._typed: set[str] = set()
        self._seen: set[tuple[str, frozenset[tuple[str, str]]]] = set()

    def line(self, line: str) -> None:
        line = line.strip(" \t")
        if line.startswith("#"):
            self._comment(line)
        elif line:
            self._sample(line)

    def _comment(self, line: str) -> None:
        words = line[1:].split(None, 2)
        if len(words) < 2 or words[0] not in ("HELP", "TYPE"):
            return
        kind, name, rest = words[0], words[1], words[2] if len(words) > 2 else ""
        if not _NAME.fullmatch(name):
            raise ValueError(f"{_shown(name)} is no name")
        family = self.families.setdefault(name, ParsedFamily(name))
        if kind == "HELP":
            if family.help is not None:
                raise ValueError(f"it says twice what {_shown(name)} is")
            family.help = _unescaped(rest)
            return
        if name in self._typed or family.samples:
            raise ValueError(f"the type of {_shown(name)} does not come first, and once")
        if rest.lower() not in TYPES:
            raise ValueError(f"{_shown(rest)} is no type")
        family.type = rest.lower()
        self._typed.add(name)

    def _sample(self, line: str) -> None:
        match = _SAMPLE.fullmatch(line)
        if match is None:
            raise ValueError(f"{_shown(line)} is no sample")
        if match["timestamp"] is not None:
            raise ValueError("it has a timestamp, which would make old figures look like new ones")
        name, labels = match["name"], _labels(match["labels"] or "")
        place = (name, frozenset(pair for pair in labels if pair[1]))
        if place in self._seen:
            raise ValueError(f"{_shown(name)} is there twice with the same labels")
        self._seen.add(place)
        if self._most is not None and len(self._seen) > self._most:
            raise ValueError(f"it has more than {self._most} samples")
        family = self._family(name)
        part = PARTS.get(family.type)
        if part is not None and name in (family.name, f"{family.name}_bucket"):
            whole = family.type == HISTOGRAM and name == family.name
            if whole or part not in dict(labels):
                raise ValueError(f"{_shown(line)} has no place in a {family.type}")
        family.samples.append((name, labels, _value(match["value"])))

    def _family(self, name: str) -> ParsedFamily:
        """The one that a sample of this name belongs to."""
        if name not in self.families:
            for type_, suffixes in SUFFIXES.items():
                for suffix in suffixes:
                    family = self.families.get(name.removesuffix(suffix))
                    if family is not None and name.endswith(suffix) and family.type == type_:
                        return family
        return self.families.setdefault(name, ParsedFamily(name))


def parse(text: str, most: int | None = None) -> list[ParsedFamily]:
    """The metrics of a text. Raises ValueError, with the line and what is wrong with it; also where
    there are more than so many samples.
    """
    if text and not text.endswith("\n"):
        raise ValueError("its last line does not end: it is not all there")
    parser = _Parser(most)
    for number, line in enumerate(text.split("\n"), 1):
        try:
            parser.line(line)
        except ValueError as fault:
            raise ValueError(f"line {number}: {fault}") from None
    return [family for family in parser.families.values() if family.samples]


def _labels(text: str) -> Labels:
    labels: list[tuple[str, str]] = []
    at = 0
    text = text.strip(" \t")
    while at < len(text):
        match = _LABEL.match(text, at)
        if match is None:
            raise ValueError(f"{_shown(text[at:])} is no label")
        labels.append((match["name"], _unescaped(match["value"])))
        at = match.end()
    names = [name for name, _ in labels]
    if len(set(names)) != len(names):
        raise ValueError("it has two labels of one name")
    if "__name__" in names:
        raise ValueError("no label is called __name__")
    return tuple(labels)


def _value(text: str) -> str:
    if _DECIMAL.fullmatch(text):
        if math.isinf(float(text)):
            raise ValueError(f"{_shown(text)} is too large a number")
        return text
    special = _SPECIAL.get(text.lower())
    if special is None:
        raise ValueError(f"{_shown(text)} is no number")
    return special


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda m: "\n" if m[1] == "n" else m[1], text) if "\\" in text else text


def _shown(text: str) -> str:
    return repr(text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}...")
