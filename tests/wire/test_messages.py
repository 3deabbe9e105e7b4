"""Each message is one text frame of JSON as docs/PROTOCOL.md has it."""

import json
import math
from typing import Any

import pytest

from monitor.model.metric import COUNT, TEXT, Record, gauge, info, key, record
from monitor.model.schema import Schema
from monitor.wire import messages
from tests.wire.test_frame import decoded


@record
class Thing(Record):
    """Things."""

    FAMILY = "thing"
    name: str = key("Its name")
    size: float | None = gauge(COUNT, "Its size, in “things”")
    kind: str | None = info(TEXT, "Its kind")


SCHEMA = Schema([Thing])


def refused(number: str) -> Any:
    raise AssertionError(f"{number} is not JSON")


def said(frame: bytes) -> Any:
    """The message in a frame, by a strict reader."""
    return json.loads(bytes(decoded(frame).data).decode("utf-8"), parse_constant=refused)


def test_welcome() -> None:
    frame = messages.welcome(
        version="1.2.3",
        session="5d0c",
        interval=0.25,
        topics={"host": "All"},
        schema=SCHEMA,
        sources={"thing": "things"},
    )
    welcome = said(frame)
    topics = welcome.pop("topics")
    assert topics["host"]["help"] == "All"
    assert welcome == {
        "type": "welcome",
        "protocol": 1,
        "version": "1.2.3",
        "session": "5d0c",
        "interval": 0.25,
        "metrics": {
            "thing.size": {
                "kind": "gauge",
                "unit": "count",
                "help": "Its size, in “things”",
                "collector": "things",
                "key": "name",
            },
            "thing.kind": {
                "kind": "info",
                "unit": "text",
                "help": "Its kind",
                "collector": "things",
                "key": "name",
            },
        },
    }


def test_snapshot_patch_and_history() -> None:
    data = {"thing": {"__proto__": {"size": 1.5}}}
    assert said(messages.snapshot("host", 7, 1763850000.12345, data)) == {
        "type": "snapshot",
        "topic": "host",
        "seq": 7,
        "time": 1763850000.123,
        "data": data,
    }
    assert said(messages.patch("host", 8, 7, 1763850001.0, {"thing": None})) == {
        "type": "patch",
        "topic": "host",
        "seq": 8,
        "base": 7,
        "time": 1763850001.0,
        "data": {"thing": None},
    }
    assert said(
        messages.history("host", [1.00049, 2.0], {"thing": {"a": {"size": [None, 1]}}})
    ) == {
        "type": "history",
        "topic": "host",
        "times": [1.0, 2.0],
        "data": {"thing": {"a": {"size": [None, 1]}}},
    }


def test_error_and_bye() -> None:
    assert said(messages.error("not-json", "the message is not JSON")) == {
        "type": "error",
        "code": "not-json",
        "message": "the message is not JSON",
    }
    assert said(messages.bye("shutdown", 1.5)) == {
        "type": "bye",
        "reason": "shutdown",
        "retry_after": 1.5,
    }


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_what_json_has_no_number_for_is_never_sent(odd: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        messages.snapshot("host", 1, 1.0, {"thing": {"a": {"size": odd}}})


def test_half_a_character_is_never_sent() -> None:
    with pytest.raises(UnicodeEncodeError):
        messages.snapshot("host", 1, 1.0, {"thing": {"\ud800": {}}})


def test_a_message_is_as_short_as_json_goes() -> None:
    text = bytes(decoded(messages.snapshot("host", 1, 1.0, {"thing": {"é": {}}})).data).decode()
    assert text == '{"type":"snapshot","topic":"host","seq":1,"time":1.0,"data":{"thing":{"é":{}}}}'
