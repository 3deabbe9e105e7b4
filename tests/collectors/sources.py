"""What the tests of collectors share: made-up sources, and how to look at what was read."""

import sys
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor.model.derive import derive
from monitor.model.metric import Record
from monitor.model.sample import Sample
from monitor.model.schema import Schema

FIXTURES = Path(__file__).parents[1] / "fixtures"
# Longer than anything here takes, in seconds: a thread that has not ended by then hangs.
LONG_S = 30.0

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def use_proc(patch: pytest.MonkeyPatch, shape: str | Path) -> Path:
    """Let psutil read a made-up /proc: one of tests/fixtures/proc, or any directory."""
    proc = FIXTURES / "proc" / shape
    patch.setattr(psutil, "PROCFS_PATH", str(proc))
    return proc


def only(records: Iterable[Record]) -> Any:
    """The one record that there is."""
    (record,) = records
    return record


def by(key: str, records: Iterable[Record]) -> dict[str, Any]:
    """Records by their key, of which there are no two alike."""
    found = list(records)
    keyed = {getattr(record, key): record for record in found}
    assert len(keyed) == len(found)
    return keyed


def figures(before: Iterable[Record], now: Iterable[Record], elapsed: float = 1.0) -> Any:
    """What is shown of two readings, `elapsed` seconds apart."""
    old, new = tuple(before), tuple(now)
    schema = Schema({type(record) for record in new})
    return derive(schema, Sample("x", 0.0, 0.0, old), Sample("x", elapsed, 0.0, new))


def known(record: Record) -> set[str]:
    """The fields that are not None."""
    names = {field.name for field in fields(record)}  # type: ignore[arg-type]  # it is a dataclass
    return {name for name in names if getattr(record, name) is not None}


def made(kind: Any, **values: Any) -> Any:
    """A record of which the rest is not known."""
    return kind(**values)
