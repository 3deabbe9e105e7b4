"""What viewers are told first, made once at the start."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import monitor
from monitor.auth import access
from monitor.auth.role import ROLES, Role
from monitor.live.topics import TOPICS
from monitor.model.metric import HOST
from monitor.model.schema import Schema
from monitor.wire import messages

SESSION_BYTES = 16


@dataclass(frozen=True, slots=True)
class Greeting:
    """The frame for each that joins, by its role, and for each that subscribes to another topic.

    `session` names this run of the program: the seqs of another one mean nothing in it.
    """

    session: str
    interval: float
    welcome: Mapping[Role, bytes]
    introductions: Mapping[str, bytes]


def greeting(schema: Schema, sources: Mapping[str, str], interval: float) -> Greeting:
    """For a run that begins now; `sources` as in `messages.welcome`."""
    session = secrets.token_hex(SESSION_BYTES)
    welcome = {
        role: messages.welcome(
            version=monitor.__version__,
            session=session,
            interval=interval,
            topics={n: help for n, help in TOPICS.items() if access.may(role, access.TOPICS, n)},
            schema=schema,
            sources=sources,
        )
        for role in ROLES.values()
    }
    others = {name: messages.topic(name, schema, sources) for name in TOPICS if name != HOST}
    return Greeting(session, interval, welcome, others)
