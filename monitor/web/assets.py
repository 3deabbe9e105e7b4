"""The page's own files, as a browser gets them: without comments, and compressed."""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from aiohttp import hdrs, web

from monitor.web.compressed import accepts

# What is text, and is smaller when it is compressed.
TEXTS = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
VENDOR = "vendor/"
# Comments that have lines of their own: a fourth of what there is. To find others takes a parser.
# The line ends stay, for whoever reads an error's line number.
_BLOCK = re.compile(r"^[ \t]*/\*(?:(?!\*/).)*\*/[ \t]*$", re.DOTALL | re.MULTILINE)
_LINE = re.compile(r"^[ \t]*//.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file. `packed` is what gzip makes of it, where that is smaller."""

    type: str
    tag: str
    body: bytes
    packed: bool


class Assets:
    """The files below a directory, listed once: whatever else is asked for is not there. Each is
    read when it is first asked for, and kept.

    Not aiohttp's add_static: a name that the filesystem finds too long becomes a 500 there, with a
    traceback for each request.
    """

    def __init__(self, root: Path) -> None:
        self._files = {
            path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()
        }
        self._read: dict[str, Asset] = {}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The file of that name, or 404; 304 where the browser has it already."""
        name = request.match_info["name"]
        if name not in self._files:
            raise web.HTTPNotFound
        asset = self._read.get(name)
        if asset is None:
            asset = self._read[name] = prepared(name, self._files[name])
        headers = {hdrs.ETAG: f'"{asset.tag}"', hdrs.VARY: hdrs.ACCEPT_ENCODING}
        known = request.if_none_match or ()
        if any(tag.value in (asset.tag, "*") for tag in known):
            return web.Response(status=304, headers=headers)
        body = asset.body
        if asset.packed and accepts(request):
            headers[hdrs.CONTENT_ENCODING] = "gzip"
        elif asset.packed:
            body = gzip.decompress(body)
        return web.Response(body=body, content_type=asset.type, headers=headers)


def prepared(name: str, path: Path) -> Asset:
    """The file as it is served."""
    body = path.read_bytes()
    kind = TEXTS.get(path.suffix)
    if kind in ("text/css", "text/javascript") and not name.startswith(VENDOR):
        body = bare(body.decode(), path.suffix).encode()
    tag = hashlib.sha256(body).hexdigest()[:16]
    if kind is None:
        guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return Asset(guessed, tag, body, packed=False)
    return Asset(kind, tag, gzip.compress(body, mtime=0), packed=True)


def bare(text: str, suffix: str) -> str:
    """Without comments that have lines of their own; each line keeps its number."""
    text = _BLOCK.sub(lambda found: "\n" * found[0].count("\n"), text)
    return _LINE.sub("", text) if suffix == ".js" else text
