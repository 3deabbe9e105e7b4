"""The flags: as argparse wants them, and as --help shows them."""

import argparse
import re
from collections.abc import Iterable, Sequence
from textwrap import fill
from typing import NoReturn

import monitor
from monitor import commands
from monitor.commands.command import Command
from monitor.config import OPTIONS, ConfigError, Option, plain

COMMANDS = "\n".join(f"  monitor {each.name}: {each.help}" for each in commands.ALL)
EPILOG = f"""\
Commands, each with its own --help; without one, the page is served:
{COMMANDS}

A flag wins over its variable, that over the file's key, that over the default.
The file's keys are the flags' names with underscores: base_path = "/monitor".
Exit codes: 0 stopped, 1 could not start, 2 wrong settings.
"""
HELP_WIDTH = 72


def parser() -> argparse.ArgumentParser:
    """The flags, all of them texts: `Option.read` says what is right, for every source alike."""
    made = argparse.ArgumentParser(
        prog="monitor",
        description="This machine in a browser, second by second.",
        epilog=EPILOG,
        formatter_class=argparse.RawTextHelpFormatter,
        allow_abbrev=False,
        exit_on_error=False,
    )
    _declare(made, OPTIONS)
    made.add_argument("--version", action="version", version=f"monitor {monitor.__version__}")
    return made


def _declare(made: argparse.ArgumentParser, options: Iterable[Option]) -> None:
    for option in options:
        made.add_argument(
            option.flag,
            dest=option.name,
            action="append" if option.repeatable else "store",
            metavar=option.metavar or option.name.rpartition("_")[2].upper(),
            help=_help(option).replace("%", "%%"),
        )


def _help(option: Option) -> str:
    again = " (may be repeated)" if option.repeatable else ""
    default = f"{option.variable}, default {option.default or 'none'}"
    paragraphs = (option.help + again, option.rule.allowed, default)
    return "\n".join(fill(text, HELP_WIDTH, break_on_hyphens=False) for text in paragraphs)


def command_parser(command: Command, options: Iterable[Option]) -> argparse.ArgumentParser:
    """Those of one command; its `parse_args` raises ConfigError, and SystemExit(0) after --help."""
    made = _CommandParser(
        prog=f"monitor {command.name}",
        description=command.help,
        formatter_class=argparse.RawTextHelpFormatter,
        allow_abbrev=False,
    )
    command.declare(made)
    _declare(made, options)
    return made


class _CommandParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{plain(message)}; see {self.prog} --help")


def joined(argv: Sequence[str]) -> list[str]:
    """`--from -10m` as `--from=-10m`: what begins with a minus is a flag to argparse, where it is
    not a plain number."""
    joined: list[str] = []
    for word in argv:
        if re.match("-[0-9]", word) and joined and re.fullmatch("--[a-z-]+", joined[-1]):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined
