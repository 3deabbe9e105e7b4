"""What the documents say is what the program does."""

import ast
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import WSCloseCode, web

from monitor import collectors, docs
from monitor.cli import load
from monitor.clock import SystemClock
from monitor.config import OPTIONS, PREFIX
from monitor.live.topics import TOPICS
from monitor.model.metric import COUNT, Record, gauge, key, record
from monitor.model.schema import Schema
from monitor.web import routes, stream
from monitor.wire import commands, messages
from tests.wire.test_messages import said

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROTOCOL = (ROOT / "docs" / "PROTOCOL.md").read_text(encoding="utf-8")
FENCE = re.MULTILINE | re.DOTALL
RENEW = "python -m monitor.docs > docs/METRICS.md"


def section(text: str, title: str) -> str:
    """What stands under a heading, up to the next of its rank or above."""
    head = re.search(rf"^(#+) {re.escape(title)}\n", text, re.MULTILINE)
    assert head, f"no section {title!r}"
    rest = text[head.end() :]
    end = re.search(rf"^#{{1,{len(head[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def table(text: str) -> list[list[str]]:
    """The cells of the one table in a text, without its head."""
    rows = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    return rows[2:]


def quoted(text: str) -> set[str]:
    """What stands between backticks, blocks of code left out."""
    return set(re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=FENCE)))


# docs/METRICS.md


def test_metrics_md_is_what_the_schema_says() -> None:
    written = (ROOT / "docs" / "METRICS.md").read_text(encoding="utf-8")
    assert written == docs.render(collectors.record_types()), f"renew it: {RENEW}"


def test_the_command_that_renews_metrics_md_prints_it() -> None:
    command = RENEW.partition(" > ")[0].split()[1:]
    printed = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, check=True, timeout=60
    )
    assert printed.stdout.decode() == docs.render(collectors.record_types())
    assert RENEW in printed.stdout.decode()


def test_every_metric_has_one_row_with_words_in_it() -> None:
    shown = [row[0] for row in table(docs.render(collectors.record_types())) if "." in row[0]]
    assert shown == [f"`{name}`" for name in Schema(collectors.record_types()).metrics]
    for metric in Schema(collectors.record_types()).metrics.values():
        assert metric.help, metric.name
        assert metric.help == metric.help.strip().rstrip("."), metric.name
        assert metric.unit, metric.name


def test_every_family_says_what_it_is() -> None:
    for family in Schema(collectors.record_types()).families.values():
        # dataclass writes the signature where there is no docstring.
        assert family.help, family.name
        assert not re.match(r"\w+\(", family.help), family.name


def test_a_table_holds_whatever_the_words_are() -> None:
    @record
    class Odd(Record):
        """Odd | things.

        Of which there is more to say.
        """

        FAMILY = "odd"
        name: str = key("Its name")
        size: int | None = gauge(COUNT, "a | b\n  c")

    page = docs.render([Odd])
    assert "\nOdd \\| things. One for each `name`.\n" in page
    assert "| `odd.size` | gauge | count | a \\| b c |\n" in page
    assert "more to say" not in page


# README.md


def test_every_flag_and_variable_is_in_the_readme() -> None:
    words = quoted(README)
    for option in OPTIONS:
        assert option.flag in words, option.flag
        assert option.variable in words, option.variable


def test_the_readme_names_no_flag_or_variable_that_is_not() -> None:
    flags = {option.flag for option in OPTIONS} | {"--version", "--help"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) <= flags
    variables = {option.variable for option in OPTIONS}
    assert set(re.findall(rf"\b{PREFIX}[A-Z_]+", README)) <= variables


def test_the_readmes_defaults_are_the_programs() -> None:
    rows = {row[0].strip("`"): row for row in table(section(README, "Options"))}
    for option in OPTIONS:
        _, variable, toml, default, _ = rows[option.flag]
        assert variable == f"`{option.variable}`"
        assert toml == (f"`{option.name}`" if option.rule.types else ""), option.name
        if option.default and option.derive is None:
            assert default == f"`{option.default}`"


