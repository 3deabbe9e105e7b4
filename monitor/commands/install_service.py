"""`monitor install-service`: the systemd unit of this installation, printed or written."""

import argparse
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from monitor import resources
from monitor.commands.command import DONE, FAILED, Command
from monitor.config import OPTIONS, Config, Option, plain

PLACE = "/etc/systemd/system/monitor.service"
START = "ExecStart="
# Where its state is belongs to the unit (StateDirectory=).
BAKED = tuple(option for option in OPTIONS if option.name != "data_dir")
NEXT = """\
monitor: written to {path}; now, as root:
  systemctl daemon-reload
  systemctl enable --now monitor
"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    parser.add_argument(
        "--write",
        nargs="?",
        const=PLACE,
        metavar="PATH",
        help=f"write it instead of printing it; default {PLACE}",
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="replace a file that is there and differs; it is kept beside it, as PATH.old",
    )


def run(found: argparse.Namespace, config: Config, now: float) -> int:
    """Print the unit, or write it."""
    text = unit([sys.executable, "-I", "-m", "monitor", *flags(found, BAKED)])
    hidden = next(unreachable([Path(sys.executable), resources.PACKAGE]), None)
    if hidden is not None:
        _say(
            f"the service's user cannot read {plain(str(hidden))}: install monitor where everybody "
            "can read it, such as in /opt/monitor (python3 -m venv /opt/monitor)"
        )
    if found.write is None:
        sys.stdout.write(text)
        return DONE
    if hidden is not None:
        return FAILED
    return write(Path(found.write), text, force=found.force)


def unit(command: Sequence[str]) -> str:
    """The unit's file, with this command. Raises FileNotFoundError."""
    lines = (resources.packaging() / "monitor.service").read_text(encoding="utf-8").splitlines()
    start = START + " ".join(map(word, command))
    return "".join(f"{start if line.startswith(START) else line}\n" for line in lines)


def flags(found: argparse.Namespace, options: Sequence[Option]) -> list[str]:
    """The flags that were given, each with its value."""
    given = []
    for option in options:
        value = getattr(found, option.name)
        texts = value if isinstance(value, list) else [value] if value is not None else []
        given += [f"{option.flag}={_rooted(option, text)}" for text in texts]
    return given


def _rooted(option: Option, text: str) -> str:
    """The text; a path as it is from everywhere."""
    value = option.rule.parse(text)
    return str(value.absolute()) if isinstance(value, Path) else text


def word(text: str) -> str:
    """One word of a command line as systemd reads it: systemd.service(5), systemd.syntax(7)."""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    text = text.replace("\n", "\\n").replace("\t", "\\t")
    return f'"{text}"' if any(c in " ';\"" for c in text) else text


def unreachable(paths: Sequence[Path]) -> Iterator[Path]:
    """What on the way to these is not for every user to read."""
    for path in paths:
        for place in (path, path.resolve()):
            for directory in reversed(place.parents):
                if not directory.stat().st_mode & stat.S_IXOTH:
                    yield directory


def write(path: Path, text: str, *, force: bool) -> int:
    """Write the unit, over one that differs only by `force`. The exit code."""
    shown = plain(str(path))
    if os.geteuid() != 0:
        return _failed(f"writing {shown} is root's to do; without --write it is printed")
    try:
        there = path.read_text(encoding="utf-8", errors="replace") if path.exists() else text
        if there != text:
            if not force:
                return _failed(f"{shown} is there and differs; --force replaces it")
            os.replace(path, f"{path}.old")
        with NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", delete=False) as fresh:
            fresh.write(text)
            os.fchmod(fresh.fileno(), 0o644)
        os.replace(fresh.name, path)
    except OSError as fault:
        return _failed(f"cannot write {shown}: {fault.strerror}")
    sys.stdout.write(NEXT.format(path=shown))
    return DONE


def _failed(reason: str) -> int:
    _say(reason)
    return FAILED


def _say(line: str) -> None:
    print(f"monitor: {line}", file=sys.stderr)


COMMAND = Command(
    name="install-service",
    help="Print the systemd unit of this installation, or write it.",
    settings=tuple(option.name for option in BAKED),
    declare=declare,
    run=run,
)
