"""The server's messages, each encoded to the frame that is sent; docs/PROTOCOL.md has them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from monitor.model.metric import HOST
from monitor.model.schema import Schema
from monitor.wire.document import Document, described
from monitor.wire.frame import text_frame

PROTOCOL = 1

_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def encode(message: Mapping[str, Any]) -> bytes:
    """One message as a frame."""
    return text_frame(_encoder.encode(message).encode())


def welcome(
    *,
    version: str,
    session: str,
    interval: float,
    topics: Mapping[str, str],
    schema: Schema,
    sources: Mapping[str, str],
) -> bytes:
    """The first message: who is speaking, how often, of what; and the units of the topic `host`.

    `sources` names the collector that reads each family, where it does not bear the family's name.
    """
    return encode(
        {
            "type": "welcome",
            "protocol": PROTOCOL,
            "version": version,
            "session": session,
            "interval": interval,
            "topics": {name: {"help": help} for name, help in topics.items()},
            "metrics": metrics_of(HOST, schema, sources),
        }
    )


def topic(name: str, schema: Schema, sources: Mapping[str, str]) -> bytes:
    """The first message of a topic that was subscribed to: what it has, in which units."""
    return encode({"type": "topic", "topic": name, "metrics": metrics_of(name, schema, sources)})


def metrics_of(topic: str, schema: Schema, sources: Mapping[str, str]) -> dict[str, Any]:
    """What a topic has, by name: kind, unit, help; `sources` as in `welcome`."""
    return {
        name: entry
        for family in schema.families.values()
        if family.topic == topic
        for name, entry in described(family, sources.get(family.name, family.name)).items()
    }


def snapshot(topic: str, seq: int, time: float, data: Document) -> bytes:
    """The whole document."""
    return encode(
        {"type": "snapshot", "topic": topic, "seq": seq, "time": round(time, 3), "data": data}
    )


def patch(topic: str, seq: int, base: int, time: float, data: Document) -> bytes:
    """What changed since the document `base`."""
    return encode(
        {
            "type": "patch",
            "topic": topic,
            "seq": seq,
            "base": base,
            "time": round(time, 3),
            "data": data,
        }
    )


def history(topic: str, times: Sequence[float], data: Document) -> bytes:
    """The last figures of some metrics, oldest first."""
    return encode(
        {
            "type": "history",
            "topic": topic,
            "times": [round(time, 3) for time in times],
            "data": data,
        }
    )


def gap(topic: str, since: int, seconds: float | None, reason: str) -> bytes:
    """What came after the document `since` cannot be had; a snapshot follows."""
    told = None if seconds is None else round(seconds, 3)
    return encode(
        {"type": "gap", "topic": topic, "since": since, "seconds": told, "reason": reason}
    )


def process(pid: int, data: Mapping[str, Any]) -> bytes:
    """All that is told of one process."""
    return encode({"type": "process", "pid": pid, "data": data})


def error(code: str, message: str) -> bytes:
    """What was wrong with the viewer's message."""
    return encode({"type": "error", "code": code, "message": message})


def bye(reason: str, retry_after: float) -> bytes:
    """The last message before Close 1001: come back in `retry_after` seconds."""
    return encode({"type": "bye", "reason": reason, "retry_after": retry_after})
