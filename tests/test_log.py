"""Whatever a value holds, an event is one line, and its fields can be told apart."""

import asyncio
import errno
import io
import json
import logging
import os
import re
import socket
import sys
import warnings
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TextIO

import pytest
from aiohttp import web
from aiohttp.http_exceptions import BadStatusLine

from monitor import log
from monitor.log import event

logger = logging.getLogger("monitor.test")

# Each would end the line, start a field, recolour the terminal or break the encoder, if it could.
HOSTILE = [
    "a\n2026-11-22T12:00:00.123Z INFO monitor.live.hub viewer.join viewer=8",
    "a\r<3>ERROR fake",
    "\x1b[2J\x1b[31m",
    "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg",
    "\u202egnp.exe",
    "\x00\x7f\x9b",
    "\ud800 \udcff\udcfe",
    '" other="1',
    "other=1",
    "\\",
    "\\n",
    'a\\" other="1',
    "",
    " ",
    "\U000e0041",
    "x" * 100_000,
    "\n" * 100_000,
]
PLAIN = ["127.0.0.1:50512", "é", "日本", "[::1]", "a,b", "{}", "-", "__proto__", "<img>"]
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
VALUE = r'(?:[^\s"=\\]+|"(?:[^"\\]|\\.)*")'


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(False)


def written(form: str, level: str = "debug") -> io.StringIO:
    """Where records go from here on."""
    stream = io.StringIO()
    log.setup(level, form, stream)
    return stream


def one(stream: io.StringIO) -> str:
    """The only line."""
    text = stream.getvalue()
    assert text.endswith("\n")
    (line,) = text[:-1].splitlines()
    assert line.isprintable()
    return line


def documents(stream: io.StringIO) -> list[dict[str, Any]]:
    lines = stream.getvalue().splitlines()
    assert all(line.isascii() and line.isprintable() for line in lines)
    return [json.loads(line, parse_constant=pytest.fail) for line in lines]


def unquoted(text: str) -> str:
    """What a reader of the text format makes of a value without other escapes than \\" and \\\\."""
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


def test_text_is_time_level_logger_event_and_fields_in_order() -> None:
    stream = written("text")
    event(logger, logging.INFO, "viewer.join", viewer=7, remote="127.0.0.1:50512", first=True)
    end = " INFO monitor.test viewer.join viewer=7 remote=127.0.0.1:50512 first=true"
    assert re.fullmatch(TIME + re.escape(end), one(stream))


def test_time_is_utc() -> None:
    record = logger.makeRecord("a", logging.INFO, "", 0, "x", (), None)
    record.created = 1795348800.1239
    assert log.Text().format(record).startswith("2026-11-22T12:00:00.123Z ")
    assert json.loads(log.Json().format(record))["time"] == "2026-11-22T12:00:00.123Z"


@pytest.mark.parametrize("value", HOSTILE + PLAIN, ids=lambda value: ascii(value[:20]))
def test_no_value_ends_its_line_or_its_field_in_text(value: str) -> None:
    stream = written("text")
    event(logger, logging.INFO, "x", a=value, b=2)
    line = one(stream)
    found = re.fullmatch(rf"{TIME} INFO monitor\.test x a=({VALUE}) b=2", line)
    assert found
    if len(value) <= log.LIMIT and value.isprintable():
        assert unquoted(found[1]) == value
    assert found[1].startswith('"') == (value not in PLAIN)
    assert len(line) < 48 * 1024


