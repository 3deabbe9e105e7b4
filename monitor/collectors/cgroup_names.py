"""Placeholder of ten lines: the person who owns this file replaces it whole."""

from typing import NamedTuple


class Belonging(NamedTuple):
    """Where a process belongs."""

    path: str
    unit: str | None
    container: str | None
    runtime: str | None


def belonging(cgroup_text: str) -> Belonging:
    """Nothing is known."""
    return Belonging("", None, None, None)
