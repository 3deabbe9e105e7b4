"""The laws that can be read off the source, and proof that these tests bite."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAX_FILE_LINES = 250
MAX_FUNCTION_LINES = 40

# Each room imports from those above it in this table and from itself; from its neighbours in the
# same row it does not.
LEVELS = (
    ("monitor.rules",),
    (
        "monitor",
        "monitor.clock",
        "monitor.config",
        "monitor.descriptors",
        "monitor.log",
        "monitor.model",
        "monitor.resources",
    ),
    (
        "monitor.alerts.rules",
        "monitor.auth",
        "monitor.collectors",
        "monitor.history.chunk",
        "monitor.history.rollup",
        "monitor.history.series",
        "monitor.history.tier",
        "monitor.live.conduct",
        "monitor.live.connection",
        "monitor.notify",
        "monitor.verdict",
        "monitor.wire",
    ),
    ("monitor.alerts", "monitor.history", "monitor.live"),
    ("monitor.snapshot",),
    ("monitor.docs", "monitor.reload", "monitor.web"),
    ("monitor.app", "monitor.commands"),
    ("monitor.flags",),
    ("monitor.cli",),
    ("monitor.__main__",),
)
LEVEL = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}
PURE = (
    "monitor.alerts.rules",
    "monitor.history.chunk",
    "monitor.history.rollup",
    "monitor.history.series",
    "monitor.history.tier",
    "monitor.live.conduct",
    "monitor.live.connection",
    "monitor.model",
    "monitor.verdict",
    "monitor.wire",
)
# What neither waits, reads nor writes. Logging is let through: a state's setter logs.
# fmt: off
PURE_MAY_IMPORT = {
    "__future__", "array", "bisect", "collections", "contextlib", "dataclasses", "datetime", "enum",
    "functools", "itertools", "json", "logging", "math", "monitor.log", "operator", "re", "string",
    "struct", "sys", "types", "typing", "zlib",
}
# fmt: on
IMPURE_CALLS = {"open", "print", "input", "exec", "eval", "__import__"}
# The only room that imports each of these.
OWNER = {"psutil": "monitor.collectors", "sqlite3": "monitor.history", "time": "monitor.clock"}
NOW = {"now", "utcnow", "today", "time"}
# The only reader of command lines: it hands them out without their secrets.
COMMAND_LINES = "monitor.collectors.command_line"
# The only functions that catch whatever comes: what fails there becomes data or a log line.
CATCH_ALL = {
    ("monitor.live.reader", "Reader.sample"),
    ("monitor.live.sampler", "Sampler._run"),
}
# Text from other people's processes stands on the page: nothing there is parsed as HTML or as code.
PARSERS = re.compile(
    r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\s*\(|new Function)"
)


@dataclass(frozen=True)
class Module:
    """A source file of the program; `known` is every module that there is."""

    name: str
    path: str
    source: str
    known: frozenset[str]

    @property
    def room(self) -> str | None:
        return room_of(self.name)


def room_of(name: str) -> str | None:
    """The most particular room that holds the module; `monitor` itself holds nothing else."""
    rooms = [r for r in LEVEL if name == r or (r != "monitor" and name.startswith(r + "."))]
    return max(rooms, key=len, default=None)


def walk(node: ast.AST, scope: str = "") -> Iterator[tuple[ast.AST, str]]:
    """Every node below, docstrings left out, with the name of the function that it stands in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        yield child, scope
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from walk(child, f"{scope}.{child.name}".lstrip("."))
        else:
            yield from walk(child, scope)


