"""What `monitor snapshot` writes, from the file that a monitor may be at work on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monitor import collectors
from monitor.history.onlooker import INTERVAL_S, Onlooker, Unreadable
from monitor.history.question import TooMuch
from monitor.history.testimony import Nothing
from monitor.model.metric import HOST
from monitor.model.schema import Schema
from monitor.snapshot import file
from monitor.snapshot.record import About, record
from monitor.wire.messages import metrics_of

FAULTS = (Unreadable, TooMuch, Nothing, OSError)


def opened(directory: Path) -> Onlooker:
    """Raises Unreadable."""
    return Onlooker(directory)


def page(
    history: Onlooker,
    start: float,
    end: float,
    now: float,
    texts: Mapping[str, Any],
    version: str,
) -> str:
    """Raises FAULTS."""
    schema = Schema(collectors.record_types())
    about = About(texts, metrics_of(HOST, schema, collectors.sources()), version, INTERVAL_S, now)
    found = record(history, schema, start, end, about)
    return file.page(found, texts["host"]["hostname"], version, INTERVAL_S)
