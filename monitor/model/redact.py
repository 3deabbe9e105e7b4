"""Command lines without the secrets in them: passwords, tokens and keys become `***`.

Three tables say what a secret is: by the name that it is given to (`redact_names`), by its looks
(`redact_shapes`), and by the program whose option it is (`redact_programs`). Arguments are better
than a line: where each ends is known, so that a password with spaces is hidden whole. What is a
line itself, such as `sh -c`'s or a title that a process has written over its arguments, is taken
apart as a shell would.

Not known: a secret that nothing marks as one (`echo hunter2`), and a password that looks like an
option (`--password --abc`).
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from monitor.model import redact_names as names
from monitor.model import redact_programs as programs
from monitor.model import redact_shapes as shapes
from monitor.model.redact_names import HIDDEN
from monitor.model.redact_programs import Form, Hide, Row

# Lines within lines: ssh's within sh's within docker's.
MAX_DEPTH = 6
# What is hidden may have held half of a pair of quotes, so that what follows is read otherwise: the
# answer is gone through until it stays.
MAX_PASSES = 4
# A command line of which the rest was not read: what the last word would have been is not known, so
# this many of its characters are hidden.
MAX_TAIL = 1024
# Where a program's name may be at the end of a word, after a path or a parenthesis.
MAX_NAME = 40

# Without any of these there is neither a name, nor a shape.
_MARKS = tuple(
    {
        *("pass", "pwd", "secret", "token", "key", "auth", "cred", "psk", "jwt", "cookie", "otp"),
        *("sas", "sig", "code=", "@"),
        *(mark for shape in shapes.SHAPES for mark in shape.marks if mark != "://"),
    }
)
_WORD = re.compile(r"""(?:\\.|'[^']*+'|"(?:[^"\\]++|\\.)*+"|[^\s\\'"]++|[\\'"])++""", re.DOTALL)
_QUOTED = re.compile(r"""'[^']*+'|"(?:[^"\\]++|\\.)*+\"""", re.DOTALL)
_SPACE = re.compile(r"\s")
_PAIR = re.compile(
    r"(?P<keep>/?(?P<name>[\w.\[\]-]{1,128})(?P<mark>[=:])\s{0,8}"
    # The scheme of a header's credentials tells what they are.
    r"(?:(?i:basic|bearer|token|digest|negotiate|apikey|key)\s{1,8})?)(?P<value>.+)",
    re.DOTALL,
)
_ASSIGNED = re.compile(r"(?P<keep>[\w.-]{1,128}=)(?P<value>.+)", re.DOTALL)
# An image's tag, a volume's place: `auth:1.2`, `secrets:/run/secrets`.
_TAG = re.compile(r"/\S*|latest|v?[0-9]+(?:\.[0-9]+)+[\w.-]*(?:@sha256:.*)?", re.DOTALL)
_OPTION = re.compile(r"--?[A-Za-z][\w.-]+")
_LIKE_OPTION = re.compile(r"-[A-Za-z](?:\*{3})?|--?[a-z]+(?:-[a-z]+)*(?:=.*|\*{3})?|--", re.DOTALL)
_HEADER = re.compile(r"(?:[\w.-]+=)?[\"']?(?P<name>[\w.-]{1,64}):")
_SCHEME = re.compile(r"basic|bearer|token|digest|negotiate|apikey|[=:]", re.IGNORECASE)
_SCRIPT = re.compile(r"-[a-z]*c")
_NAME = re.compile(r"[\w+-][\w.+-]*\Z")


def redact(arguments: Sequence[str], *, cut: bool = False) -> list[str]:
    """The arguments with `***` for each secret. `cut` says that there was more than was read.

    Takes time linear in their length, whatever they hold, and changes what it returned no more.
    """
    known = list(arguments)
    if cut and known:
        known[-1] = _without_tail(known[-1])
    text = "\0".join(known)
    low = text.lower()
    if not (any(mark in low for mark in _MARKS) or programs.ANY.search(text)):
        return known
    within = _Within(MAX_DEPTH, shapes.fitting(low))
    known = shapes.PEM.sub(HIDDEN, text).split("\0")
    for _ in range(MAX_PASSES):
        line, before = _Line(within), known
        known = [line.take(word) for word in before]
        if known == before:
            break
    return known


def redact_text(text: str) -> str:
    """As `redact`, for a command line that is one text."""
    return redact([text])[0] if text else text


def _without_tail(word: str) -> str:
    """Of its last word an end that may be the half of a secret is hidden."""
    at = max((word.rfind(mark) for mark in " \t\n"), default=-1) + 1
    return word[: max(at, len(word) - MAX_TAIL)] + HIDDEN


