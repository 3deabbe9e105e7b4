"""Nothing that comes in is ever executed: no shell, no other program, no pickle, no eval.

And SQL stands in the source as it is executed, with parameters. Read off the source.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.test_layers import KNOWN, Module, imports, program, walk

# What starts programs, makes objects of bytes, or code of text.
MODULES = {
    "_posixsubprocess", "cloudpickle", "code", "codeop", "commands", "dill", "joblib", "marshal",
    "multiprocessing", "pdb", "pexpect", "pickle", "pickletools", "popen2", "pty", "runpy",
    "shelve", "subprocess", "yaml",
}  # fmt: skip
NAMES = {"eval", "exec", "compile", "__import__", "breakpoint"}
# Of any object: of os, of a loop, of asyncio, of builtins.
ATTRIBUTES = {
    "popen", "fork", "forkpty", "posix_spawn", "posix_spawnp", "startfile",
    "create_subprocess_exec", "create_subprocess_shell", "subprocess_exec", "subprocess_shell",
    "eval", "exec", "ProcessPoolExecutor", "run_path", "run_module",
    *(f"exec{end}" for end in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")),
    *(f"spawn{end}" for end in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")),
}  # fmt: skip
EXECUTES = {"execute", "executemany", "executescript"}
# The only statements that are not written out where they are executed: the steps of the layout one
# by one, and as many question marks as there are values.
SQL_ELSEWHERE = {
    ("monitor.history.layout", "upgrade"),
    ("monitor.history.question", "Question._chunks"),
}


def execution(module: Module, node: ast.AST) -> Iterator[str]:
    """What executes something, or names what does."""
    for target in imports(module, node):
        if target.partition(".")[0] in MODULES:
            yield f"imports {target}"
        if target == "os" and isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            yield from (f"imports os.{n}" for n in names & (ATTRIBUTES | {"system", "*"}))
    if isinstance(node, ast.Name) and node.id in NAMES:
        yield f"names {node.id}"
    if isinstance(node, ast.Attribute) and (
        node.attr in ATTRIBUTES or ast.unparse(node) in ("os.system", "posix.system")
    ):
        yield f"names {ast.unparse(node)}"
    if isinstance(node, ast.Import) and any(a.asname and a.name == "os" for a in node.names):
        yield "gives os another name"
    if isinstance(node, ast.Call) and any(k.arg == "shell" for k in node.keywords):
        yield "has an argument `shell`"


def sql(module: Module, node: ast.AST, scope: str, constants: set[str]) -> Iterator[str]:
    """A statement that is not in the source as it is."""
    called = node.func if isinstance(node, ast.Call) else None
    if not isinstance(called, ast.Attribute) or called.attr not in EXECUTES:
        return
    assert isinstance(node, ast.Call)
    statement = node.args[0] if node.args else ast.Name("nothing")
    if (module.name, scope) not in SQL_ELSEWHERE and not written(statement, constants):
        yield f"executes {ast.unparse(statement)}, which is no constant"


def written(statement: ast.expr, constants: set[str]) -> bool:
    """Whether it is a text, a constant of the module, or a PRAGMA, which takes no parameters, of
    numbers: what has the format `d` is nothing else."""
    if isinstance(statement, ast.Constant):
        return isinstance(statement.value, str)
    if isinstance(statement, ast.IfExp):
        return written(statement.body, constants) and written(statement.orelse, constants)
    if isinstance(statement, ast.Subscript):
        statement = statement.value
    if isinstance(statement, ast.Name):
        return statement.id in constants
    if not isinstance(statement, ast.JoinedStr):
        return False
    first, *rest = statement.values
    pragma = isinstance(first, ast.Constant) and str(first.value).startswith("PRAGMA ")
    return pragma and all(isinstance(p, ast.Constant) or _is_number(p) for p in rest)


def _is_number(part: ast.expr) -> bool:
    spec = part.format_spec if isinstance(part, ast.FormattedValue) else None
    return spec is not None and ast.unparse(spec) in ("f'd'", "'d'", 'f"d"')


def constants_of(tree: ast.Module) -> set[str]:
    """The module's names for texts, and for dictionaries of them."""
    found = set()
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value
            texts = value.values if isinstance(value, ast.Dict) else [value]
            if all(isinstance(t, ast.Constant) and isinstance(t.value, str) for t in texts):
                found.add(node.targets[0].id)
    return found


def faults(module: Module) -> list[str]:
    tree = ast.parse(module.source)
    constants = constants_of(tree)
    return [
        f"{module.path}:{getattr(node, 'lineno', 1)}: {module.name} {fault}"
        for node, scope in walk(tree)
        for fault in (*execution(module, node), *sql(module, node, scope, constants))
    ]


def test_the_program_executes_nothing() -> None:
    modules = program()
    assert len(modules) > 200
    assert not [fault for module in modules for fault in faults(module)]


def test_what_is_let_through_is_there() -> None:
    there = {
        (module.name, scope)
        for module in program()
        for node, scope in walk(ast.parse(module.source))
        if isinstance(node, ast.Attribute) and node.attr in EXECUTES
    }
    assert there >= SQL_ELSEWHERE


@pytest.mark.parametrize(
    "source",
    [
        "import subprocess",
        "def f():\n    from subprocess import run",
        "import multiprocessing.pool",
        "from concurrent.futures import ProcessPoolExecutor\nfutures.ProcessPoolExecutor()",
        "import pickle",
        "import marshal, json",
        "from os import system",
        "import os\nos.system('x')",
        "import os as x",
        "os.popen(name)",
        "os.execvp(name, [])",
        "run = os.posix_spawn",
        "eval(text)",
        "f = exec",
        "builtins.eval(text)",
        "compile(text, '', 'exec')",
        "__import__(name)",
        "await asyncio.create_subprocess_shell(text)",
        "loop.subprocess_exec(f, name)",
        "run(text, shell=True)",
        "db.execute(f'SELECT {name} FROM x')",
        "db.execute('SELECT * FROM x WHERE name = ' + name)",
        "db.execute('SELECT %s' % name)",
        "db.execute('SELECT {}'.format(name))",
        "db.execute(statement)",
        "db.executescript(text)",
        "db.execute(f'PRAGMA {name}')",
        "db.execute(f'PRAGMA x = {size}')",
        "db.execute(f'DELETE FROM x WHERE id = {n:d}')",
        "SQL = f'SELECT {x}'\ndb.execute(SQL)",
        "db.execute()",
    ],
)
def test_what_executes_something_is_found(source: str) -> None:
    assert faults(Module("monitor.app", "x", source, KNOWN))


@pytest.mark.parametrize(
    "source",
    [
        "db.execute('SELECT 1 WHERE x = ?', (name,))",
        "SQL = 'SELECT 1'\ndb.execute(SQL)",
        "SQL = {'a': 'SELECT 1'}\ndb.execute(SQL[name])",
        "db.execute(f'PRAGMA x = {size:d}')",
        "import platform\nplatform.system()",
        "times.system",
        "model.execution",
    ],
)
def test_what_executes_nothing_is_not(source: str) -> None:
    assert not faults(Module("monitor.app", "x", source, KNOWN))
