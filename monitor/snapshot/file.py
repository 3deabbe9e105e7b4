"""The page and a record of the past in one HTML file, without anything from outside."""

import base64
import json
import re
from functools import partial
from pathlib import Path, PurePosixPath

import jinja2

from monitor import resources

ENTRY = "offline.js"
STYLES = ("vendor/uPlot.min.css", "css/roles.css", "css/tables.css", "css/main.css")
MORE_STYLES = ("css/processes.css", "css/time.css", "css/sections.css", "css/settings.css")
CHARTS = "vendor/uPlot.iife.min.js"
# Nothing is loaded but what is in the file: modules come from data: addresses in it.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; img-src data:"
)
_IMPORT = re.compile(r'(\bfrom |\bimport |\bimport\()"(\.{1,2}/[^"]+)"')


def page(record: bytes, hostname: str, version: str, interval: float) -> str:
    """Raises OSError where this installation is incomplete."""
    static = resources.static()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resources.templates()), autoescape=True
    )
    return environment.get_template("index.html").render(
        hostname=hostname,
        version=version,
        interval=interval,
        policy=POLICY,
        style="\n".join(_text(static / name) for name in (*STYLES, *MORE_STYLES)),
        charts=_text(static / CHARTS) if (static / CHARTS).is_file() else "",
        imports=json.dumps({"imports": imports(static / "js")}),
        entry=ENTRY,
        record=base64.b64encode(record).decode(),
    )


def imports(directory: Path) -> dict[str, str]:
    """Each module of the page by a name of its own, as a data: address: a file on a disk may not
    load another (html.spec.whatwg.org, import maps)."""
    found = {}
    for path in sorted(directory.rglob("*.js")):
        name = path.relative_to(directory).as_posix()
        source = _IMPORT.sub(partial(_named, name), _text(path))
        data = base64.b64encode(source.encode()).decode()
        found[name] = f"data:text/javascript;base64,{data}"
    return found


def _named(importer: str, match: "re.Match[str]") -> str:
    parts: list[str] = list(PurePosixPath(importer).parent.parts)
    for part in PurePosixPath(match[2]).parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return f'{match[1]}"{"/".join(parts)}"'


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
