"""The texts of the page: what its scripts and its template say in English."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

# What may come before a slash that begins a regular expression, and not a division.
_BEFORE_REGEX = "(,=:[!&|?{};"
_TOKEN = re.compile(
    r"""
    (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<name>[A-Za-z_$][\w$]*)
  | (?P<space>\s+)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_REGEX = re.compile(r"/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/\w*")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\(.)")


@dataclass(frozen=True)
class Token:
    """A piece of a script. A string's text is what it stands for; a template is in chunks."""

    kind: str
    text: str
    line: int


def tokens(source: str) -> list[Token]:
    """Enough of JavaScript to tell its strings, comments, templates and regular expressions."""
    found: list[Token] = []
    at = 0
    while at < len(source):
        line = source.count("\n", 0, at) + 1
        if source[at] == "`":
            end, pieces = _template(source, at, line)
            found += pieces
            at = end
            continue
        before = next((t for t in reversed(found) if t.kind != "comment"), None)
        regex = _REGEX.match(source, at)
        if regex and source[at + 1] not in "/*" and (before is None or _opens(before)):
            found.append(Token("regex", regex[0], line))
            at = regex.end()
            continue
        match = _TOKEN.match(source, at)
        assert match is not None and match.lastgroup is not None
        at = match.end()
        if match.lastgroup == "string":
            found.append(Token("string", _unescaped(match[0][1:-1]), line))
        elif match.lastgroup != "space":
            found.append(Token(match.lastgroup, match[0], line))
    return found


def _opens(before: Token) -> bool:
    if before.kind == "name":
        return before.text in ("return", "typeof", "case")
    return before.text in _BEFORE_REGEX or before.text.endswith(">")


def _template(source: str, at: int, line: int) -> tuple[int, list[Token]]:
    """Its end, its chunks, and the tokens of what is put into it."""
    pieces: list[Token] = []
    chunk, at = "", at + 1
    while source[at] != "`":
        if source[at] == "\\":
            chunk, at = chunk + source[at : at + 2], at + 2
        elif source.startswith("${", at):
            end = _closing(source, at + 2)
            pieces += [Token("chunk", _unescaped(chunk), line), *tokens(source[at + 2 : end])]
            chunk, at = "", end + 1
        else:
            chunk, at = chunk + source[at], at + 1
    return at + 1, [*pieces, Token("chunk", _unescaped(chunk), line)]


def _closing(source: str, at: int) -> int:
    depth = 0
    while depth or source[at] != "}":
        if source[at] == "`":
            at = _template(source, at, 0)[0]
            continue
        match = re.compile(r"\"(?:[^\"\\]|\\.)*\"|.", re.DOTALL).match(source, at)
        assert match is not None
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        at = match.end()
    return at


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2], text)


@dataclass
class Said:
    """What one script says: keys of `t` and `plural`, calls that no key is seen of, other texts."""

    keys: set[str] = field(default_factory=set)
    unseen: list[int] = field(default_factory=list)
    literals: list[tuple[int, str]] = field(default_factory=list)


def said(source: str) -> Said:
    """Of a script."""
    found = Said()
    line = [token for token in tokens(source) if token.kind != "comment"]
    at, taken = 0, set()
    for at, token in enumerate(line):
        if token.kind != "name" or token.text not in ("t", "plural") or not _called(line, at):
            continue
        first = at + 2 if token.text == "t" else _next_argument(line, at + 2)
        one, end = _literal(line, first)
        other, end_other = ("", end) if token.text == "t" else _literal(line, end + 1)
        if one is None or other is None:
            found.unseen.append(token.line)
            continue
        found.keys |= {one, other} - {""}
        taken |= set(range(first, end_other))
    found.literals = [
        (token.line, token.text)
        for at, token in enumerate(line)
        if at not in taken and token.kind in ("string", "chunk") and not _imported(line, at)
    ]
    return found


def _called(line: list[Token], at: int) -> bool:
    before = line[at - 1].text if at else ""
    after = line[at + 1].text if at + 1 < len(line) else ""
    return after == "(" and before not in (".", "function")


def _imported(line: list[Token], at: int) -> bool:
    return line[at - 1].text in ("from", "import") or line[at - 2].text == "import"


def _next_argument(line: list[Token], at: int) -> int:
    depth = 0
    while depth or line[at].text != ",":
        if line[at].kind == "other":
            depth += (line[at].text in "([{") - (line[at].text in ")]}")
        at += 1
    return at + 1


def _literal(line: list[Token], at: int) -> tuple[str | None, int]:
    """A string, or several with `+` between, that ends an argument; and where it ends."""
    text = ""
    while line[at].kind == "string":
        text, at = text + line[at].text, at + 1
        if line[at].text in (",", ")"):
            return text, at
        if line[at].text != "+":
            break
        at += 1
    return None, at


# --- the template --------------------------------------------------------------------------------

_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_LETTERS = re.compile(r"[A-Za-z]{2}")
_NOT_WORDS = ("script", "style", "noscript", "head", "title")
_VOID = ("input", "meta", "link", "br", "img")
_ATTRIBUTES = ("title", "aria-label", "placeholder")


class _Page(HTMLParser):
    """Each element's text, with its children numbered, as settings/translate.js has it."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: set[str] = set()
        self.open: list[tuple[str, bool, list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.keys |= {value or "" for name, value in attrs if name in _ATTRIBUTES}
        if self.open:
            self.open[-1][2].append("{}")
        if tag not in _VOID:
            figure = any(name == "data-figure" for name, _ in attrs)
            words = tag not in _NOT_WORDS and not any(each in _NOT_WORDS for each, *_ in self.open)
            self.open.append((tag, words and not figure, []))

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1][2].append(data)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1][0] == tag, f"</{tag}> ends <{self.open[-1][0]}>"
        _, words, parts = self.open.pop()
        numbers: Iterator[int] = iter(range(1, len(parts) + 1))
        text = "".join(f"{{{next(numbers)}}}" if part == "{}" else part for part in parts)
        if words:
            self.keys.add(" ".join(text.split()))


def template(source: str) -> set[str]:
    """The keys of a template."""
    page = _Page()
    page.feed(_JINJA.sub("", source))
    return {key for key in page.keys if _LETTERS.search(key)}


def scripts(root: Path) -> dict[str, Said]:
    """What each script says, by its path below static/js."""
    directory = root / "static" / "js"
    return {
        path.relative_to(directory).as_posix(): said(path.read_text(encoding="utf-8"))
        for path in sorted(directory.rglob("*.js"))
    }