def mounted(base_path: str = "") -> Iterator[str]:
    """Every path that is answered."""
    app = web.Application()
    routes.add(app, base_path, SystemClock())
    for resource in app.router.resources():
        yield resource.canonical


def test_every_route_is_documented_and_every_documented_route_exists() -> None:
    paths = set(mounted()) - {"/"}
    documents = [README, *(p.read_text(encoding="utf-8") for p in (ROOT / "docs").glob("*.md"))]
    told = {word.partition("?")[0] for text in documents for word in quoted(text)}
    assert not paths - told, "not documented"
    routed = re.compile(r"/(ws|api|metrics|healthz|readyz|favicon|static)\b[\w./-]*$")
    assert not {word for word in told if routed.match(word)} - set(mounted()), "not routed"
    assert {path for path, _ in routes.GET} <= set(mounted())
    assert "/monitor/ws/metrics" in set(mounted("/monitor")) & quoted(PROTOCOL)


# docs/PROTOCOL.md


@record
class Thing(Record):
    """Things."""

    FAMILY = "network"
    device: str = key("Its name")
    receive_bytes: int | None = gauge(COUNT, "Received")


def samples() -> dict[str, Any]:
    """One message of each type that the server can send."""
    frames = {
        "welcome": messages.welcome(
            version="1",
            session="s",
            interval=1.0,
            topics={"host": "All"},
            schema=Schema([Thing]),
            sources={},
        ),
        "topic": messages.topic("host", Schema([Thing]), {}),
        "snapshot": messages.snapshot("host", 1, 1.0, {}),
        "patch": messages.patch("host", 2, 1, 1.0, {}),
        "gap": messages.gap("host", 1, 2.0, "expired"),
        "history": messages.history("host", [], {}),
        "process": messages.process(1, {}),
        "error": messages.error("code", "message"),
        "bye": messages.bye("shutdown", 1.0),
    }
    return {name: said(frame) for name, frame in frames.items()}


def test_every_message_of_the_code_is_one_of_those_above() -> None:
    types = {
        value.value
        for node in ast.walk(ast.parse(inspect.getsource(messages)))
        if isinstance(node, ast.Dict)
        for name, value in zip(node.keys, node.values, strict=True)
        if isinstance(name, ast.Constant) and name.value == "type"
        if isinstance(value, ast.Constant)
    }
    assert types == samples().keys()


def test_every_message_is_specified_with_its_fields_and_no_other_is() -> None:
    rows = table(section(PROTOCOL, "What the server sends"))
    specified = {row[0].strip("`"): quoted(row[1]) for row in rows}
    assert specified == {name: message.keys() - {"type"} for name, message in samples().items()}


def examples() -> list[Any]:
    """The messages that PROTOCOL.md shows, one after another in its first block of JSON."""
    block = re.search(r"```json\n(.*?)```", PROTOCOL, re.DOTALL)
    assert block
    decoder, text, found = json.JSONDecoder(), block[1].strip(), []
    while text:
        message, end = decoder.raw_decode(text)
        found.append(message)
        text = text[end:].strip()
    return found


@pytest.mark.parametrize("example", examples(), ids=lambda e: e["type"])
def test_every_example_has_the_fields_that_are_sent(example: Any) -> None:
    sent = samples()[example["type"]]
    assert example.keys() == sent.keys()
    if example["type"] == "welcome":
        assert example["topics"]["host"].keys() == sent["topics"]["host"].keys()
        assert example["protocol"] == sent["protocol"]
        name = "network.receive_bytes"
        assert example["metrics"][name].keys() == sent["metrics"][name].keys()


def test_every_kind_is_specified_and_no_other_is() -> None:
    kinds = {m.kind for m in Schema(collectors.record_types()).metrics.values()}
    document = section(PROTOCOL, "The document").partition("`kind` is ")[2]
    assert kinds <= quoted(document) == {"gauge", "rate", "share", "info"}


