"""Every setting, declared once: a field of `Config` is the whole declaration.

Its flag, its environment variable, its TOML key, its line of --help and its line of the README
follow from it. `monitor.cli.load` gathers the values.
"""

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

PREFIX = "MONITOR_"


class ConfigError(Exception):
    """Its text is one line that names the setting, where it came from and what is allowed."""


class Wrong(ValueError):
    """Raised by a rule; its argument is the part of the text that is not allowed."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is allowed: in words, and as a function from text that raises `Wrong`.

    `types` are the TOML types, exactly: true is no whole number, "9050" is no port.
    """

    allowed: str
    parse: Callable[[str], Any]
    types: tuple[type, ...] = (str,)


def _whole(low: int, high: int) -> Rule:
    def parse(text: str) -> int:
        # Not int() alone: it takes "9_050", " 9050" and the digits of every script.
        if not re.fullmatch("[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise Wrong(text)
        return int(text)

    return Rule(f"a whole number from {low} to {high}", parse, (int,))


def _seconds(low: float, high: float) -> Rule:
    def parse(text: str) -> float:
        # nan and inf are not of this form; 1e999 is, and is above any `high`.
        number = re.fullmatch(r"([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text)
        if not number or not low <= float(text) <= high:
            raise Wrong(text)
        return float(text)

    return Rule(f"seconds from {low:g} to {high:g}", parse, (int, float))


def _one_of(*names: str) -> Rule:
    def parse(text: str) -> str:
        if text not in names:
            raise Wrong(text)
        return text

    return Rule("one of " + ", ".join(names), parse)


def _host(text: str) -> str:
    if len(text) > 253 or not re.fullmatch("[!-~]+", text):
        raise Wrong(text)
    try:
        ipaddress.ip_address(text)
    except ValueError:
        labels = text.split(".")
        named = all(re.fullmatch("(?!-)[A-Za-z0-9_-]{1,63}(?<!-)", label) for label in labels)
        # A name does not end in a number: the resolver would take "0" or "127.1" for an address.
        if not named or re.fullmatch("[0-9]+|0[xX][0-9a-fA-F]*", labels[-1]):
            raise Wrong(text) from None
    return text


def _hosts(text: str) -> tuple[str, ...]:
    names = text.split(",") if text.strip() else []
    return tuple(_host(name.strip()).lower() for name in names)


def _path(text: str) -> Path:
    # Only a shell knows what ~ is; taken as it stands it makes a directory of that name.
    if not text or "\0" in text or text.startswith("~"):
        raise Wrong(text)
    return Path(text)


def _base_path(text: str) -> str:
    path = text.removesuffix("/")
    if path and not re.fullmatch(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)+", path):
        raise Wrong(text)
    return path


def _data_dir(environ: Mapping[str, str]) -> Path:
    # systemd.exec(5): a list with colons. XDG base directories: a relative one is to be ignored.
    first = environ.get("STATE_DIRECTORY", "").split(":")[0]
    if first:
        return Path(first)
    state = environ.get("XDG_STATE_HOME", "")
    if not os.path.isabs(state):
        home = environ.get("HOME") or os.path.expanduser("~")
        state = os.path.join(home, ".local", "state")
    if not os.path.isabs(state):
        # A container's user may have no home: that is no reason not to start.
        state = "/var/lib"
    return Path(state, "monitor")


@dataclass(frozen=True, slots=True)
class Option:
    """One setting under its name, which is its TOML key. `default` is text as a flag has it, unless
    `derive` makes the default from the environment: then it says in words what that is."""

    name: str
    rule: Rule
    default: str
    help: str
    metavar: str | None = None
    derive: Callable[[Mapping[str, str]], Any] | None = None

    @property
    def flag(self) -> str:
        """As on the command line: `--base-path`."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """As in the environment: `MONITOR_BASE_PATH`."""
        return PREFIX + self.name.upper()

    @property
    def repeatable(self) -> bool:
        """Whether the flag may be given more than once."""
        return list in self.rule.types

    def fallback(self, environ: Mapping[str, str]) -> Any:
        """The default as a value. Raises ConfigError where the environment has none."""
        return self.derive(environ) if self.derive else self.rule.parse(self.default)

    def read(self, given: object, source: str) -> Any:
        """The value of a text, a list of texts or a number. Raises ConfigError, naming `source`."""
        try:
            if isinstance(given, list):
                strange = [item for item in given if type(item) is not str]
                if strange:
                    raise Wrong(strange[0])
                given = ",".join(given)
            return self.rule.parse(str(given))
        except ValueError as fault:  # also of str(), for an int of more than 4,300 digits
            textual = isinstance(fault, Wrong) and isinstance(given, str | list)
            part = fault.args[0] if textual else given
            raise self._refused(part, source, self.rule.allowed) from None

    def read_toml(self, given: object, source: str) -> Any:
        """As `read`, for a value that has a type."""
        if not self.rule.types:
            raise self._refused(given, source, f"only {self.flag} and {self.variable}")
        if type(given) not in self.rule.types:
            quotes = "" if str in self.rule.types else ", without quotes"
            raise self._refused(given, source, self.rule.allowed + quotes)
        return self.read(given, source)

    def _refused(self, given: object, source: str, allowed: str) -> ConfigError:
        return ConfigError(f"{self.name} is {shown(given)} ({source}); allowed: {allowed}")


def _setting(*args: Any, **kwargs: Any) -> Any:
    option = Option(*args, **kwargs)
    return field(default_factory=lambda: option.fallback(os.environ), metadata={"option": option})


_HOST = Rule("an IP address (IPv6 without brackets) or a host name", _host)
_HOSTS = Rule("host names without scheme or port, separated by commas", _hosts, (str, list))
_DIRECTORY = Rule("the path of a directory, without ~", _path)
_FILE = Rule("the path of a file, without ~", _path, ())
_SEGMENTS = Rule("/ and segments of letters, digits and -._~, none of them . or ..", _base_path)
_STATE = "$STATE_DIRECTORY, else $XDG_STATE_HOME/monitor, else ~/.local/state/monitor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings. What `monitor.cli.load` returns is valid; made by hand it is not checked."""

    host: str = _setting("host", _HOST, "127.0.0.1", "address to listen on")
    port: int = _setting(
        "port", _whole(0, 65535), "9050", "TCP port to listen on; 0 lets the system choose"
    )
    interval: float = _setting("interval", _seconds(0.25, 60), "1.0", "time between two samples")
    data_dir: Path = _setting(  # noqa: RUF009  (a field, whose default is made for each Config)
        "data_dir", _DIRECTORY, _STATE, "where to keep what outlives the program", "DIR", _data_dir
    )
    config_file: Path | None = _setting(  # noqa: RUF009  (as above)
        "config", _FILE, "", "TOML file of settings", "FILE", lambda environ: None
    )
    log_level: str = _setting(
        "log_level", _one_of("debug", "info", "warning", "error"), "info", "least level to log"
    )
    log_format: str = _setting(
        "log_format", _one_of("text", "json"), "text", "a line of text or one object an event"
    )
    base_path: str = _setting(
        "base_path", _SEGMENTS, "", "path before every address, as behind a proxy: /monitor"
    )
    allowed_hosts: tuple[str, ...] = _setting(
        "allowed_host", _HOSTS, "", "further host name that the page may be asked for by", "NAME"
    )


OPTIONS: tuple[Option, ...] = tuple(item.metadata["option"] for item in fields(Config))


def shown(value: object) -> str:
    """A value as one short line."""
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "an array"
    if isinstance(value, bool):
        return str(value).lower()
    try:
        text = repr(value) if isinstance(value, str) else str(value)
    except ValueError:
        return "a number of thousands of digits"
    return text if len(text) <= 80 else text[:77] + "..."


def plain(text: str) -> str:
    """The text as one line, as it is where it can be shown as it is."""
    return text if text.isprintable() else repr(text)[1:-1]
