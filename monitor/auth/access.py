"""Who may what: every address, and everything that the stream says or is told. What does not stand
here is refused. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.auth.role import Role
from monitor.model.metric import COMMANDS, HOST, KERNEL, PROCESSES, SERVICES, SOCKETS

ANYBODY, VIEWER, ADMIN = Role.ANYBODY, Role.VIEWER, Role.ADMIN


@dataclass(frozen=True, slots=True)
class Rule:
    """The least role that may; and whether it may be had by a token too, which only reads."""

    least: Role
    token: bool = False


# By method and path, as it is routed, below the base path. HEAD is as GET.
ROUTES: Mapping[str, Rule] = {
    "GET /": Rule(VIEWER),
    # The base path itself, which leads to the one with a slash.
    "GET ": Rule(ANYBODY),
    "GET /login": Rule(ANYBODY),
    "POST /login": Rule(ANYBODY),
    "POST /logout": Rule(ANYBODY),
    "GET /static/{name}": Rule(ANYBODY),
    "GET /favicon.ico": Rule(ANYBODY),
    "GET /healthz": Rule(ANYBODY, token=True),
    "GET /readyz": Rule(ANYBODY, token=True),
    "GET /ws/metrics": Rule(VIEWER),
    "GET /metrics": Rule(VIEWER, token=True),
    "GET /api/v1/query": Rule(VIEWER, token=True),
    "GET /api/v1/moment": Rule(VIEWER, token=True),
    "GET /api/v1/processes": Rule(VIEWER, token=True),
    "GET /api/v1/explain": Rule(VIEWER, token=True),
    "GET /api/v1/marks": Rule(VIEWER, token=True),
    # Writes: not for a token, which only reads.
    "POST /api/v1/marks": Rule(ADMIN),
    "GET /api/v1/snapshot": Rule(VIEWER, token=True),
    "GET /api/v1/metrics": Rule(VIEWER, token=True),
    "GET /api/v1/history": Rule(VIEWER, token=True),
    "GET /api/v1/openapi.json": Rule(VIEWER, token=True),
}

# What a viewer of the stream may say; of which topic, is another question.
SAID: Mapping[str, Role] = {
    "subscribe": VIEWER,
    "unsubscribe": VIEWER,
    "snapshot": VIEWER,
    "resume": VIEWER,
    "history": VIEWER,
    # Answered with a command line, files and sockets.
    "process": ADMIN,
}

# What a viewer of the stream is told.
TOLD: Mapping[str, Role] = {
    "welcome": VIEWER,
    "topic": VIEWER,
    "snapshot": VIEWER,
    "patch": VIEWER,
    "gap": VIEWER,
    "history": VIEWER,
    "process": ADMIN,
    "error": VIEWER,
    "bye": VIEWER,
}

# Whose figures: in the stream, in the history and for Prometheus.
TOPICS: Mapping[str, Role] = {
    HOST: VIEWER,
    PROCESSES: VIEWER,
    COMMANDS: ADMIN,
    SERVICES: VIEWER,
    SOCKETS: ADMIN,
    KERNEL: VIEWER,
}


def may(role: Role, table: Mapping[str, Role], name: str | None) -> bool:
    """Whether that role may."""
    least = table.get(name) if name is not None else None
    return least is not None and role >= least


def rule(method: str, path: str) -> Rule | None:
    """Of a route; None where it does not stand in the table."""
    known = ROUTES.get(f"{'GET' if method == 'HEAD' else method} {path}")
    return known if known is not None else ROUTES.get(f"* {path}")
