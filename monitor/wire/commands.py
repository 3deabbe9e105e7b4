"""What a viewer may say, parsed. Anything else is a `CommandError` that tells the viewer why."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from monitor.wire.text import clean

# As much of a viewer's own words as an error repeats to it.
MAX_QUOTE = 40


class CommandError(Exception):
    """A message that cannot be followed: a code for programs and a sentence for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Send this topic from now on."""

    TYPE: ClassVar = "subscribe"
    topic: str


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """No more of this topic."""

    TYPE: ClassVar = "unsubscribe"
    topic: str


@dataclass(frozen=True, slots=True)
class SnapshotRequest:
    """Send the whole document: the viewer lost the thread."""

    TYPE: ClassVar = "snapshot"
    topic: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Send what came after a document that the viewer still has from an earlier connection.

    `session` is that connection's; `since` the document's seq, and `time` its time, where known.
    """

    TYPE: ClassVar = "resume"
    topic: str
    session: str
    since: int
    time: float | None = None


@dataclass(frozen=True, slots=True)
class HistoryRequest:
    """Send the last figures of these metrics."""

    TYPE: ClassVar = "history"
    metrics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProcessRequest:
    """Send all that can be told of this process."""

    TYPE: ClassVar = "process"
    pid: int


Command = Subscribe | Unsubscribe | SnapshotRequest | Resume | HistoryRequest | ProcessRequest
# The kernel has no higher number: PID_MAX_LIMIT, proc(5).
MAX_PID = 1 << 22
# Seconds; a number beyond is no time, and an integer may be beyond all floats.
MAX_TIME = 1e12


def parse(text: str, topics: Collection[str], metrics: Collection[str]) -> Command:
    """The command in a message. `topics` and `metrics` are the names that exist."""
    try:
        message = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as cause:
        raise CommandError("not-json", "the message is not JSON") from cause
    if not isinstance(message, dict):
        raise CommandError("not-an-object", "the message is not a JSON object")
    kind = message.get("type")
    if kind == HistoryRequest.TYPE:
        return HistoryRequest(_metrics(message, metrics))
    if kind == ProcessRequest.TYPE:
        return ProcessRequest(_pid(message))
    if kind == Resume.TYPE:
        return resume(_topic(message, topics), message)
    make = _ABOUT_A_TOPIC.get(kind) if isinstance(kind, str) else None
    if make is None:
        known = ", ".join([*_ABOUT_A_TOPIC, *(each.TYPE for each in _OF_THEIR_OWN)])
        raise CommandError("unknown-type", f"type {_quote(kind)} is not one of: {known}")
    return make(_topic(message, topics))


_ABOUT_A_TOPIC: Mapping[str, Callable[[str], Command]] = {
    each.TYPE: each for each in (Subscribe, Unsubscribe, SnapshotRequest)
}
_OF_THEIR_OWN = (Resume, HistoryRequest, ProcessRequest)


def resume(topic: str, said: Mapping[str, object]) -> Resume:
    """What a message, or a query's parameters read as numbers, says of where a viewer was."""
    session, since, time = said.get("session"), said.get("since"), said.get("time")
    if not isinstance(session, str):
        raise CommandError("no-session", f"session {_quote(session)} is not a text")
    if type(since) is not int or since < 0:
        raise CommandError("no-since", f"since {_quote(since)} is not a whole number")
    if time is None:
        return Resume(topic, session, since)
    if isinstance(time, bool) or not isinstance(time, int | float) or not abs(time) < MAX_TIME:
        raise CommandError("no-time", f"time {_quote(time)} is not a Unix time")
    return Resume(topic, session, since, float(time))


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is a number to Python and not to RFC 8259")


def _topic(message: Mapping[str, Any], topics: Collection[str]) -> str:
    topic = message.get("topic")
    if not isinstance(topic, str) or topic not in topics:
        known = ", ".join(topics)
        raise CommandError("unknown-topic", f"topic {_quote(topic)} is not one of: {known}")
    return topic


def _pid(message: Mapping[str, Any]) -> int:
    pid = message.get("pid")
    if type(pid) is not int or not 0 < pid <= MAX_PID:
        raise CommandError("no-pid", f"pid {_quote(pid)} is not a whole number up to {MAX_PID}")
    return pid


def _metrics(message: Mapping[str, Any], metrics: Collection[str]) -> tuple[str, ...]:
    wanted = message.get("metrics")
    if not isinstance(wanted, list) or not wanted:
        raise CommandError("no-metrics", "metrics is not a list of names")
    for name in wanted:
        if not isinstance(name, str) or name not in metrics:
            raise CommandError("unknown-metric", f"{_quote(name)} is not among welcome.metrics")
    return tuple(dict.fromkeys(wanted))


def _quote(value: object) -> str:
    text = clean(repr(value))
    return text if len(text) <= MAX_QUOTE else f"{text[:MAX_QUOTE]}…"