@pytest.mark.parametrize("value", HOSTILE + PLAIN, ids=lambda value: ascii(value[:20]))
def test_no_value_ends_its_line_or_its_string_in_json(value: str) -> None:
    stream = written("json")
    event(logger, logging.INFO, "x", a=value, b=2)
    (document,) = documents(stream)
    assert document["b"] == 2
    document["a"].encode("utf-8")  # strictly
    if len(value) <= log.LIMIT and not re.search("[\ud800-\udfff]", value):
        assert document["a"] == value


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value[:20]))
def test_neither_keys_nor_names_nor_messages_end_their_line(value: str, form: str) -> None:
    stream = written(form)
    fields: dict[str, Any] = {value: 1}
    event(logger, logging.INFO, "x", **fields)
    event(logger, logging.INFO, value)
    logging.getLogger(f"a.{value[:99]}").warning("%s", value)
    lines = stream.getvalue().split("\n")
    assert len(lines) == 4 and not lines.pop()
    assert all(line.isprintable() for line in lines)
    if form == "json":
        assert all(json.loads(line)["level"] for line in lines)


def test_bytes_that_were_not_utf8_are_shown_as_bytes() -> None:
    stream = written("text")
    event(logger, logging.INFO, "x", name=os.fsdecode(b"\xff\xfe"))
    assert one(stream).endswith(r' x name="\xff\xfe"')


def test_values_keep_their_types_in_json() -> None:
    stream = written("json")
    given: dict[str, Any] = {
        "a": 1,
        "b": 0.5,
        "c": True,
        "d": None,
        "e": "é",
        "f": Path("/x"),
        "g": float("nan"),
    }
    event(logger, logging.ERROR, "x.y", **given)
    (document,) = documents(stream)
    assert re.fullmatch(TIME, document.pop("time"))
    kept = {"a": 1, "b": 0.5, "c": True, "d": None, "e": "é", "f": "/x", "g": "nan"}
    named = {"level": "error", "logger": "monitor.test", "event": "x.y"}
    assert document == named | kept


def test_a_field_may_have_any_name() -> None:
    stream = written("json")
    event(logger, logging.INFO, "x", time=1, level=2, name=3, msg=4, event=5)
    (document,) = documents(stream)
    assert (document["time_"], document["level_"], document["event_"]) == (1, 2, 5)
    assert (document["name"], document["msg"], document["level"]) == (3, 4, "info")


def test_a_percent_sign_is_only_that() -> None:
    stream = written("text")
    event(logger, logging.INFO, "x%s", a="%d")
    assert one(stream).endswith(" x%s a=%d")


@pytest.mark.parametrize("form", ["text", "json"])
def test_below_the_level_nothing_is_written_or_even_made_a_text(form: str) -> None:
    class Untouchable:
        def __str__(self) -> str:
            raise AssertionError

    stream = written(form, "warning")
    event(logger, logging.INFO, "x", value=Untouchable())
    assert not stream.getvalue()


def failing() -> Exception:
    try:
        raise RuntimeError("one\n2026-11-22T12:00:00.123Z INFO monitor.test fake\x1b[2J\udcff")
    except RuntimeError as fault:
        return fault


def test_a_traceback_stands_below_its_line_and_no_line_of_it_looks_like_an_event() -> None:
    stream = written("text")
    event(logger, logging.ERROR, "x.failed", exception=failing(), a=1)
    first, *rest = stream.getvalue()[:-1].split("\n")
    assert first.endswith(" ERROR monitor.test x.failed a=1")
    assert rest[0] == "  | Traceback (most recent call last):"
    assert rest[-1] == r"  | 2026-11-22T12:00:00.123Z INFO monitor.test fake\x1b[2J\xff"
    assert all(line.startswith("  | ") and line.isprintable() for line in rest)


def test_a_traceback_is_a_string_in_json() -> None:
    stream = written("json")
    event(logger, logging.ERROR, "x.failed", exception=failing(), a=1)
    (document,) = documents(stream)
    assert document["exception"].startswith("Traceback (most recent call last):\n")
    assert document["exception"].endswith("fake\x1b[2J\\xff") and document["a"] == 1


