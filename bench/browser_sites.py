"""Whose pages are compared: how each server is started, and how its first figure is known."""

import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import monitor
from bench import browser_netdata
from bench.contest import GLANCES_PROGRAM, free_url, install_glances
from bench.peers import running

OURS, GLANCES, NETDATA = "monitor", "Glances", "Netdata"
# What a person would read first: that it has a digit means that something was measured.
FIRST = {
    OURS: '[data-figure="cpu.usage"]',
    GLANCES: "#cpu td span",
    NETDATA: ".gaugeChartLabel",
}


@dataclass(frozen=True)
class Site:
    """A server that runs, and the element of its page that shows the first figure."""

    name: str
    url: str
    first: str


@dataclass
class Sites:
    """Those that run; why the others do not."""

    running: list[Site] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    versions: list[str] = field(default_factory=list)


@asynccontextmanager
async def serving(directory: Path) -> AsyncIterator[Sites]:
    """All three, each on a free port of the loopback, until the end."""
    sites = Sites()
    async with AsyncExitStack() as stack:
        for name, start in ((OURS, _monitor), (GLANCES, _glances), (NETDATA, _netdata)):
            command, url, why = start(directory)
            if why:
                sites.failed[name] = why
                continue
            try:
                context = running(command, says_url=not url, listens=url)
                peer = await stack.enter_async_context(context)
            except (OSError, RuntimeError, TimeoutError) as fault:
                sites.failed[name] = f"it did not start: {fault!r}"
                continue
            sites.running.append(Site(name, peer.url, FIRST[name]))
            sites.versions.append(f"{name} {_version(name)}")
        yield sites


def _monitor(directory: Path) -> tuple[list[str], str, str]:
    command = [sys.executable, "-m", "monitor", "--port", "0", "--log-level", "error"]
    return [*command, "--data-dir", str(directory / "monitor")], "", ""


def _glances(directory: Path) -> tuple[list[str], str, str]:
    install_glances()
    if not GLANCES_PROGRAM.exists():
        return [], "", "`pip install glances[web]` failed; see above"
    url = free_url()
    command = [str(GLANCES_PROGRAM), "--disable-check-update", "-w", "-B", "127.0.0.1"]
    return [*command, "-t", "1", "-p", _port(url)], url, ""


def _netdata(directory: Path) -> tuple[list[str], str, str]:
    if why := browser_netdata.fetch():
        return [], "", why
    url = free_url()
    return browser_netdata.command(directory / "netdata", int(_port(url))), url, ""


def _port(url: str) -> str:
    return url.rstrip("/").rpartition(":")[2]


def _version(name: str) -> str:
    if name == OURS:
        return monitor.__version__
    asked = [str(GLANCES_PROGRAM), "--version"] if name == GLANCES else browser_netdata.asked()
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    found = re.search(r"[0-9]+(\.[0-9]+)+", said)
    return found[0] if found else "of unknown version"
