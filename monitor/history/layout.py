"""The tables, and the way to them from every earlier version of the file."""

import contextlib
import sqlite3

# "moni" (sqlite.org/pragma.html#pragma_application_id): by this the file is known for ours.
APPLICATION_ID = 0x6D6F6E69

# A chunk's id is its block's, shifted by this, plus its series': a block's chunks stand beside one
# another, so that each of a block's pages is written once.
SERIES_BITS = 24

_FIRST = """
-- Names of series that there is something of. What has a number keeps it until then.
CREATE TABLE series (
    id INTEGER PRIMARY KEY, family TEXT NOT NULL, field TEXT NOT NULL, key TEXT NOT NULL,
    UNIQUE (family, field, key));
-- In the order in which they were recorded, which is not that of their times where the clock was
-- set back. A block that is not `rolled` is still to be made into one of a coarser tier.
CREATE TABLE block (
    id INTEGER PRIMARY KEY, tier INTEGER NOT NULL, start REAL NOT NULL, end REAL NOT NULL,
    count INTEGER NOT NULL, size INTEGER NOT NULL, rolled INTEGER NOT NULL, times BLOB NOT NULL);
CREATE INDEX block_by_time ON block (tier, start, end);
CREATE INDEX block_to_roll ON block (tier) WHERE NOT rolled;
CREATE TABLE chunk (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
-- Packs of what is not yet in a block, and up to which pack there are blocks and minutes.
CREATE TABLE hot (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE mark (series INTEGER NOT NULL, processes INTEGER NOT NULL);
INSERT INTO mark VALUES (0, 0);
-- Minutes of the process table; `step` is seconds between two of their frames.
CREATE TABLE process (
    id INTEGER PRIMARY KEY, step INTEGER NOT NULL, start REAL NOT NULL, end REAL NOT NULL,
    size INTEGER NOT NULL, data BLOB NOT NULL);
CREATE INDEX process_by_time ON process (step, start, end, size);
"""
_MARKS = """
-- What happened, beside the figures.
CREATE TABLE event (
    id INTEGER PRIMARY KEY, time REAL NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX event_by_time ON event (time);
"""
# What makes the next version of each one, the first of an empty file.
STEPS: tuple[str, ...] = (_FIRST, _MARKS)
VERSION = len(STEPS)


class Foreign(Exception):
    """The file is no history, or one of a version that is not known here. Its text says which."""


def recognize(db: sqlite3.Connection, newest: int = VERSION) -> int:
    """The file's version, 0 of an empty one. Writes nothing. Raises Foreign, and sqlite3.Error."""
    application: int = db.execute("PRAGMA application_id").fetchone()[0]
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    tables: int = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if application != APPLICATION_ID and (tables or application or version):
        raise Foreign("a database of another program")
    if version > newest:
        raise Foreign(f"of version {version}, and this program knows {newest}")
    return version


def upgrade(db: sqlite3.Connection, steps: tuple[str, ...] = STEPS) -> None:
    """Bring the file to the newest version, all of it or nothing. Raises as `recognize` does."""
    version = recognize(db, len(steps))
    if version == len(steps):
        return
    db.execute("BEGIN IMMEDIATE")
    with contextlib.ExitStack() as undo:
        undo.callback(roll_back, db)
        for step in steps[version:]:
            # Not executescript(): that would end the transaction first.
            for statement in filter(str.strip, step.split(";\n")):
                db.execute(statement)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID:d}")
        db.execute(f"PRAGMA user_version = {len(steps):d}")
        db.execute("COMMIT")
        undo.pop_all()


def roll_back(db: sqlite3.Connection) -> None:
    """End a transaction that has failed; SQLite has done so already where the disk is full."""
    if db.in_transaction:
        db.execute("ROLLBACK")
