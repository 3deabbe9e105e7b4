"""Marks: moments at which something happened, with a line about it."""

import sqlite3
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass

from monitor.history.layout import roll_back

# The oldest go. With their index they are 2 MB.
MOST = 10_000
MOST_ANSWERED = 1_000

# Kinds: what the monitor sees by itself, and what it is told.
BOOT, START, OOM, MOUNT, RESTART, NOTE = "boot", "start", "oom", "mount", "restart", "note"


@dataclass(frozen=True, slots=True)
class Mark:
    """`time` is Unix time; `kind` one of the above. `id` is 0 until it is written."""

    time: float
    kind: str
    text: str
    id: int = 0


def write(db: sqlite3.Connection, marks: Iterable[Mark]) -> list[Mark]:
    """All of them or none, with their numbers. Raises sqlite3.Error."""
    db.execute("BEGIN IMMEDIATE")
    with ExitStack() as undo:
        undo.callback(roll_back, db)
        written = []
        for mark in marks:
            cursor = db.execute(
                "INSERT INTO event (time, kind, text) VALUES (?, ?, ?)",
                (mark.time, mark.kind, mark.text),
            )
            written.append(Mark(mark.time, mark.kind, mark.text, cursor.lastrowid or 0))
        db.execute(
            "DELETE FROM event"
            " WHERE id <= (SELECT id FROM event ORDER BY id DESC LIMIT 1 OFFSET ?)",
            (MOST,),
        )
        db.execute("COMMIT")
        undo.pop_all()
    return written


def read(db: sqlite3.Connection, start: float, end: float) -> list[Mark]:
    """Those of that time, oldest first; of very many the newest. Raises sqlite3.Error."""
    rows = db.execute(
        "SELECT time, kind, text, id FROM event WHERE time BETWEEN ? AND ?"
        " ORDER BY time DESC, id DESC LIMIT ?",
        (start, end, MOST_ANSWERED),
    )
    return [Mark(*row) for row in rows][::-1]
