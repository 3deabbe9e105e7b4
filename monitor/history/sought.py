"""Which series a question means."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.history.series import Name


@dataclass(frozen=True, slots=True)
class Wanted:
    """A metric, such as `core.usage`, of one key or of all."""

    metric: str
    key: str | None = None


def known(db: sqlite3.Connection, wanted: Sequence[Wanted]) -> dict[Name, int]:
    """Those that are in the file. Raises sqlite3.Error."""
    found: dict[Name, int] = {}
    for one in wanted:
        family, _, field = one.metric.partition(".")
        rows = db.execute(
            "SELECT key, id FROM series WHERE family = ? AND field = ? AND key = ifnull(?, key)",
            (family, field, one.key),
        )
        found.update({(family, field, key): number for key, number in rows})
    return found


def fresh(names: dict[Name, int], wanted: Sequence[Wanted]) -> dict[Name, int]:
    """Those of `names` that are wanted."""
    asked = {(one.metric, one.key) for one in wanted}
    return {
        name: number
        for name, number in names.items()
        if (f"{name[0]}.{name[1]}", None) in asked or (f"{name[0]}.{name[1]}", name[2]) in asked
    }
