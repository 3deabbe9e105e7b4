"""All that may be typed: the program's flags, and those of each command. For shells and manuals."""

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from monitor.commands.command import Command
from monitor.config import OPTIONS, Option
from monitor.rules import DIRECTORY, FILE


class Takes(Enum):
    """What comes after a flag."""

    NOTHING = "nothing"
    TEXT = "text"
    FILE = "file"
    DIRECTORY = "directory"


@dataclass(frozen=True, slots=True)
class Flag:
    """`names` are its spellings, or none of an argument without one; `words` are all its values."""

    names: tuple[str, ...]
    takes: Takes
    metavar: str
    help: str
    words: tuple[str, ...] = ()


HELP = Flag(("--help", "-h"), Takes.NOTHING, "", "show what may be given")
VERSION = Flag(("--version",), Takes.NOTHING, "", "show the version")


def program() -> list[Flag]:
    """The flags without a command."""
    return [*map(_of_option, OPTIONS), VERSION, HELP]


def of(command: Command) -> list[Flag]:
    """The flags of a command."""
    listener = _Listener(add_help=False)
    command.declare(listener)
    taken = (option for option in OPTIONS if option.name in command.settings)
    return [*listener.flags, *map(_of_option, taken), HELP]


def first(text: str) -> str:
    """The first of its lines."""
    return text.partition("\n")[0]


def _of_option(option: Option) -> Flag:
    takes = {FILE: Takes.FILE, DIRECTORY: Takes.DIRECTORY}.get(option.rule, Takes.TEXT)
    metavar = option.metavar or option.name.rpartition("_")[2].upper()
    return Flag((option.flag,), takes, metavar, option.help, option.rule.words)


class _Listener(argparse.ArgumentParser):
    """Notes what is declared."""

    flags: list[Flag]

    def __init__(self, **given: Any) -> None:
        self.flags = []
        super().__init__(**given)

    def add_argument(self, *names: str, **given: Any) -> argparse.Action:
        takes = Takes.NOTHING if given.get("action") == "store_true" else Takes.TEXT
        metavar = str(given.get("metavar", names[0].upper()))
        if metavar in ("FILE", "PATH"):
            takes = Takes.FILE
        spelt = tuple(name for name in names if name.startswith("-"))
        words = tuple(given.get("choices") or ())
        self.flags.append(Flag(spelt, takes, metavar, given.get("help", ""), words))
        return super().add_argument(*names, **given)


def spellings(flags: Iterable[Flag]) -> Iterator[str]:
    """Every one that a shell may offer: the long ones."""
    for flag in flags:
        yield from (name for name in flag.names if name.startswith("--"))
