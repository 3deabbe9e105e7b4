"""How a command is declared."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from textwrap import wrap

from monitor.config import Config, ConfigError, shown
from monitor.model import when

DONE, FAILED = 0, 1
HELP_WIDTH = 60


@dataclass(frozen=True, slots=True)
class Command:
    """`settings` are the names of those options that it takes too; `declare` adds its own flags.

    `run` gets these, the settings, and the Unix time of the start; it gives the exit code. It
    raises ConfigError where a flag is wrong.
    """

    name: str
    help: str
    settings: tuple[str, ...]
    declare: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Config, float], int]


def failed(reason: str) -> int:
    """Say why, in one line; the exit code."""
    print(f"monitor: {reason}", file=sys.stderr)
    return FAILED


def declare_span(parser: argparse.ArgumentParser, start: str) -> None:
    """The flags `--from` and `--to`; `start` is the default of the first one."""
    for flag, default, help in (
        ("--from", start, "the first moment"),
        ("--to", "now", "the last moment"),
    ):
        told = "\n".join((f"{help}; default {default}", *wrap(when.ALLOWED, HELP_WIDTH)))
        parser.add_argument(flag, metavar="TIME", default=default, help=told)


def span(found: argparse.Namespace, now: float) -> tuple[float, float]:
    """Unix times of `--from` and `--to`. Raises ConfigError."""
    start, end = (_moment(flag, getattr(found, flag), now) for flag in ("from", "to"))
    if start > end:
        raise ConfigError("flag --from: it is after --to")
    return start, end


def _moment(flag: str, text: str, now: float) -> float:
    try:
        return when.moment(text, now)
    except ValueError as fault:
        raise ConfigError(f"{flag} is {shown(text)} (flag --{flag}); {fault}") from None
