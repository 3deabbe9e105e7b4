"""The page's files and its answers are small on their way, and say the same."""

import gzip
import json
import re
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from monitor.web.assets import bare
from tests.web.test_answers import client as client  # noqa: PLC0414  # a fixture

Make = Callable[..., Awaitable[TestClient[Any, Any]]]
ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))
PLAIN = {"Accept-Encoding": "identity"}


def test_nothing_but_comments_is_left_out() -> None:
    for path in SCRIPTS:
        source = path.read_text(encoding="utf-8")
        served = bare(source, ".js")
        assert served.count("\n") == source.count("\n")
        ticks = 0
        for whole, left in zip(source.splitlines(), served.splitlines(), strict=True):
            if whole == left:
                ticks += len(re.findall(r"(?<!\\)`", whole))
                continue
            assert left == "" and re.match(r"\s*(//|/\*|\*|\w)", whole), (path, whole)
            assert ticks % 2 == 0, f"{path}, in a template: {whole}"


def test_code_between_comments_stays() -> None:
    source = "/** a */ one();\ntwo();\n/* b\n c */\n  // d\nthree(); // e\n/* f */\n"
    assert bare(source, ".js") == "/** a */ one();\ntwo();\n\n\n\nthree(); // e\n\n"
    assert bare("a { }\n// b\n/* c */\n", ".css") == "a { }\n// b\n\n"


def test_what_is_served_is_javascript_still(tmp_path: Path) -> None:
    for number, path in enumerate(SCRIPTS):
        served = bare(path.read_text(encoding="utf-8"), ".js")
        (tmp_path / f"{number}.mjs").write_text(served, encoding="utf-8")
    node = shutil.which("node") or str(ROOT / ".venv" / "bin" / "node")
    for path in tmp_path.iterdir():
        subprocess.run([node, "--check", path], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("wanted", "packed"),
    [
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("br;q=1.0, gzip;q=0.5", True),
        ("GZIP", True),
        ("gzip;q=0", False),
        ("gzip;q=0.0", False),
        ("identity", False),
        ("br", False),
        ("x-gzipped", False),
    ],
)
async def test_who_takes_gzip_gets_it(client: Make, wanted: str, packed: bool) -> None:
    here = await client()
    for path in ("/static/js/page.js", "/"):
        async with here.get(
            path, headers={"Accept-Encoding": wanted}, auto_decompress=False
        ) as got:
            body = await got.read()
            assert (got.headers.get("Content-Encoding") == "gzip") is packed
            assert got.headers["Vary"] == "Accept-Encoding"
            assert int(got.headers["Content-Length"]) == len(body)
        async with here.get(path, headers=PLAIN) as plain:
            said = await plain.read()
        assert (gzip.decompress(body) if packed else body) == said
        assert not packed or len(body) < len(said) / 2


async def test_answers_of_the_api_are_compressed_too(client: Make) -> None:
    here = await client()
    path = "/api/v1/openapi.json"
    async with here.get(path, headers={"Accept-Encoding": "gzip"}) as got:
        told = json.loads(await got.read())
        small = int(got.headers["Content-Length"])
    async with here.get(path, headers=PLAIN) as plain:
        assert json.loads(await plain.read()) == told
        assert small < int(plain.headers["Content-Length"]) / 2