class _Within(NamedTuple):
    """What holds for a part of a command line: how deep it may be taken apart, and the shapes that
    there are in the whole of it."""

    depth: int
    shapes: tuple[shapes.Shape, ...]

    def deeper(self) -> "_Within":
        return self._replace(depth=self.depth - 1)


class _Wait(NamedTuple):
    """A word to come is hidden so: after `skip` others, `anywhere` also behind options."""

    hide: Hide
    skip: int = 0
    anywhere: bool = False

    def passes(self, word: str) -> bool:
        return self.anywhere and word.startswith("-")


class _Line:
    """A command line on its way through: what a word is may hang on those before it."""

    def __init__(self, within: _Within) -> None:
        self._within = within
        self._rows: list[Row] = []
        self._subs: set[str] = set()
        self._sets = False
        self._before = ""
        self._waiting: list[_Wait] = []

    def take(self, word: str) -> str:
        """The word as it may be shown."""
        shown = _unquoted(word, self._shown)
        self._meet(word)
        if shown != word:
            self._meet(shown)
        if programs.OTHERS.fullmatch(_program(shown)):
            self._rows = []
        self._expect(shown)
        self._before = shown
        return shown

    def _shown(self, word: str) -> str:
        shown = self._answer(word)
        if shown is None:
            for row in self._active():
                found = row.attached.fullmatch(word) if row.attached else None
                hidden = row.hide(found["secret"]) if found else None
                if found and hidden is not None:
                    shown = found["keep"] + hidden
        script = _SCRIPT.fullmatch(self._before) is not None
        return _argument(shown or word, self._within, script=script)

    def _answer(self, word: str) -> str | None:
        """The word hidden, where one before it asked for that."""
        if _SCHEME.fullmatch(word):
            return None
        shown = word
        if not _LIKE_OPTION.fullmatch(word):
            for wait in self._waiting:
                if not wait.skip and not wait.passes(word):
                    shown = wait.hide(shown) or shown
        option = _LIKE_OPTION.fullmatch(shown)
        self._waiting = [
            wait if wait.passes(shown) else wait._replace(skip=wait.skip - 1)
            for wait in self._waiting
            if wait.passes(shown) or (wait.skip and not option)
        ]
        return shown if shown != word else None

    def _active(self) -> list[Row]:
        return [row for row in self._rows if not row.sub or row.sub in self._subs]

    def _meet(self, word: str) -> None:
        """A program's name, or that of what it is to do."""
        name = _program(word)
        if not name or programs.NAMING.fullmatch(self._before):
            return
        self._subs.add(name)
        self._sets = self._sets or programs.SETTERS.fullmatch(name) is not None
        self._rows += [row for row in programs.rows_of(name) if row not in self._rows]

    def _expect(self, word: str) -> None:
        """See whether the next word is a secret."""
        for row in self._active():
            if row.asks(word):
                self._waiting.append(_Wait(row.hide, row.skip, Form.PLACE in row.form))
        header = _HEADER.fullmatch(word)
        name = header["name"] if header else self._before if word == "=" else word
        known = header or word == "=" or _OPTION.fullmatch(word)
        if (known or (self._sets and _NAME.fullmatch(word))) and names.takes_one(name):
            self._waiting.append(_Wait(lambda value: names.hide(name, value)))


def _program(word: str) -> str:
    """The name that a word ends with, where it may be a program's."""
    found = _NAME.search(word[-MAX_NAME - 1 :])
    return found[0] if found and len(found[0]) <= MAX_NAME else ""


def _unquoted(text: str, show: Callable[[str], str]) -> str:
    """What `show` makes of it, its quotes left where they are."""
    if text[:1] in ("'", '"') and _QUOTED.fullmatch(text):
        return text[0] + show(text[1:-1]) + text[-1]
    return show(text)


def _argument(text: str, within: _Within, *, script: bool = False) -> str:
    """One argument; a `script` is a shell's, so that `NAME=x` at its beginning is but a word."""
    if within.depth == 0 or text in ("", HIDDEN):
        return shapes.in_word(text, within.shapes)
    lines = _SPACE.search(text) is not None
    found = None if script and lines else _PAIR.fullmatch(text)
    if found and _is_secret(found):
        return found["keep"] + HIDDEN
    text = shapes.in_text(text)
    assigned = _ASSIGNED.fullmatch(text)
    if assigned:
        rest = _unquoted(assigned["value"], lambda value: _argument(value, within.deeper()))
        return assigned["keep"] + rest
    return _line(text, within.deeper()) if lines else shapes.in_word(text, within.shapes)


def _is_secret(found: re.Match[str]) -> bool:
    name, value = found["name"], found["value"]
    if found["mark"] == ":" and _TAG.fullmatch(value):
        return False
    return names.hide(name, value) is not None


def _line(text: str, within: _Within) -> str:
    """A command line in one text."""
    line = _Line(within)
    return _WORD.sub(lambda found: line.take(found[0]), text)
