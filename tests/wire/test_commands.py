"""Whatever a viewer says is followed, or answered with a code and one short sentence."""

import json
import random
from typing import Any

import pytest

from monitor.wire.commands import (
    MAX_PID,
    Command,
    CommandError,
    HistoryRequest,
    ProcessRequest,
    SnapshotRequest,
    Subscribe,
    Unsubscribe,
    parse,
)

TOPICS = ("host", "processes")
METRICS = ("cpu.usage", "network.receive_bytes")
LONGEST_ANSWER = 300


def follow(message: Any) -> Command:
    return parse(message if isinstance(message, str) else json.dumps(message), TOPICS, METRICS)


def refusal(message: Any) -> CommandError:
    with pytest.raises(CommandError) as refused:
        follow(message)
    error = refused.value
    assert error.message == str(error)
    assert error.message.isprintable(), error.message
    assert len(error.message) < LONGEST_ANSWER
    error.message.encode()
    return error


@pytest.mark.parametrize(
    ("message", "command"),
    [
        ({"type": "subscribe", "topic": "host"}, Subscribe("host")),
        ({"type": "unsubscribe", "topic": "processes"}, Unsubscribe("processes")),
        ({"type": "snapshot", "topic": "host"}, SnapshotRequest("host")),
        ({"type": "history", "metrics": ["cpu.usage"]}, HistoryRequest(("cpu.usage",))),
        ({"type": "history", "metrics": list(METRICS)}, HistoryRequest(METRICS)),
        ({"type": "subscribe", "topic": "host", "colour": "red"}, Subscribe("host")),
        (' {"type" : "subscribe",\n "topic": "host"}\n', Subscribe("host")),
        ('{"type":"\\u0073ubscribe","topic":"host"}', Subscribe("host")),
        ('{"type":"x","topic":"y","type":"subscribe","topic":"host"}', Subscribe("host")),
    ],
)
def test_what_can_be_followed(message: Any, command: Command) -> None:
    assert follow(message) == command


def test_a_metric_that_is_named_twice_is_answered_once() -> None:
    names = [METRICS[1], METRICS[0], METRICS[1], METRICS[1]]
    assert follow({"type": "history", "metrics": names}) == HistoryRequest((METRICS[1], METRICS[0]))
    assert follow({"type": "history", "metrics": [METRICS[0]] * 5_000}) == HistoryRequest(
        (METRICS[0],)
    )


NOT_JSON = (
    "",
    " ",
    "{",
    "}",
    "hello",
    "{'type':'subscribe'}",
    '{"type":"subscribe","topic":"host"',
    '{"type":"subscribe","topic":"host"}}',
    '{"type":"subscribe","topic":"host"} {"type":"subscribe","topic":"host"}',
    '{"type":"subscribe",}',
    '\ufeff{"type":"subscribe","topic":"host"}',
    '{"type":"sub\nscribe"}',
    # Python reads these, RFC 8259 does not have them.
    "NaN",
    '{"type":"subscribe","topic":"host","weight":NaN}',
    '{"type":"subscribe","topic":"host","weight":Infinity}',
    '{"type":"subscribe","topic":"host","weight":-Infinity}',
)


@pytest.mark.parametrize("text", NOT_JSON)
def test_what_is_not_json(text: str) -> None:
    assert refusal(text).code == "not-json"


@pytest.mark.parametrize("value", [[], None, True, 1, 1.5, "subscribe", [{"type": "subscribe"}]])
def test_what_is_no_object(value: Any) -> None:
    assert refusal(json.dumps(value)).code == "not-an-object"


NO_NAMES: tuple[Any, ...] = (
    None,
    True,
    0,
    1.5,
    "",
    "x",
    "HOST",
    " host",
    "host\0",
    [],
    ["host"],
    {},
    {"a": "host"},
)


@pytest.mark.parametrize("kind", NO_NAMES, ids=repr)
def test_an_unknown_type(kind: Any) -> None:
    error = refusal({"type": kind, "topic": "host"})
    assert error.code == "unknown-type"
    for known in ("subscribe", "unsubscribe", "snapshot", "history"):
        assert known in error.message