def test_what_others_log_is_an_event_with_a_message() -> None:
    text, said = written("text"), "Executing %s took %.3f seconds"
    logging.getLogger("asyncio").warning(said, "<Task>", 0.2)
    expected = ' WARNING asyncio log message="Executing <Task> took 0.200 seconds"'
    assert one(text).endswith(expected)
    stream = written("json")
    logging.getLogger("asyncio").warning(said, "<Task>", 0.2)
    (document,) = documents(stream)
    assert document["message"] == "Executing <Task> took 0.200 seconds"
    assert (document["event"], document["logger"]) == ("log", "asyncio")


def test_python_s_warnings_are_events_too() -> None:
    stream = written("json")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)
        log.setup("info", "json", stream)
        warnings.warn("of\ntwo lines", stacklevel=1)
    (document,) = documents(stream)
    assert "UserWarning: of\ntwo lines" in document["message"]


def test_setting_up_again_replaces_what_was_set_up() -> None:
    first = written("text")
    second = written("json", "error")
    event(logger, logging.ERROR, "x")
    event(logger, logging.INFO, "y")
    assert not first.getvalue() and len(documents(second)) == 1


def journal_of(stream: TextIO) -> str:
    status = os.fstat(stream.fileno())
    return f"{status.st_dev}:{status.st_ino}"


def test_journald_gets_a_priority_and_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair()
    with theirs, ours, ours.makefile("w", encoding="utf-8") as stream:
        monkeypatch.setenv("JOURNAL_STREAM", journal_of(stream))
        log.setup("debug", "text", stream)
        for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.FATAL):
            event(logger, level, "x", a=1)
        event(logger, logging.ERROR, "y", exception=failing())
        lines = theirs.recv(65536).decode().splitlines()
    assert lines[:6] == [
        "<7>DEBUG monitor.test x a=1",
        "<6>INFO monitor.test x a=1",
        "<4>WARNING monitor.test x a=1",
        "<3>ERROR monitor.test x a=1",
        "<2>CRITICAL monitor.test x a=1",
        "<3>ERROR monitor.test y",
    ]
    assert all(line.startswith("<3>  | ") for line in lines[6:]) and len(lines) > 8


def test_json_is_one_object_a_line_for_journald_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "log").open("w+", encoding="utf-8") as stream:
        monkeypatch.setenv("JOURNAL_STREAM", journal_of(stream))
        log.setup("info", "json", stream)
        event(logger, logging.INFO, "x")
        stream.seek(0)
        assert json.loads(stream.read())["event"] == "x"


@pytest.mark.parametrize("value", ["", "1:2", "x", "0:0"])
def test_the_variable_alone_makes_no_journal(
    value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", value)
    with (tmp_path / "log").open("w", encoding="utf-8") as stream:
        assert not log.is_journal(stream)
    assert not log.is_journal(stream)  # closed
    assert not log.is_journal(io.StringIO())


def test_a_log_that_nobody_reads_any_more_harms_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    reader, writer = os.pipe()
    with closing(os.fdopen(writer, "w", encoding="utf-8", buffering=1)) as stream:
        os.close(reader)
        log.setup("info", "text", stream)
        event(logger, logging.INFO, "x")
        event(logger, logging.INFO, "y")
        # What is left in its buffer must go somewhere before it is closed.
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())
    event(logger, logging.INFO, "z")  # closed
    assert capsys.readouterr() == ("", "")


def test_no_stderr_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    log.setup("info", "text")
    event(logger, logging.INFO, "x")


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_record_that_cannot_be_formatted_is_told_in_one_line(form: str) -> None:
    class Broken:
        def __str__(self) -> str:
            raise LookupError("a\nb")

    stream = written(form)
    event(logger, logging.INFO, "x", value=Broken())
    assert "log.failed" in one(stream) and "LookupError" in one(stream)
    assert "test_log.py:" in one(stream) and "monitor.test" in one(stream)


# The peers' faults.


