"""Netdata as Debian packages it, unpacked below .cache: nothing is installed, nothing started."""

import shutil
import subprocess
import sys
from pathlib import Path

from bench.peers import ROOT

HOME = ROOT / ".cache" / "netdata"
TREE = HOME / "tree"
PROGRAM = TREE / "usr" / "sbin" / "netdata"
# With what its page and its program are linked to.
PACKAGES = (
    "netdata-core",
    "netdata-web",
    "netdata-plugins-bash",
    "fonts-font-awesome",
    "fonts-glyphicons-halflings",
    "libjs-bootstrap",
    "libjson-c5",
    "libmnl0",
    "libnetfilter-acct1",
    "libuv1",
)
FETCH_S = 180
# Everything that it does by itself, less what speaks to others and what needs an interpreter of its
# own.
SETTINGS = """[global]
    run as user = {user}
[directories]
    config = {tree}/etc/netdata
    stock config = {tree}/usr/lib/netdata/conf.d
    plugins = {tree}/usr/lib/netdata/plugins.d
    web = {tree}/usr/share/netdata/web
    cache = {state}/cache
    lib = {state}/lib
    log = {state}/log
    home = {state}/lib
[web]
    bind to = 127.0.0.1
    web files owner = {user}
    web files group = {group}
[cloud]
    enabled = no
[registry]
    enabled = no
[statsd]
    enabled = no
[plugins]
    python.d = no
    go.d = no
    charts.d = no
"""


def fetch() -> str:
    """Have it; why not, where it cannot be had, with what was tried."""
    if PROGRAM.exists():
        return ""
    print(f"bench: unpacking Netdata into {HOME.relative_to(ROOT)}", file=sys.stderr)
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return "there is no apt-get here to fetch Debian's package with"
    HOME.mkdir(parents=True, exist_ok=True)
    try:
        said = _run("apt-get", "-qq", "download", *PACKAGES)
        if said.returncode != 0:
            _run("apt-get", "-qq", "update")
            said = _run("apt-get", "-qq", "download", *PACKAGES)
        if said.returncode != 0:
            last = (said.stderr.strip().splitlines() or ["no reason given"])[-1]
            return f"`apt-get download {PACKAGES[0]} ...`: {last}"
        for package in HOME.glob("*.deb"):
            _run("dpkg-deb", "-x", str(package), str(TREE)).check_returncode()
            package.unlink()
    except (subprocess.SubprocessError, OSError) as fault:
        return str(fault)
    return ""


def command(state: Path, port: int) -> list[str]:
    """To start it in the foreground; it writes below `state` alone."""
    for name in ("cache", "lib", "log"):
        (state / name).mkdir(parents=True, exist_ok=True)
    settings = state / "netdata.conf"
    owner = {"user": HOME.owner(), "group": HOME.group()}
    settings.write_text(SETTINGS.format(tree=TREE, state=state, **owner), encoding="utf-8")
    return [*_program(), "-D", "-c", str(settings), "-p", str(port)]


def asked() -> list[str]:
    """To ask it for its version."""
    return [*_program(), "-v"]


def _program() -> list[str]:
    libraries = ":".join(str(path) for path in (TREE / "usr" / "lib").glob("*-linux-gnu*"))
    return ["env", f"LD_LIBRARY_PATH={libraries}", str(PROGRAM)]


def _run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, cwd=HOME, capture_output=True, text=True, timeout=FETCH_S, check=False
    )
