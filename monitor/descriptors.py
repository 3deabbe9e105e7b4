"""How the descriptors that this process may have are shared out (getrlimit(2), RLIMIT_NOFILE)."""

import resource
from dataclasses import dataclass

# What the program itself holds: 19 at rest, 30 with every topic watched; the others are files that
# are opened for a moment, answers to questions, and connections between accept() and their place.
OWN = 40
# The sweep of processes keeps files open up to these, and up to half of what is there beyond the
# first few hundred.
MAX_KEPT = 16_384
FIRST_FEW = 256
# Connections that are no viewers, or not yet: after a restart they all come back at once. A browser
# opens six. Of few descriptors half are for viewers.
MAX_REQUESTS = 1024
MIN_REQUESTS = 6
# A connection, and the file that it is sent.
EACH_REQUEST = 2
# Where there is no limit: what Linux has for one (fs.nr_open).
UNLIMITED = 1 << 20


@dataclass(frozen=True, slots=True)
class Shares:
    """Files that the sweep may keep open, connections that are no viewers, and viewers."""

    kept: int
    requests: int
    viewers: int


def shares(limit: int) -> Shares:
    """How `limit` descriptors are shared out. There is always room for one viewer."""
    kept = max(0, min(MAX_KEPT, (limit - FIRST_FEW) // 2))
    rest = limit - OWN - kept
    requests = max(MIN_REQUESTS, min(MAX_REQUESTS, rest // (2 * EACH_REQUEST)))
    return Shares(kept, requests, max(1, rest - EACH_REQUEST * requests))


def limit() -> int:
    """How many descriptors this process may have."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return UNLIMITED if soft == resource.RLIM_INFINITY else soft


def raise_limit() -> None:
    """Raise the limit as far as this user may. What has none is left alone: macOS refuses there."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