async def answered(port: int, request: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    writer.write_eof()
    await reader.read()
    writer.close()
    await writer.wait_closed()


async def serve(*requests: bytes, debug: bool = False) -> None:
    """Ask a server for each, one after the other."""

    async def handler(request: web.Request) -> web.Response:
        if request.path == "/fault":
            raise LookupError("a fault of ours")
        if request.path == "/reset":
            raise ConnectionResetError(errno.ECONNRESET, "Connection reset\nby peer")
        return web.Response(text=await request.text())

    asyncio.get_running_loop().set_debug(debug)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        for request in requests:
            await answered(runner.addresses[0][1], request)
    finally:
        await runner.cleanup()


MALFORMED = {
    "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "no target": b"GET\r\n\r\n",
    "an escape for a method": b"\x1b[2J / HTTP/1.1\r\n\r\n",
    "a version": b"GET / HTTP/9.9\r\n\r\n",
    "a header without colon": b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
    "a length": b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
    "two lengths": b"GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "a long target": b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
    "a long header": b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
    "controls in a header": b"GET / HTTP/1.1\r\nHost: a\r\nX: \x00\xff\x1b\r\n\r\n",
    "a broken target": b"GET http://[ HTTP/1.1\r\nHost: a\r\n\r\n",
    "a chunk size": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "no gzip": b"POST / HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
}


@pytest.mark.parametrize("debug", [False, True], ids=["", "debug"])
@pytest.mark.parametrize("name", MALFORMED)
async def test_malformed_http_takes_one_line_at_most(name: str, debug: bool) -> None:
    stream = written("text", "info")
    await serve(MALFORMED[name], debug=debug)
    # asyncio's debugging has a line of its own on starting to serve.
    lines = [line for line in stream.getvalue().splitlines() if " INFO asyncio " not in line]
    assert len(lines) <= 1
    for line in lines:
        assert " INFO aiohttp.server request.malformed " in line and len(line) < 1000


async def test_malformed_http_is_told_by_whom_and_what_about_it() -> None:
    stream = written("json", "info")
    await serve(MALFORMED["a length"])
    (document,) = documents(stream)
    assert document["event"] == "request.malformed" and "exception" not in document
    assert document["message"] == "Error handling request from 127.0.0.1"
    assert document["error"].startswith("Bad") and document["reason"]


async def test_a_fault_of_ours_keeps_its_traceback() -> None:
    stream = written("json", "info")
    await serve(b"GET /fault HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    (document,) = documents(stream)
    assert document["level"] == "error" and "a fault of ours" in document["exception"]


@pytest.mark.parametrize(("level", "lines"), [("info", 0), ("debug", 1)])
async def test_a_connection_that_broke_is_for_debugging(level: str, lines: int) -> None:
    stream = written("json", level)
    await serve(b"GET /reset HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    lost = [document for document in documents(stream) if document["event"] == "connection.lost"]
    assert len(lost) == lines and "Traceback" not in stream.getvalue()
    assert all(document["level"] == "debug" for document in lost)


@pytest.mark.parametrize("fault", [BadStatusLine("x"), ConnectionResetError("x")])
def test_what_was_for_debugging_stays_so(fault: Exception) -> None:
    stream = written("json")
    logging.getLogger("aiohttp.server").debug("x", exc_info=fault)
    (document,) = documents(stream)
    assert document["level"] == "debug" and "exception" not in document


@pytest.mark.parametrize("said", ["Task exception was never retrieved", "never awaited"])
def test_a_fault_that_nobody_looked_at_stays_one(said: str) -> None:
    stream = written("json", "error")
    fault = ConnectionResetError("Cannot write to closing transport")
    logging.getLogger("asyncio").error(said, exc_info=fault)
    (document,) = documents(stream)
    assert (document["message"], document["level"]) == (said, "error")
    assert "Cannot write to closing transport" in document["exception"]


def test_only_what_aiohttp_says_of_a_request_is_taken_for_a_peer_s_fault() -> None:
    stream = written("json", "error")
    event(logger, logging.ERROR, "x", exception=BadStatusLine("of ours"))
    event(logger, logging.ERROR, "x", exception=ConnectionResetError())
    assert [document["level"] for document in documents(stream)] == ["error", "error"]
