"""Each viewer gets what it needs, and each message is encoded once for all of them."""

import itertools
import json
from typing import Any

import pytest

from monitor.live.replay import Replay
from monitor.live.topic import Topic
from monitor.model.metric import COUNT, Record, gauge, key, record
from monitor.model.sample import Snapshot
from monitor.model.schema import Schema
from monitor.wire import messages
from tests.wire.test_document import apply
from tests.wire.test_frame import decoded


@record
class Wheel(Record):
    """Many."""

    FAMILY = "wheel"
    place: str = key("Where")
    air: float | None = gauge(COUNT, "Now")


SCHEMA = Schema([Wheel])
TICKS = 3


def tick(seq: int, **wheels: Any) -> Snapshot:
    figures: Any = {"wheel": {place: {"air": air} for place, air in wheels.items()}}
    return Snapshot(seq, 1_763_850_000.0 + seq, 5_000.0 + seq, {}, figures)


def host() -> Topic:
    return Topic("host", SCHEMA, TICKS, Replay(1 << 20))


def said(frame: bytes | None) -> Any:
    assert frame is not None
    return json.loads(bytes(decoded(frame).data))


def test_before_the_first_tick_nobody_is_owed_anything() -> None:
    assert host().message_for(None) is None


def test_who_has_the_document_before_gets_a_patch_and_any_other_the_whole_document() -> None:
    topic = host()
    for seq in range(1, 6):
        topic.advance(tick(seq, left=seq, right=1))
    assert said(topic.message_for(4)) == {
        "type": "patch",
        "topic": "host",
        "seq": 5,
        "base": 4,
        "time": 1_763_850_005.0,
        "data": {"wheel": {"left": {"air": 5}}},
    }
    for sent in (None, 0, 1, 3, 6):
        assert said(topic.message_for(sent)) == {
            "type": "snapshot",
            "topic": "host",
            "seq": 5,
            "time": 1_763_850_005.0,
            "data": {"wheel": {"left": {"air": 5}, "right": {"air": 1}}},
        }


def test_who_has_the_document_already_gets_nothing() -> None:
    topic = host()
    topic.advance(tick(1))
    assert topic.message_for(1) is None


def test_a_tick_in_which_nothing_changed_is_a_patch_all_the_same() -> None:
    """The viewer sees by it that the stream is alive, and what time it is."""
    topic = host()
    topic.advance(tick(1, left=1))
    topic.advance(tick(2, left=1))
    patch = said(topic.message_for(1))
    assert (patch["type"], patch["seq"], patch["data"]) == ("patch", 2, {})


def test_the_first_tick_is_a_snapshot_for_all() -> None:
    topic = host()
    topic.advance(tick(1))
    assert said(topic.message_for(None))["type"] == "snapshot"


def test_each_message_is_encoded_once_however_many_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[str] = []

    def count(message: Any) -> bytes:
        encoded.append(message["type"])
        return encode(message)

    encode = messages.encode
    monkeypatch.setattr(messages, "encode", count)
    topic = host()
    for seq in (1, 2):
        topic.advance(tick(seq, left=seq), wanted=False)
    assert encoded == [], "nobody wants it"
    for seq in (3, 4):
        topic.advance(tick(seq, left=seq))
    patches = {id(topic.message_for(3)) for _ in range(100)}
    snapshots = {id(topic.message_for(None)) for _ in range(100)}
    assert (len(patches), len(snapshots)) == (1, 1)
    assert encoded == ["patch", "snapshot"]
    topic.advance(tick(5, left=5))
    assert said(topic.message_for(4))["seq"] == said(topic.message_for(None))["seq"] == 5
    assert encoded == ["patch", "snapshot"] * 2


def test_a_viewer_that_misses_any_ticks_has_the_document_after_each_message() -> None:
    """Every pattern of being sent to and being passed over, over seven ticks."""
    states: list[dict[str, Any]] = [
        {"left": 1},
        {"left": 1, "right": 2},
        {"right": 2},
        {},
        {"left": 3},
        {"left": 3},
        {"__proto__": 1},
    ]
    for course in itertools.product((True, False), repeat=len(states)):
        topic = host()
        seen: Any = {}
        sent_seq: int | None = None
        for seq, (wheels, reached) in enumerate(zip(states, course, strict=True), start=1):
            topic.advance(tick(seq, **wheels))
            if not reached:
                continue
            message = said(topic.message_for(sent_seq))
            if message["type"] == "patch":
                assert message["base"] == sent_seq
                seen = apply(seen, message["data"])
            else:
                seen = message["data"]
            sent_seq = message["seq"]
            assert seen == {"wheel": {place: {"air": air} for place, air in wheels.items()}}


def test_a_tick_that_cannot_be_shown_leaves_the_one_before_standing() -> None:
    """Or a viewer would be told one `seq` and be taken to have another."""
    topic = host()
    topic.advance(tick(1, left=1))
    assert said(topic.message_for(None))["seq"] == 1
    nonsense: Any = {"no such family": {}}
    with pytest.raises(KeyError):
        topic.advance(Snapshot(2, 1_763_850_002.0, 5_002.0, {}, nonsense))
    assert topic.seq == 1
    assert topic.message_for(1) is None
    assert said(topic.message_for(None))["seq"] == 1
    topic.advance(tick(3, left=3))
    patch = said(topic.message_for(1))
    assert (patch["seq"], patch["base"], patch["data"]) == (3, 1, {"wheel": {"left": {"air": 3}}})


def test_a_history_is_encoded_once_a_tick_and_costs_the_next_who_asks_nothing() -> None:
    topic = host()
    for seq in range(1, 6):
        topic.advance(tick(seq, left=seq))
    asked = ("wheel.air",)
    assert topic.history_cost(asked) == TICKS
    first = topic.history(asked)
    assert topic.history_cost(asked) == 0
    assert topic.history(asked) is first
    assert said(first)["data"] == {"wheel": {"left": {"air": [3, 4, 5]}}}
    topic.advance(tick(6, left=6))
    assert topic.history_cost(asked) == TICKS
    assert said(topic.history(asked))["data"] == {"wheel": {"left": {"air": [4, 5, 6]}}}