def test_every_command_is_specified_and_no_other_is() -> None:
    with pytest.raises(commands.CommandError) as refused:
        commands.parse('{"type":"?"}', (), ())
    understood = set(refused.value.message.partition("not one of: ")[2].split(", "))
    rows = table(section(PROTOCOL, "What a viewer may send"))
    shown = [json.loads(row[0].strip("`")) for row in rows]
    assert {command["type"] for command in shown} == understood
    for command in shown:
        commands.parse(json.dumps(command), TOPICS, command.get("metrics", ()))


def test_every_topic_is_specified_and_no_other_is() -> None:
    rows = table(section(PROTOCOL, "Topics"))
    assert [row[0].strip("`") for row in rows] == list(TOPICS)
    assert {metric.topic for metric in Schema(collectors.record_types()).families.values()} <= set(
        TOPICS
    )


def test_every_error_code_is_specified_and_no_other_is() -> None:
    sources = "".join(
        (ROOT / "monitor" / path).read_text(encoding="utf-8")
        for path in ("wire/commands.py", "live/hub.py", "live/inquiry.py")
    )
    codes = set(re.findall(r'(?:CommandError|InquiryFailed)\(\s*"([a-z-]+)"', sources))
    assert codes
    told = quoted(section(PROTOCOL, "What a viewer may send"))
    assert codes <= told
    assert {word for word in told if re.match(r"(not|no|unknown)-", word)} <= codes


def test_every_close_code_is_specified_and_no_other_is() -> None:
    used = {
        WSCloseCode[name].value
        for path in (ROOT / "monitor").rglob("*.py")
        for name in re.findall(r"WSCloseCode\.([A-Z_]+)", path.read_text(encoding="utf-8"))
    }
    # aiohttp's own answers to what is no frame, what is no text and what is too much of it.
    used |= {
        WSCloseCode.PROTOCOL_ERROR.value,
        WSCloseCode.INVALID_TEXT.value,
        WSCloseCode.MESSAGE_TOO_BIG.value,
    }
    used.add(stream.SIGNED_OUT)
    # These two never go over the wire as the reason of a close of ours.
    used -= {WSCloseCode.OK.value, WSCloseCode.ABNORMAL_CLOSURE.value}
    specified = {int(row[0]) for row in table(section(PROTOCOL, "What closes it"))}
    assert specified == used


def test_the_numbers_of_the_protocol_are_the_programs() -> None:
    from monitor.live import conduct, delivery, socket, topics

    closes = section(PROTOCOL, "What closes it")
    for number in (
        f"more than {conduct.MAX_ERRORS} messages that could not be followed",
        f"more than {conduct.MAX_MESSAGES_A_SECOND} messages in a second",
        f"more than {socket.MAX_FRAMES_A_SECOND:,} frames",
        f"over {socket.MAX_MESSAGE_BYTES // 1024} KiB",
        f"pings every {socket.HEARTBEAT_S:.0f} s",
        f"silent for {socket.HEARTBEAT_S * 1.5:.0f} s",
        # A tick to see it, and a tick to look.
        f"dropped within {delivery.STUCK_S + 1.5:.0f} s",
    ):
        assert number in " ".join(closes.split()), number
    assert topics.RING_SECONDS == 120
    assert "the last two minutes" in PROTOCOL
    assert f"protocol {messages.PROTOCOL}" in PROTOCOL.splitlines()[0]
    assert "127.0.0.1" in load([], {"HOME": "/"}).host


# All files


# In pieces, so that this file does not name them either.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs"),
        ("npmjs", "org"),
        ("registry", "yarnpkg"),
        ("unpkg", "com"),
        ("jsdelivr", "net"),
        ("cdnjs", "cloudflare"),
    )
]


def test_no_file_names_a_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=60,
    )
    if listed.returncode != 0:
        pytest.skip("not a checkout")
    names = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    assert names
    found = [
        f"{path.relative_to(ROOT)} names {host}"
        for path in names
        if path.is_file()
        for host in HOSTS
        if host.encode() in path.read_bytes()
    ]
    assert not found
