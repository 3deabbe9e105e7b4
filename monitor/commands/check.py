"""`monitor check`: what this machine offers, to this user, with these settings."""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

from monitor.commands.command import DONE, FAILED, Command
from monitor.config import Config


def declare(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    parser.add_argument("--json", action="store_true", help="as one JSON object")


def run(found: argparse.Namespace, config: Config, now: float) -> int:
    """Print it. Fails where the monitor could not start, or not read what is essential."""
    from monitor.commands import checking  # brings all that is collected, and the server

    checked = checking.checked(config)
    if found.json:
        sys.stdout.write(json.dumps(checked, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in told(checked))
    return FAILED if checked["faults"] else DONE


def told(checked: dict[str, Any]) -> Iterator[str]:
    """What was found, as lines for people."""
    packages = ", ".join(f"{name} {version}" for name, version in checked["packages"].items())
    yield f"monitor {checked['version']}, Python {checked['python']}, {checked['system']}"
    yield f"with {packages}"
    yield ""
    for name, one in checked["collectors"].items():
        more = one["reason"] or f"{one['records']} records in {one['seconds'] * 1000:.0f} ms"
        yield f"{name:15}{one['state']:13}{more}"
        for lack in one["lacks"]:
            of = f" of {lack['records']} records" if lack["records"] > 1 else ""
            needs = f": needs {lack['permission']}" if lack["permission"] else ""
            yield f"{'':15}{'not read':13}{lack['what']}{of}{needs}"
    yield ""
    history = checked["history"]
    for name in ("port", "door"):
        yield f"{name:15}{checked[name]['state']:13}{checked[name]['reason']}"
    yield f"{'history':15}{history['state']:13}{history['directory']}: {history['reason']}"
    yield f"{'page':15}{checked['page']['state']:13}{checked['page']['reason']}"
    yield ""
    yield from checked["faults"] or ["The monitor can run here."]


COMMAND = Command(
    name="check",
    help="Print what this machine offers, and what may not be read.",
    settings=(
        *("host", "port", "textfile_dir", "data_dir", "history_size", "config"),
        *("password_file", "tls_cert", "tls_key"),
    ),
    declare=declare,
    run=run,
)
