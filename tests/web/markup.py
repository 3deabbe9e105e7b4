"""A process, a mount point, an interface and a container whose names are markup, on the page.

`python -m tests.web.markup DIRECTORY`, in namespaces of its own for network and mounts, prints what
came of it.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.collectors.runtimes import docker
from tests.collectors.test_containers_real import directories
from tests.web.test_page import CHROMIUM, LIVE, Monitor, Visit

# A name of a process has 15 bytes, that of an interface too, and there no / or blank.
PROCESS = "<img src=x>a<b>"
INTERFACE = "<script>harmed"
MARKUP = "<img src=x onerror=harmed=1><svg onload=harmed=1><script>harmed=1<"
CONTAINER = "<svg onload=harmed=2>"
GROUP = f"monitor-markup-{os.getpid()}"
ID = f"{os.getpid():064x}"
RENAME = (
    "import ctypes, sys; ctypes.CDLL(None).prctl(15, sys.argv[1].encode());"
    "print('ready', flush=True); sys.stdin.read()"
)


@contextlib.contextmanager
def container(run: Path) -> Iterator[bool]:
    """A control group as docker makes them, and a daemon that tells its name; False where groups
    cannot be made, as in a container."""
    made = [group / name for group in directories(GROUP) for name in ("", f"docker-{ID}.scope")]
    told = [{"Id": ID, "Names": [f"/{CONTAINER}"], "Image": MARKUP}]
    with contextlib.ExitStack() as undo:
        undo.enter_context(docker(run / "docker.sock", told, []))
        try:
            for directory in made:
                directory.mkdir()
                undo.callback(directory.rmdir)
        except OSError:
            made = []
        yield bool(made)


def visited(
    browser: Browser, monitor: Monitor, pid: int, mountpoint: str, *, contained: bool
) -> dict[str, Any]:
    """What the page makes of them."""
    here = Visit(browser, monitor.url)
    asked: list[str] = []
    here.page.on("request", lambda request: asked.append(request.url))
    here.until(LIVE)
    here.page.click("[data-opens=network]")
    here.until(f"document.body.innerText.includes({json.dumps(INTERFACE)})")
    shown = here.page.inner_text("body")
    here.page.click("[data-opens=disk]")
    here.until(f"document.body.innerText.includes({json.dumps(mountpoint)})")
    shown += here.page.inner_text("body")
    here.enter(pid)
    here.page.locator("#process-details", has_text="onerror").wait_for(timeout=20_000)
    here.page.hover("#process-grid")
    if contained:
        here.page.click("[data-opens=more]")
        here.page.locator(".drawer", has_text="Containers").locator("summary").click()
        here.page.locator(".drawer tbody tr", has_text=CONTAINER).wait_for(timeout=20_000)
    found = {
        "contained": contained,
        "shown": shown + here.page.inner_text("body"),
        "harmed": here.ask("'harmed' in window"),
        "elements": here.ask("document.querySelectorAll('main img, main svg, main script').length"),
        "asked": [url for url in asked if url.rstrip("/").endswith("/x")],
        "complaints": here.complaints,
    }
    here.context.close()
    return found


def main(directory: Path) -> None:
    """Needs root, and must not run in the machine's own namespaces."""
    mountpoint = directory / MARKUP
    mountpoint.mkdir()
    for command in (
        ["mount", "--make-rprivate", "/"],
        ["mount", "-t", "tmpfs", "tmpfs", "/run"],
        ["mount", "-t", "tmpfs", "tmpfs", str(mountpoint)],
        ["ip", "link", "set", "lo", "up"],
        ["ip", "link", "add", INTERFACE, "type", "veth", "peer", "name", "other"],
    ):
        subprocess.run(command, check=True, timeout=20)
    process = subprocess.Popen(
        [MARKUP, "-c", RENAME, PROCESS],
        executable=sys.executable,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    monitor = Monitor(directory / "state")
    try:
        with container(Path("/run")) as contained, sync_playwright() as playwright:
            monitor.start()
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=CHROMIUM
            )
            where = process.pid, str(mountpoint)
            print(json.dumps(visited(browser, monitor, *where, contained=contained)))
            browser.close()
    finally:
        monitor.kill()
        process.kill()
        process.communicate()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
