"""Who takes part, and how each is started and asked."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

import aiohttp

from bench.clients import Tally, fetch, view
from bench.peers import ROOT
from bench.report import PSUTIL, UNWATCHED

GLANCES_HOME = ROOT / ".cache" / "glances"
GLANCES_PROGRAM = GLANCES_HOME / "bin" / "glances"
GLANCES = "glances[web]>=4.5,<5"
GLANCES_PERIOD_S = 2.0
INSTALL_S = 180

VIEWED = "monitor, one viewer of host and processes"
SCRAPED = "monitor, scraped each second"
# Named as not measured: one needs a terminal that can do more, the other a configuration.
NOT_RUN = ("btop", "netdata")

Ask = Callable[[aiohttp.ClientSession, str, Tally], Coroutine[None, None, None]]


@dataclass
class Contestant:
    """One that is measured. `url` is where it is told to listen, `ask` its client."""

    name: str
    command: list[str]
    says_url: bool = False
    url: str = ""
    terminal: bool = False
    ask: Ask | None = None


def contestants(directory: str) -> list[Contestant]:
    """All that are on this machine. `directory` is for what they write."""

    def monitor(name: str) -> list[str]:
        command = [sys.executable, "-m", "monitor", "--port", "0", "--log-level", "error"]
        return [*command, "--cpu-budget", "100", "--data-dir", f"{directory}/{name}"]

    listed = [
        Contestant(UNWATCHED, monitor("alone"), says_url=True),
        Contestant(VIEWED, monitor("viewed"), says_url=True, ask=_viewer),
        Contestant(SCRAPED, monitor("scraped"), says_url=True, ask=_scraper),
        Contestant(PSUTIL, [sys.executable, "-m", "bench.naive", "1"]),
    ]
    if GLANCES_PROGRAM.exists():
        listed += _glances([str(GLANCES_PROGRAM), "--disable-check-update"])
    if exporter := node_exporter():
        listed += _node_exporter(exporter)
    return listed + _on_terminals()


def _glances(command: list[str]) -> list[Contestant]:
    url = free_url()
    port = url.rstrip("/").rpartition(":")[2]
    serve = [*command, "-w", "-B", "127.0.0.1", "-p", port]
    return [
        Contestant("Glances, headless, each second", [*command, "-q", "-t", "1"]),
        Contestant("Glances, headless, every 2 s (its default)", [*command, "-q"]),
        Contestant("Glances, on a terminal, every 2 s", command, terminal=True),
        Contestant("Glances, web server, its page open", serve, url=url, ask=_page_of_glances),
    ]


def _node_exporter(program: str) -> list[Contestant]:
    made = []
    for kind, options in (("", []), (" with --collector.processes", ["--collector.processes"])):
        url = free_url()
        listen = f"--web.listen-address={url.split('/')[2]}"
        name = f"node_exporter{kind}, scraped each second"
        made.append(Contestant(name, [program, listen, *options], url=url, ask=_scraper))
    return made


def _on_terminals() -> list[Contestant]:
    commands = {"top": ["-d", "1"], "htop": ["-d", "10"]}
    return [
        Contestant(f"{name}, each second", [program, *options], terminal=True)
        for name, options in commands.items()
        if (program := shutil.which(name))
    ]


def node_exporter() -> str | None:
    """Its path, under Debian's name or its own."""
    return shutil.which("prometheus-node-exporter") or shutil.which("node_exporter")


def absent() -> list[str]:
    """Who does not take part, and why."""
    missing = [name for name in ("top", "htop") if not shutil.which(name)]
    if not GLANCES_PROGRAM.exists():
        missing.append("Glances")
    if not node_exporter():
        missing.append("node_exporter")
    said = [f"{name} (not on this machine)" for name in missing]
    here = {name: shutil.which(name) is not None for name in NOT_RUN}
    said += [f"{name} ({'not run' if here[name] else 'not on this machine'})" for name in NOT_RUN]
    return said


def install_glances() -> None:
    """Into a virtual environment of its own, once; says why where that cannot be."""
    if GLANCES_PROGRAM.exists():
        return
    print(f"bench: installing {GLANCES} into {GLANCES_HOME.relative_to(ROOT)}", file=sys.stderr)
    python = str(GLANCES_HOME / "bin" / "python")
    install = [python, "-m", "pip", "-qq", "--disable-pip-version-check", "install", GLANCES]
    try:
        for command in ([sys.executable, "-m", "venv", "--clear", str(GLANCES_HOME)], install):
            subprocess.run(command, check=True, timeout=INSTALL_S)
    except (subprocess.SubprocessError, OSError) as fault:
        print(f"bench: Glances does not take part: {fault}", file=sys.stderr)


def free_url() -> str:
    """Where nobody listens now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{sock.getsockname()[1]}/"


async def _viewer(session: aiohttp.ClientSession, url: str, tally: Tally) -> None:
    await view(session, url, ("processes",), tally)


async def _scraper(session: aiohttp.ClientSession, url: str, tally: Tally) -> None:
    await fetch(session, url, ("metrics",), 1.0, tally)


async def _page_of_glances(session: aiohttp.ClientSession, url: str, tally: Tally) -> None:
    await fetch(session, url, ("api/4/all", "api/4/all/views"), GLANCES_PERIOD_S, tally)