def imports(module: Module, node: ast.AST) -> Iterator[str]:
    """The modules that a statement imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            name = f"{node.module}.{alias.name}"
            yield name if name in module.known else f"{'.' * node.level}{node.module or ''}"


def is_below(name: str, room: str) -> bool:
    return name == room or name.startswith(room + ".")


def edges(module: Module, node: ast.AST, scope: str) -> Iterator[str]:
    for target in imports(module, node):
        if target.startswith("."):
            yield f"{module.name} -> {target}: name the module in full"
        if not is_below(target, "monitor"):
            continue
        here, there = module.room, room_of(target)
        if here is None or there is None:
            yield f"{module.name if here is None else target} has no place in LEVELS"
        elif here != there and LEVEL[there] >= LEVEL[here]:
            yield f"{module.name} -> {target} does not point down"


def purity(module: Module, node: ast.AST, scope: str) -> Iterator[str]:
    if module.room not in PURE:
        return
    for target in imports(module, node):
        top = target if is_below(target, "monitor") else target.partition(".")[0]
        if top not in PURE_MAY_IMPORT and room_of(target) not in PURE:
            yield f"{module.name} is pure and imports {target}"
    called = node.func if isinstance(node, ast.Call) else None
    if isinstance(called, ast.Name) and called.id in IMPURE_CALLS:
        yield f"{module.name} is pure and calls {called.id}()"


def owners(module: Module, node: ast.AST, scope: str) -> Iterator[str]:
    for target in imports(module, node):
        owner = OWNER.get(target.partition(".")[0])
        if owner is not None and module.room != owner:
            yield f"{module.name} imports {target}, which only {owner} does"
    text = node.value if isinstance(node, ast.Constant) else None
    reads = module.room == "monitor.collectors"
    if isinstance(text, str) and re.match(r"/(proc|sys)\b", text) and not reads:
        yield f"{module.name} names {text}, which only monitor.collectors reads"


def command_lines(module: Module, node: ast.AST, scope: str) -> Iterator[str]:
    text = node.value if isinstance(node, ast.Constant) else None
    asked = isinstance(node, ast.Attribute) and node.attr == "cmdline"
    named = isinstance(text, str) and re.search(r"(^|/)cmdline$", text)
    if (asked or named) and module.name != COMMAND_LINES:
        yield f"{module.name} reads a command line, which only {COMMAND_LINES} does"


def clocks(module: Module, node: ast.AST, scope: str) -> Iterator[str]:
    called = node.func if isinstance(node, ast.Call) else None
    if module.room != "monitor.clock" and isinstance(called, ast.Attribute) and called.attr in NOW:
        yield f"{module.name} reads the time with .{called.attr}(), which only monitor.clock does"


def catches(module: Module, node: ast.AST, scope: str) -> Iterator[str]:
    if catches_all(node) and (module.name, scope) not in CATCH_ALL:
        yield f"{module.name}: {scope or 'the module'} catches whatever comes"


def catches_all(node: ast.AST) -> bool:
    if isinstance(node, ast.ExceptHandler):
        caught: list[ast.expr] = [] if node.type is None else [node.type]
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
        caught = node.args or [ast.Name("nothing")]
    else:
        return False
    names = {ast.unparse(part) for expression in caught for part in ast.walk(expression)}
    return not caught or bool(names & {"Exception", "BaseException"})


def lengths(module: Module, node: ast.AST, scope: str) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > MAX_FUNCTION_LINES:
            yield f"{node.name}() has {lines} lines, more than {MAX_FUNCTION_LINES}"


LAWS = (edges, purity, owners, command_lines, clocks, catches, lengths)


def faults(module: Module) -> list[str]:
    """Where the module breaks a law, each as `path:line: what`."""
    found = [
        f"{module.path}:{getattr(node, 'lineno', 1)}: {fault}"
        for node, scope in walk(ast.parse(module.source))
        for law in LAWS
        for fault in law(module, node, scope)
    ]
    return [*too_long(module.path, module.source), *found]


def too_long(path: str, source: str) -> list[str]:
    lines = source.count("\n")
    return [f"{path}:1: {lines} lines, more than {MAX_FILE_LINES}"] * (lines > MAX_FILE_LINES)


def script_faults(path: str, source: str) -> list[str]:
    found = [
        f"{path}:{number}: {match[0]} parses text that may be anybody's"
        for number, line in enumerate(source.splitlines(), 1)
        if (match := PARSERS.search(line))
    ]
    return [*too_long(path, source), *found]


def program() -> list[Module]:
    paths = sorted((ROOT / "monitor").rglob("*.py"))
    names = {
        path: ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in paths
    }
    known = frozenset(names.values())
    return [
        Module(name, str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"), known)
        for path, name in names.items()
    ]


def test_the_program_keeps_the_laws() -> None:
    modules = program()
    assert modules
    assert not [fault for module in modules for fault in faults(module)]


def test_every_function_that_may_catch_all_does() -> None:
    found = {
        (module.name, scope)
        for module in program()
        for node, scope in walk(ast.parse(module.source))
        if catches_all(node)
    }
    assert found == CATCH_ALL


def test_the_page_parses_no_text_as_html_or_code() -> None:
    scripts = sorted((ROOT / "static" / "js").rglob("*.js"))
    assert scripts
    assert not [
        fault
        for path in scripts
        for fault in script_faults(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
    ]


BAD = {
    "up": ("monitor.live.hub", "from monitor.web.keys import HUB", "does not point down"),
    "up, a module": ("monitor.wire.x", "from monitor import app", "monitor.app does not point"),
    "up, late": ("monitor.web.x", "def f():\n    import monitor.cli", "x:2: monitor.web.x -> mon"),
    "aside": ("monitor.collectors.x", "import monitor.wire.text", "does not point down"),
    "relative": ("monitor.wire.x", "from . import text", "name the module in full"),
    "homeless": ("monitor.helper", "import monitor.clock", "monitor.helper has no place"),
    "pure, clock": ("monitor.wire.x", "from monitor.clock import Clock", "pure and imports"),
    "pure, loop": ("monitor.model.x", "import asyncio", "pure and imports asyncio"),
    "pure, file": ("monitor.live.connection", "open('x')", "pure and calls open()"),
    "pure, path": ("monitor.wire.x", "from os.path import exists", "pure and imports os.path"),
    "psutil": ("monitor.web.x", "import psutil", "only monitor.collectors does"),
    "sqlite3": ("monitor.live.x", "from sqlite3 import connect", "only monitor.history does"),
    "time": ("monitor.live.x", "import time", "only monitor.clock does"),
    "time, loop's": ("monitor.live.x", "loop.time()", "with .time(), which only"),
    "time, date's": ("monitor.log", "datetime.now(UTC)", "with .now(), which only"),
    "/proc": ("monitor.web.x", "f'/proc/{pid}/stat'", "names /proc/, which only"),
    "command line": ("monitor.collectors.x", "read('cmdline')", "which only monitor.collectors.c"),
    "command line, psutil's": ("monitor.collectors.x", "process.cmdline()", "reads a command line"),
    "catch": ("monitor.app", "try: f()\nexcept Exception: g()", "x:2: monitor.app: the module"),
    "catch, bare": ("monitor.app", "try: f()\nexcept: g()", "catches whatever comes"),
    "catch, several": ("monitor.app", "try: f()\nexcept (A, BaseException): g()", "catches what"),
    "catch, elsewhere": (
        "monitor.live.sampler",
        "class Sampler:\n def stop():\n  with contextlib.suppress(Exception): f()",
        "Sampler.stop catches whatever comes",
    ),
    "long function": ("monitor.app", "def f():\n" + " g()\n" * 40, "f() has 41 lines"),
    "long file": ("monitor.app", "g()\n" * 251, "251 lines, more than 250"),
}
GOOD = {
    "down": ("monitor.web.x", "from monitor.live.hub import Hub\nimport monitor"),
    "at home": ("monitor.live.x", "from monitor.live.hub import Hub"),
    "down within a package": ("monitor.live.x", "from monitor.live.connection import State"),
    "pure": ("monitor.wire.x", "import json\nfrom monitor.model.metric import Metric"),
    "pure, logs": ("monitor.live.connection", "from monitor.log import event"),
    "docstring": ("monitor.app", '"""/proc/stat is not read here."""'),
    "collector": ("monitor.collectors.x", "import psutil\nPath('/proc/stat')"),
    "clock": ("monitor.clock", "import time\ntime.time()"),
    "catch what is named": ("monitor.app", "try: f()\nexcept OSError: g()"),
    "catch at the edge": (
        "monitor.live.sampler",
        "class Sampler:\n async def _run():\n  try: f()\n  except Exception: g()",
    ),
}
KNOWN = frozenset({"monitor", "monitor.app", "monitor.live.hub", "monitor.wire.text"})


@pytest.mark.parametrize(("name", "source", "fault"), BAD.values(), ids=BAD)
def test_what_breaks_a_law_is_found(name: str, source: str, fault: str) -> None:
    assert fault in "\n".join(faults(Module(name, "x", source, KNOWN)))


@pytest.mark.parametrize(("name", "source"), GOOD.values(), ids=GOOD)
def test_what_keeps_the_laws_is_not(name: str, source: str) -> None:
    assert not faults(Module(name, "x", source, KNOWN))


@pytest.mark.parametrize("source", ["a.innerHTML = name;", "eval (name)", "x\n" * 251])
def test_what_breaks_a_law_in_a_script_is_found(source: str) -> None:
    assert script_faults("x.js", source)