@pytest.mark.parametrize("topic", NO_NAMES, ids=repr)
@pytest.mark.parametrize("kind", ["subscribe", "unsubscribe", "snapshot"])
def test_an_unknown_topic(kind: str, topic: Any) -> None:
    error = refusal({"type": kind, "topic": topic})
    assert error.code == "unknown-topic"
    assert "host" in error.message


def test_no_type_and_no_topic() -> None:
    assert refusal({}).code == "unknown-type"
    assert refusal({"type": "subscribe"}).code == "unknown-topic"


def test_a_process_is_asked_for_by_its_number() -> None:
    assert follow({"type": "process", "pid": 4711}) == ProcessRequest(4711)
    assert follow({"type": "process", "pid": MAX_PID}) == ProcessRequest(MAX_PID)


@pytest.mark.parametrize(
    "pid", [None, "1", 1.0, True, 0, -1, MAX_PID + 1, 10**99, [], {}], ids=repr
)
def test_what_is_no_number_of_a_process_is_refused(pid: Any) -> None:
    assert refusal({"type": "process", "pid": pid}).code == "no-pid"


@pytest.mark.parametrize(
    "metrics", [None, "cpu.usage", 1, {}, {"cpu.usage": 1}, [], True], ids=repr
)
def test_history_of_no_list_of_names(metrics: Any) -> None:
    assert refusal({"type": "history", "metrics": metrics}).code == "no-metrics"
    assert refusal({"type": "history"}).code == "no-metrics"


@pytest.mark.parametrize(
    "odd", ["cpu", "cpu.", "CPU.usage", "", None, 1, ["cpu.usage"], {}, "collector", "__proto__"]
)
def test_history_of_an_unknown_metric(odd: Any) -> None:
    assert refusal({"type": "history", "metrics": ["cpu.usage", odd]}).code == "unknown-metric"


def test_a_huge_text_is_quoted_in_part() -> None:
    huge = "x" * 60_000
    assert refusal({"type": huge}).code == "unknown-type"
    assert refusal({"type": [huge] * 3}).code == "unknown-type"
    assert refusal({"type": "subscribe", "topic": huge}).code == "unknown-topic"
    assert refusal({"type": "history", "metrics": [huge]}).code == "unknown-metric"


def test_a_huge_number_is_refused() -> None:
    assert refusal('{"type":' + "9" * 60_000 + "}").code in ("not-json", "unknown-type")
    assert refusal('{"type":' + "9" * 4_000 + "}").code == "unknown-type"
    assert refusal('{"type":1e400}').code == "unknown-type"


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_nesting_to_any_depth_is_refused(opening: str) -> None:
    closing = "".join({"[": "]", "{": "}"}.get(mark, "") for mark in reversed(opening))
    # Every depth around the recursion limit: what parses might not be printed any more.
    for depth in (*range(1, 1_200), 10_000, 100_000):
        nested = opening * depth + "1" + closing * depth
        assert refusal('{"type":' + nested + "}").code in ("not-json", "unknown-type")
    assert refusal("[" * 100_000).code == "not-json"
    assert refusal('{"a":' * 100_000).code == "not-json"


@pytest.mark.parametrize(
    "odd", ["\x1b[31m", "a\nb", "\ud800", "\u202e", "\0", '"', "\\"], ids=ascii
)
def test_a_viewers_words_come_back_harmless(odd: str) -> None:
    refusal({"type": odd})
    refusal({"type": {odd: odd}})
    refusal({"type": "subscribe", "topic": odd})
    refusal({"type": "history", "metrics": [odd]})


@pytest.mark.parametrize("seed", range(5))
def test_a_message_with_any_damage_is_followed_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    whole = json.dumps({"type": "history", "metrics": METRICS, "more": [None, 1e3, {"a": ""}]})
    for _ in range(2_000):
        text = list(whole)
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(text))
            match chance.randrange(3):
                case 0:
                    del text[at]
                case 1:
                    text[at] = chr(chance.choice((0, 10, 34, 92, 123, 0xD800, 0x202E, 0x1F642)))
                case _:
                    text.insert(at, chance.choice('{}[]",:0eE\\n'))
        try:
            follow("".join(text))
        except CommandError as error:
            error.message.encode()
