"""What a setting may be: each rule in words, and as a function from text."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Wrong(ValueError):
    """Raised by a rule; its argument is the part of the text that is not allowed."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is allowed: in words, and as a function from text that raises `Wrong`.

    `types` are the TOML types, exactly: true is no whole number, "9050" is no port. `words` are all
    that it may be, where these are few.
    """

    allowed: str
    parse: Callable[[str], Any]
    types: tuple[type, ...] = (str,)
    words: tuple[str, ...] = ()


def whole(low: int, high: int) -> Rule:
    """A decimal number in this range."""

    def parse(text: str) -> int:
        # Not int() alone: it takes "9_050", " 9050" and the digits of every script.
        if not re.fullmatch("[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise Wrong(text)
        return int(text)

    return Rule(f"a whole number from {low} to {high}", parse, (int,))


def seconds(low: float, high: float) -> Rule:
    """A time in this range; fractions and exponents are allowed."""

    def parse(text: str) -> float:
        # nan and inf are not of this form; 1e999 is, and is above any `high`.
        number = re.fullmatch(r"([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text)
        if not number or not low <= float(text) <= high:
            raise Wrong(text)
        return float(text)

    return Rule(f"seconds from {low:g} to {high:g}", parse, (int, float))


def one_of(*names: str) -> Rule:
    """One of these words."""

    def parse(text: str) -> str:
        if text not in names:
            raise Wrong(text)
        return text

    return Rule("one of " + ", ".join(names), parse, words=names)


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


def _networks(text: str) -> tuple[Network, ...]:
    parts = [part.strip() for part in text.split(",")] if text.strip() else []
    try:
        return tuple(ipaddress.ip_network(part) for part in parts)
    except ValueError:
        raise Wrong(text) from None


def _origins(text: str) -> tuple[str, ...]:
    parts = [part.strip().lower() for part in text.split(",")] if text.strip() else []
    for part in parts:
        found = re.fullmatch(
            r"https?://([^/:\[\]]+|\[[0-9a-f]*:[0-9a-f:.]*\])(:[1-9][0-9]{0,4})?", part
        )
        if not found:
            raise Wrong(part)
        _host(found[1].strip("[]"))
    return tuple(parts)


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


def _percent(text: str) -> float:
    number = re.fullmatch(r"[0-9]{1,3}(\.[0-9]+)?", text)
    if not number or not 0.1 <= float(text) <= 100:
        raise Wrong(text)
    return float(text)


def size(least: int) -> Rule:
    """A number of bytes, with K, M, G or T for powers of 1024, as systemd has it."""

    def parse(text: str) -> int:
        number = re.fullmatch(r"([0-9]{1,15})([KMGT]?)", text)
        count = int(number[1]) << (10 * " KMGT".index(number[2] or " ")) if number else 0
        if not least <= count < 1 << 50:
            raise Wrong(text)
        return count

    return Rule(f"bytes with K, M, G or T, at least {least >> 20}M", parse, (str, int))


PERCENT = Rule("percent of one core from 0.1 to 100", _percent, (int, float))
HOST = Rule("an IP address (IPv6 without brackets) or a host name", _host)
HOSTS = Rule("host names without scheme or port, separated by commas", _hosts, (str, list))
DIRECTORY = Rule("the path of a directory, without ~", _path)
FILE = Rule("the path of a file, without ~", _path, ())
CERTIFICATE = Rule("the path of a file in PEM, without ~", _path)
NETWORKS = Rule(
    "IP addresses or networks such as 10.0.0.0/8, separated by commas", _networks, (str, list)
)
ORIGINS = Rule(
    "origins such as https://grafana.example, separated by commas", _origins, (str, list)
)
SECRET = Rule("the path of a file that only its owner can read, without ~", _path)
SEGMENTS = Rule("/ and segments of letters, digits and -._~, none of them . or ..", _base_path)
