"""A copy of the history, of one moment, while a monitor may be writing it."""

import contextlib
import os
import sqlite3
from pathlib import Path
from tempfile import mkstemp

from monitor.history import file
from monitor.history.onlooker import Unreadable, opened


class Broken(Exception):
    """The copy is not what it should be; there is none. Its text says why."""


def copy(directory: Path, target: Path) -> int:
    """Copy it to `target`, which has it whole or as it was; the bytes. Free pages are left out.

    Only its owner may read the copy: names of processes are in it. Raises Unreadable, Broken, and
    OSError.
    """
    source = directory / file.NAME
    with contextlib.closing(opened(source)) as db, contextlib.ExitStack() as undo:
        descriptor, name = mkstemp(dir=target.absolute().parent, prefix=f".{target.name}.")
        undo.callback(os.unlink, name)
        try:
            # A view of one moment: the writer goes on beside it (sqlite.org/lang_vacuum.html).
            db.execute("VACUUM INTO ?", (name,))
            _check(name)
            os.fsync(descriptor)
            size = os.fstat(descriptor).st_size
        except sqlite3.Error as fault:
            raise Unreadable(f"{source} cannot be copied: {fault}") from fault
        finally:
            os.close(descriptor)
        os.replace(name, target)
        undo.pop_all()
    return size


def _check(name: str) -> None:
    with contextlib.closing(sqlite3.connect(name)) as db:
        try:
            (said,) = db.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.Error as fault:
            said = str(fault)
    if said != "ok":
        raise Broken(f"the copy is broken: {said}")
