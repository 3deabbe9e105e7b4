"""Events: a name and fields, as one line of text or one JSON object each.

Values come from the network and from other people's processes. Whatever they hold, they cannot end
their line, colour a terminal or pass for another field.
"""

import json
import logging
import math
import os
import re
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

# The longest text of a field, in characters. journald cuts lines at 48 KiB (LineMax=), and what
# comes after the cut would stand as a line of its own; escapes make a character ten at most.
LIMIT = 4000
# Enough of what a peer did wrong.
REASON_LIMIT = 200

_SURROGATE = re.compile("[\ud800-\udfff]")
# sd-daemon(3): the levels of syslog, from the least that a record may have.
_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))


def event(
    logger: logging.Logger,
    level: int,
    name: str,
    /,
    *,
    exception: BaseException | None = None,
    **fields: object,
) -> None:
    """Log that `name` (such as `viewer.join`) happened; fields in the order given.

    `level` is one of logging's. Costs one comparison where that level is not logged.
    """
    if logger.isEnabledFor(level):
        extra = {"event_fields": fields}
        logger.log(level, name, exc_info=exception, extra=extra, stacklevel=2)


def setup(level: str, format: str, stream: TextIO | None = None) -> None:
    """Send every record of `level` (debug, info, warning, error) or above to `stream`, which is
    stderr unless given, as `text` or `json`. Called again, it replaces what it set up before.
    """
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler, _Handler):
            root.removeHandler(handler)
    root.setLevel(level.upper())
    # Python's own would print several lines each.
    logging.captureWarnings(True)
    target = sys.stderr if stream is None else stream
    if target is None:  # started with stderr closed
        return
    handler = _Handler(target)
    handler.setFormatter(Json() if format == "json" else Text(journal=is_journal(target)))
    handler.addFilter(Peers())
    root.addHandler(handler)


def is_journal(stream: TextIO) -> bool:
    """Whether journald reads the stream. Source: JOURNAL_STREAM in systemd.exec(5); that variable
    alone does not tell, as it is inherited also by what writes elsewhere."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):  # no file, or a closed one
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


class Text(logging.Formatter):
    """`TIME LEVEL LOGGER EVENT key=value …`, and a traceback's lines below, each marked with a bar.

    For journald each line begins with its priority, `<6>`, and the time is left to it.
    """

    def __init__(self, *, journal: bool = False) -> None:
        super().__init__()
        self.journal = journal

    def format(self, record: logging.LogRecord) -> str:
        name, fields = _event(record)
        priority = f"<{_priority(record.levelno)}>" if self.journal else ""
        head = priority or _time(record) + " "
        pairs = [f"{_quoted(key)}={_quoted(value)}" for key, value in fields.items()]
        line = " ".join([record.levelname, _quoted(record.name), _quoted(name), *pairs])
        trace = _trace(record).split("\n") if record.exc_info else []
        return "\n".join([head + line, *(f"{priority}  | {_escaped(part)}" for part in trace)])


class Json(logging.Formatter):
    """One object a line: `time`, `level`, `logger`, `event`, `exception` where there is one, and
    the fields. A field of such a name gets an underscore after it."""

    def format(self, record: logging.LogRecord) -> str:
        name, fields = _event(record)
        document: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": _encodable(record.name),
            "event": _encodable(name),
        }
        if record.exc_info:
            document["exception"] = _encodable(_trace(record))
        for key, value in fields.items():
            free = _cut(_encodable(key))
            while free in document:
                free += "_"
            document[free] = _plain(value)
        return json.dumps(document, allow_nan=False)


class Peers(logging.Filter):
    """What a peer did wrong is no fault of this program: one line without a traceback.

    Malformed HTTP becomes `request.malformed` at INFO, a connection that broke `connection.lost` at
    DEBUG; a wish for a WebSocket subprotocol, of which there are none, is not told. Tasks whose
    exceptions nobody awaits are faults and stay as they are.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        fault = record.exc_info[1] if record.exc_info else None
        if record.name == "aiohttp.websocket" and "Client protocols" in str(record.msg):
            return False
        if fault is not None and record.name.partition(".")[0] in ("aiohttp", "asyncio"):
            if _malformed(record, fault):
                return _retold(record, logging.INFO, "request.malformed", fault)
            if isinstance(fault, ConnectionError) and "never" not in str(record.msg):
                return _retold(record, logging.DEBUG, "connection.lost", fault)
        return True


class _Handler(logging.StreamHandler[TextIO]):
    """A log that cannot be written is no reason to stop, nor to say so where it cannot be said."""

    def handleError(self, record: logging.LogRecord) -> None:
        fault = sys.exc_info()[1]
        if isinstance(fault, OSError) or record.msg == "log.failed":
            return
        where = f"{record.pathname}:{record.lineno}"
        told = {"logger": record.name, "at": where, "error": type(fault).__name__}
        failed = logging.makeLogRecord(
            {
                "name": __name__,
                "levelno": logging.ERROR,
                "levelname": "ERROR",
                "msg": "log.failed",
                "event_fields": told,
            }
        )
        self.emit(failed)


def _malformed(record: logging.LogRecord, fault: BaseException) -> bool:
    if not record.name.startswith("aiohttp"):
        return False
    # Here and not above: without aiohttp nobody logs in its name, and it takes long to import.
    from aiohttp.http_exceptions import HttpProcessingError
    from aiohttp.web import RequestPayloadError

    return isinstance(fault, HttpProcessingError | RequestPayloadError)


def _retold(record: logging.LogRecord, level: int, name: str, fault: BaseException) -> bool:
    """The record made that event, in place. False where its new level is not logged."""
    # Some quote what the peer sent, over several lines.
    said = " ".join(str(getattr(fault, "message", "") or fault).split())[:REASON_LIMIT]
    fields = {"message": record.getMessage(), "error": type(fault).__name__, "reason": said}
    record.levelno = min(level, record.levelno)
    record.levelname = logging.getLevelName(record.levelno)
    record.msg, record.args, record.exc_info, record.exc_text = name, None, None, None
    record.event_fields = fields
    return logging.getLogger(record.name).isEnabledFor(record.levelno)


def _event(record: logging.LogRecord) -> tuple[str, Mapping[str, object]]:
    """The event's name and fields. What others log is an event `log` with a message."""
    fields = getattr(record, "event_fields", None)
    if fields is None:
        return "log", {"message": record.getMessage()}
    return record.getMessage(), fields


def _priority(level: int) -> int:
    return next((number for least, number in _PRIORITIES if level >= least), 7)


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _trace(record: logging.LogRecord) -> str:
    assert record.exc_info
    return "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")


def _cut(text: str) -> str:
    return text if len(text) <= LIMIT else f"{text[:LIMIT]}… and {len(text) - LIMIT} more"


def _quoted(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    text = _cut(str(value))
    if text and text.isprintable() and not any(mark in text for mark in ' "=\\'):
        return text
    return '"' + _escaped(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def _escaped(text: str) -> str:
    """The text with all that Unicode does not call printable written as escapes: controls, line and
    paragraph separators, marks that reorder what stands beside them, lone surrogates."""
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() else _escape(mark) for mark in text)


def _escape(mark: str) -> str:
    if "\udc80" <= mark <= "\udcff":  # a byte that was not UTF-8: PEP 383
        return f"\\x{ord(mark) - 0xDC00:02x}"
    return mark.encode("unicode_escape").decode("ascii")


def _encodable(text: str) -> str:
    """The text without lone surrogates: json writes them, but strict readers refuse them."""
    return _SURROGATE.sub(lambda found: _escape(found[0]), text)


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return _cut(_encodable(str(value)))
