"""Names that are markup stay names: real ones, in a real browser."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.web.markup import CONTAINER, INTERFACE, MARKUP, PROCESS

ROOT = Path(__file__).parents[2]
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE
)
ALONE = re.compile(r"\{% if record is defined %\}.*?\{% (?:else|endif) %\}", re.DOTALL)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount")
def test_a_name_of_a_process_a_mount_an_interface_or_a_container_is_no_markup(
    tmp_path: Path,
) -> None:
    done = subprocess.run(
        ["unshare", "--net", "--mount", sys.executable, "-m", "tests.web.markup", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for name in (PROCESS, MARKUP, INTERFACE, *([CONTAINER] if found["contained"] else [])):
        assert name in found["shown"], name
    # No script ran, nothing became an element, nothing was fetched; and the browser, which tells
    # of each thing that the policy forbids, had nothing to tell.
    assert found["harmed"] is False and found["elements"] == 0
    assert found["asked"] == [] and found["complaints"] == []


@pytest.mark.parametrize("path", sorted((ROOT / "templates").glob("*.html")), ids=lambda p: p.name)
def test_the_pages_have_no_script_or_style_of_their_own(path: Path) -> None:
    # But for what makes a file of it that stands alone, and is never served as a page.
    text = ALONE.sub("", path.read_text(encoding="utf-8"))
    assert not INLINE.findall(text)
    assert "|safe" not in text.replace(" ", "") and "autoescape" not in text


def test_that_would_be_found() -> None:
    for bad in ("<script>x", "<p style='x'>", "<p onclick=x>", "<a href=javascript:x>", "<style>"):
        assert INLINE.search(bad)
    assert not INLINE.search('<script src="static/js/main.js" type="module">')
