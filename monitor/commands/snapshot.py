"""`monitor snapshot`: a stretch of the past as one HTML file that opens offline."""

import argparse
import contextlib
import platform
import socket
import sys

import monitor
from monitor.commands.command import DONE, FAILED, Command, declare_span, span
from monitor.config import Config, ConfigError, plain, shown

STDOUT = "-"


def declare(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    declare_span(parser, "-10m")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="where to write it; - for standard output"
    )


def run(found: argparse.Namespace, config: Config, now: float) -> int:
    """Write it. A monitor may be writing the history meanwhile. Raises ConfigError."""
    start, end = span(found, now)
    if not found.output:
        raise ConfigError("flag --output is missing: the file to write, such as incident.html")
    from monitor.commands import snapping  # brings all that is collected, for names and units

    texts = {"host": {"hostname": socket.gethostname(), "kernel": platform.release()}}
    try:
        with contextlib.closing(snapping.opened(config.data_dir)) as history:
            page = snapping.page(history, start, end, now, texts, monitor.__version__)
    except snapping.FAULTS as fault:
        return _failed(plain(str(fault)))
    try:
        if found.output == STDOUT:
            sys.stdout.write(page)
        else:
            with open(found.output, "w", encoding="utf-8") as file:
                file.write(page)
    except OSError as fault:
        return _failed(f"cannot write {shown(found.output)}: {fault.strerror}")
    return DONE


def _failed(reason: str) -> int:
    print(f"monitor: {reason}", file=sys.stderr)
    return FAILED


COMMAND = Command(
    name="snapshot",
    help="Write a stretch of the past into one HTML file that opens offline.",
    settings=("data_dir", "config"),
    declare=declare,
    run=run,
)
