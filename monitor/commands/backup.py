"""`monitor backup`: a copy of the history, whether a monitor runs or not."""

import argparse
import os
import sys
from pathlib import Path

from monitor.commands.command import DONE, FAILED, Command
from monitor.config import Config, plain


def declare(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    parser.add_argument("file", metavar="FILE", help="where to write it, all of it or nothing")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")


def run(found: argparse.Namespace, config: Config, now: float) -> int:
    """Write it. Only its owner may read it."""
    from monitor.history import backup
    from monitor.history.onlooker import Unreadable

    target = Path(found.file)
    shown = plain(str(target))
    if os.path.lexists(target) and not found.force:
        return _failed(f"{shown} is there; --force replaces it")
    try:
        size = backup.copy(config.data_dir, target)
    except (Unreadable, backup.Broken) as fault:
        return _failed(plain(str(fault)))
    except OSError as fault:
        return _failed(f"cannot write {shown}: {fault.strerror}")
    print(f"{shown}: {size:,} bytes")
    return DONE


def _failed(reason: str) -> int:
    print(f"monitor: {reason}", file=sys.stderr)
    return FAILED


COMMAND = Command(
    name="backup",
    help="Copy the history of one moment to a file, while it is being written.",
    settings=("data_dir", "config"),
    declare=declare,
    run=run,
)
