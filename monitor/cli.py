"""The command line: gathers the settings from where they stand, then runs the program.

Precedence: flag > environment > file > default. A wrong value is refused wherever it stands, also
where another would win over it. Nothing heavy is imported before the settings are known to be
right.
"""

import argparse
import os
import sys
import tomllib
from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TextIO

from monitor import commands, flags, log
from monitor.commands.command import Command
from monitor.config import (
    OPTIONS,
    PREFIX,
    WRONG_SETTINGS,
    Config,
    ConfigError,
    Option,
    plain,
    shown,
)

# systemd gives these to the units that OnFailure= and OnSuccess= start: systemd.exec(5).
SYSTEMD = {
    PREFIX + name
    for name in ("SERVICE_RESULT", "EXIT_CODE", "EXIT_STATUS", "INVOCATION_ID", "UNIT")
}
# No file of settings comes near it; it ends the reading of /dev/zero.
FILE_LIMIT_BYTES = 1 << 20

INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program. Returns the exit code: 0 after a stop that was asked for, 1 where it could
    not start, 2 for settings that are wrong, 130 when interrupted before it was up."""
    try:
        code = _main(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        code = INTERRUPTED
    _flush(sys.stdout)
    _flush(sys.stderr)
    return code


def _main(argv: Sequence[str]) -> int:
    try:
        if argv and argv[0] in commands.BY_NAME:
            return _command(commands.BY_NAME[argv[0]], argv[1:], os.environ)
        config = load(argv, os.environ)
    except ConfigError as fault:
        _say(f"monitor: {fault}")
        return WRONG_SETTINGS
    except SystemExit:  # --help or --version, printed
        return 0
    log.setup(config.log_level, config.log_format)
    from monitor import app  # brings aiohttp, most of the time that a start takes

    return app.run(config, lambda: load(argv, os.environ))


def _command(command: Command, argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run it; the exit code. Raises as `load` does."""
    options = [option for option in OPTIONS if option.name in command.settings]
    found = flags.command_parser(command, options).parse_args(flags.joined(argv))
    config = _config([_given(found, options), _from_environment(environ)], environ)
    from monitor.clock import SystemClock  # brings asyncio

    return command.run(found, config, SystemClock().wall())


def _say(line: str) -> None:
    if sys.stderr is not None:  # closed by whoever started us; print would take stdout instead
        with suppress(OSError):
            print(line, file=sys.stderr)


def _flush(stream: TextIO | None) -> None:
    """Drop what cannot be written: its reader has gone, or the disk is full. Left to the
    interpreter's end, it would make a message and the exit code 120."""
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def load(argv: Sequence[str], environ: Mapping[str, str]) -> Config:
    """The settings from the arguments (without the program's name), the environment and the file
    that these name, which is all that is read.

    Raises ConfigError, and SystemExit(0) after --help or --version has been printed.
    """
    return _config([_from_flags(argv), _from_environment(environ)], environ)


def _config(layers: list[dict[str, Any]], environ: Mapping[str, str]) -> Config:
    """Of these, the first of which wins, and of the file that they name."""
    path = ChainMap(*layers).get("config")
    if path is not None:
        layers.append(_from_file(path))
    found = ChainMap(*layers)
    values = {
        item.name: found[option.name] if option.name in found else option.fallback(environ)
        for item, option in zip(fields(Config), OPTIONS, strict=True)
    }
    return Config(**values)


def _from_flags(argv: Sequence[str]) -> dict[str, Any]:
    options = {option.flag: option for option in OPTIONS}
    try:
        found, extra = flags.parser().parse_known_args(argv)
    except argparse.ArgumentError as fault:
        flag = fault.argument_name or ""
        allowed = f"; allowed: {options[flag].rule.allowed}" if flag in options else ""
        raise ConfigError(f"flag {flag}: {plain(fault.message)}{allowed}") from None
    if extra:
        raise _unknown(
            "argument",
            extra[0].partition("=")[0],
            "command line",
            [*commands.BY_NAME, *options, "--version"],
        )
    return _given(found, OPTIONS)


def _given(found: argparse.Namespace, options: Iterable[Option]) -> dict[str, Any]:
    return {
        option.name: option.read(text, f"flag {option.flag}")
        for option in options
        if (text := getattr(found, option.name)) is not None
    }


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    options = {option.variable: option for option in OPTIONS}
    values = {}
    for name in sorted(environ):
        if name in options:
            values[options[name].name] = options[name].read(environ[name], f"environment {name}")
        elif name.startswith(PREFIX) and name not in SYSTEMD:
            raise _unknown("variable", name, "environment", options)
    return values


def _from_file(path: Path) -> dict[str, Any]:
    file = f"file {plain(str(path))}"
    options = {option.name: option for option in OPTIONS}
    values = {}
    for key, given in _toml(path, file).items():
        if key not in options:
            raise _unknown("key", key, file, [key for key in options if options[key].rule.types])
        values[key] = options[key].read_toml(given, f"{file}, key {key}")
    return values


def _toml(path: Path, file: str) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            data = stream.read(FILE_LIMIT_BYTES + 1)
    except OSError as fault:
        raise ConfigError(f"config: cannot read {file}: {fault.strerror}") from None
    if len(data) > FILE_LIMIT_BYTES:
        raise ConfigError(f"config: {file} is too long; allowed: {FILE_LIMIT_BYTES} bytes")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise ConfigError(f"config: {file} is not UTF-8 (line {line})") from None
    except RecursionError:
        raise ConfigError(f"config: {file} is not TOML: nested too deeply") from None
    except ValueError as fault:
        end = f"the end, line {data.rstrip().count(bytes([10])) + 1}"
        why = plain(str(fault).replace("end of document", end))
        raise ConfigError(f"config: {file} is not TOML: {why}") from None


def _unknown(kind: str, name: str, source: str, known: Iterable[str]) -> ConfigError:
    """The error for a name that is none of `known`, with the one that was probably meant."""
    names = {_bare(one): one for one in known}
    close = get_close_matches(_bare(name), names, n=1)
    meant = f"did you mean {names[close[0]]}? " if close else ""
    allowed = ", ".join(names.values())
    return ConfigError(f"unknown {kind} {shown(name)} ({source}); {meant}allowed: {allowed}")


def _bare(name: str) -> str:
    # A name may be of any length, and the time that matching takes grows with its square.
    return name[:64].strip("-").replace("-", "_").lower()
