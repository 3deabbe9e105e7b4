"""`monitor export`: what was, figure by figure, into a file or a pipe."""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterable

from monitor.commands.command import DONE, Command, declare_span, failed, span
from monitor.config import Config, ConfigError, plain, shown

FORMATS = ("csv", "jsonl", "openmetrics")
# 128 and the number of SIGPIPE, as shells have it: whoever read it wants no more.
NOBODY_READS = 141
BUFFER_BYTES = 1 << 18


def declare(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    parser.add_argument(
        "--metric",
        action="append",
        metavar="NAME",
        help="such as core.usage; may be repeated; default all that there are",
    )
    declare_span(parser, "-1h")
    parser.add_argument(
        "--format",
        default=FORMATS[0],
        metavar="FORMAT",
        help=f"{', '.join(FORMATS)}; default {FORMATS[0]}",
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="where to write it; default standard output"
    )


def run(found: argparse.Namespace, config: Config, now: float) -> int:
    """Write it. A monitor may be writing the history meanwhile. Raises ConfigError."""
    start, end = span(found, now)
    if found.format not in FORMATS:
        raise ConfigError(
            f"format is {shown(found.format)} (flag --format); allowed: one of {', '.join(FORMATS)}"
        )
    from monitor.commands import exporting  # brings all that is collected, for names and units

    try:
        # Asked first: one that cannot be read leaves no empty file behind.
        with contextlib.closing(exporting.Export(config.data_dir, found.metric or [])) as history:
            return _write(history.text(found.format, start, end), found.output)
    except exporting.Unknown as fault:
        raise ConfigError(f"flag --metric: {plain(str(fault))}") from None
    except exporting.FAULTS as fault:
        return failed(plain(str(fault)))


def _write(pieces: Iterable[str], path: str | None) -> int:
    try:
        # Names of things may hold what is no UTF-8 (PEP 383): the bytes that they had.
        with open(
            os.dup(sys.stdout.fileno()) if path is None else path,
            "w",
            buffering=BUFFER_BYTES,
            encoding="utf-8",
            errors="surrogateescape",
            newline="",
        ) as out:
            out.writelines(pieces)
    except BrokenPipeError:
        return NOBODY_READS
    except OSError as fault:
        return failed(f"cannot write {shown(path or 'standard output')}: {fault.strerror}")
    return DONE


COMMAND = Command(
    name="export",
    help="Write what was into a file or a pipe: CSV, JSON lines or OpenMetrics.",
    settings=("data_dir", "config"),
    declare=declare,
    run=run,
)
