"""Every setting, declared once: a field of `Config` is the whole declaration.

Its flag, its environment variable, its TOML key, its line of --help and its line of the README
follow from it. `monitor.cli.load` gathers the values.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from monitor.rules import (
    CERTIFICATE,
    DIRECTORY,
    FILE,
    HOST,
    HOSTS,
    NETWORKS,
    ORIGINS,
    PERCENT,
    SECRET,
    SEGMENTS,
    Network,
    Rule,
    Wrong,
    one_of,
    seconds,
    size,
    whole,
)

PREFIX = "MONITOR_"
# The exit code where they are wrong.
WRONG_SETTINGS = 2


class ConfigError(Exception):
    """Its text is one line that names the setting, where it came from and what is allowed."""


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


def _credential(environ: Mapping[str, str]) -> Path | None:
    # systemd.exec(5), LoadCredential=password:...; the unit may have others alone.
    directory = environ.get("CREDENTIALS_DIRECTORY", "")
    path = Path(directory, "password")
    try:
        return path if directory and path.exists() else None
    except PermissionError:
        return path  # to be refused: nobody is to be let in because it cannot be read


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


_IN_CERT = "in the file of --tls-cert"
_CREDENTIAL = "$CREDENTIALS_DIRECTORY/password, where there is one"
_STATE = "$STATE_DIRECTORY, else $XDG_STATE_HOME/monitor, else ~/.local/state/monitor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings. What `monitor.cli.load` returns is valid; made by hand it is not checked."""

    host: str = _setting("host", HOST, "127.0.0.1", "address to listen on")
    port: int = _setting(
        "port", whole(0, 65535), "9050", "TCP port to listen on; 0 lets the system choose"
    )
    interval: float = _setting("interval", seconds(0.25, 60), "1.0", "time between two samples")
    process_interval: float = _setting(
        "process_interval",
        seconds(0.25, 60),
        "1.0",
        "time between two sweeps of all processes while nobody watches them",
    )
    cpu_budget: float = _setting(
        "cpu_budget", PERCENT, "2", "processor time above which the sweep of processes slows"
    )
    textfile_dir: Path | None = _setting(  # noqa: RUF009  (as below)
        "textfile_dir",
        DIRECTORY,
        "",
        "directory of *.prom files whose metrics are served too",
        "DIR",
        lambda environ: None,
    )
    data_dir: Path = _setting(  # noqa: RUF009  (a field, whose default is made for each Config)
        "data_dir", DIRECTORY, _STATE, "where to keep what outlives the program", "DIR", _data_dir
    )
    password_file: Path | None = _setting(  # noqa: RUF009  (as above)
        "password_file",
        SECRET,
        _CREDENTIAL,
        "file with the password of the user admin, and nothing else",
        "FILE",
        _credential,
    )
    history_size: int = _setting(
        "history_size", size(16 << 20), "1G", "bytes that the history takes at most"
    )
    config_file: Path | None = _setting(  # noqa: RUF009  (as above)
        "config", FILE, "", "TOML file of settings", "FILE", lambda environ: None
    )
    max_viewers: int = _setting(
        "max_viewers", whole(1, 100_000), "256", "how many may have the stream open at once"
    )
    max_viewers_per_address: int = _setting(
        "max_viewers_per_address",
        whole(1, 100_000),
        "32",
        "how many of them may come from one IP address, as those behind a proxy do",
    )
    log_level: str = _setting(
        "log_level", one_of("debug", "info", "warning", "error"), "info", "least level to log"
    )
    log_format: str = _setting(
        "log_format", one_of("text", "json"), "text", "a line of text or one object an event"
    )
    base_path: str = _setting(
        "base_path", SEGMENTS, "", "path before every address, as behind a proxy: /monitor"
    )
    allowed_hosts: tuple[str, ...] = _setting(
        "allowed_host", HOSTS, "", "further host name that the page may be asked for by", "NAME"
    )
    cors_origins: tuple[str, ...] = _setting(
        "cors_origin", ORIGINS, "", "origin whose pages may read /metrics and /api/v1", "ORIGIN"
    )
    trusted_proxies: tuple[Network, ...] = _setting(
        "trusted_proxy",
        NETWORKS,
        "",
        "proxy whose X-Forwarded-For and X-Forwarded-Proto are believed",
        "ADDRESS",
    )
    tls_cert: Path | None = _setting(  # noqa: RUF009  (as above)
        "tls_cert",
        CERTIFICATE,
        "",
        "certificates to serve HTTPS with",
        "FILE",
        lambda environ: None,
    )
    tls_key: Path | None = _setting(  # noqa: RUF009  (as above)
        "tls_key", SECRET, _IN_CERT, "the private key of --tls-cert", "FILE", lambda environ: None
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
