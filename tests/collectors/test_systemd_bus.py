"""The client of D-Bus: against a real bus, another's library, and whoever means it ill."""

import os
import random
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jeepney  # type: ignore[import-untyped]  # it has no types
import pytest

from monitor.clock import SystemClock
from monitor.collectors import dbus_wire, systemd_bus
from monitor.collectors.dbus_wire import HEAD_BYTES, BusError, Call, length, marshal, parse
from monitor.collectors.systemd_bus import (
    LIST_UNITS,
    WINDOW,
    Bus,
    UnitStatus,
    get,
    manager,
    parse_property,
    parse_units,
)
from tests.collectors.runtimes import Converse, flood, peer, says, silent
from tests.collectors.sources import LONG_S, on_linux
from tests.collectors.systemd_stub import UNITS_TYPE, bus, converse, path_of, systemd, unit

pytestmark = on_linux

SERVICE = "org.freedesktop.systemd1.Service"
SSH, BAD = unit("ssh.service", "active", "running"), unit("bad.service", "failed", "failed")
RUDE = unit("\x1b[2J<b>=1+1.service", "x" * 300, "__proto__", about="né\U0001f600\n")
TYPE = {(path_of("ssh.service"), SERVICE, "Type"): ("s", "notify")}
OK = b"OK 0123456789abcdef0123456789abcdef\r\n"
CALLS = (
    LIST_UNITS,
    get(path_of("ssh.service"), SERVICE, "Type"),
    Call("/", "a.b", "C", ("", "a", "bcdefgh", "é"), "d.e"),
)


def status(row: Any) -> UnitStatus:
    name, about, load, active, sub, _, path, *_ = row
    return UnitStatus(name, about, load, active, sub, path)


def alone(path: Path, patience: float = LONG_S) -> Bus:
    return Bus(path, SystemClock(), broker=False, patience=patience)


@pytest.mark.parametrize("call", CALLS, ids=["no arguments", "two", "four"])
def test_a_call_is_what_another_library_makes_of_it(call: Call) -> None:
    parser = jeepney.Parser()
    (theirs,) = parser.feed(marshal(call, 77))
    fields = jeepney.HeaderFields
    assert theirs.header.serial == 77
    assert theirs.header.fields[fields.path] == call.path
    assert theirs.header.fields[fields.destination] == call.destination
    assert theirs.header.fields[fields.interface] == call.interface
    assert theirs.header.fields[fields.member] == call.member
    assert theirs.body == call.arguments


def reply(signature: str, body: tuple[Any, ...], *, big: bool = False) -> bytes:
    (call,) = jeepney.Parser().feed(marshal(LIST_UNITS, 5))
    message = jeepney.new_method_return(call, signature, body)
    if big:
        message.header.endianness = jeepney.Endianness.big
    raw: bytes = message.serialise(serial=9)
    return raw


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("rows", [[], [SSH], [SSH, BAD, RUDE] * 100], ids=["none", "one", "many"])
def test_units_are_read_in_either_byte_order(rows: list[Any], big: bool) -> None:
    raw = reply(UNITS_TYPE, (rows,), big=big)
    assert length(raw[:HEAD_BYTES]) == len(raw)
    message = parse(raw)
    assert message.reply_to == 5
    assert parse_units(message) == [status(row) for row in rows]


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *(("s", "x"), ("s", ""), ("o", "/a/b"), ("g", "a{sv}"), ("b", True), ("y", 255)),
        *(("n", -2), ("q", 65535), ("i", -5), ("u", 4294967295), ("x", -(1 << 62))),
        *(("t", (1 << 64) - 1), ("d", 0.25)),
    ],
)
def test_a_property_is_read_whatever_its_type(kind: str, value: object, big: bool) -> None:
    assert parse_property(parse(reply("v", ((kind, value),), big=big))) == value


def test_a_property_that_holds_others_is_refused() -> None:
    with pytest.raises(BusError, match="type 'as'"):
        parse_property(parse(reply("v", (("as", ["x"]),))))


def test_an_answer_of_another_type_is_refused() -> None:
    with pytest.raises(BusError, match="of type 'as'"):
        parse_units(parse(reply("as", (["x"],))))


def test_an_error_says_what_it_is() -> None:
    (call,) = jeepney.Parser().feed(marshal(LIST_UNITS, 5))
    denied = "org.freedesktop.DBus.Error.AccessDenied"
    raw = jeepney.new_error(call, denied, "s", ("Not for you",)).serialise(serial=1)
    with pytest.raises(BusError, match="AccessDenied: Not for you"):
        parse_units(parse(raw))
    assert parse_property(parse(raw)) is None


def test_whatever_is_changed_in_an_answer_nothing_else_is_raised() -> None:
    chance = random.Random(11)
    whole = reply(UNITS_TYPE, ([SSH, BAD],))
    for _ in range(5000):
        raw = bytearray(whole[: chance.choice((len(whole), chance.randrange(HEAD_BYTES, 200)))])
        for _ in range(chance.randrange(4)):
            raw[chance.randrange(len(raw))] = chance.choice((0, 1, 255, chance.randrange(256)))
        try:
            length(bytes(raw[:HEAD_BYTES]))
            parse_units(parse(bytes(raw)))
        except BusError:
            continue


def test_what_systemd_run_starts_is_described_without_its_secrets() -> None:
    row = unit(
        "run-u7.service", "active", about='[systemd-run] /usr/bin/mysql -uroot "-psecret" db'
    )
    (found,) = parse_units(parse(reply(UNITS_TYPE, ([row],))))
    assert found.description == '[systemd-run] /usr/bin/mysql -uroot "-p***" db'


def test_more_units_than_any_machine_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(systemd_bus, "MAX_UNITS", 2)
    with pytest.raises(BusError, match="more than 2 units"):
        parse_units(parse(reply(UNITS_TYPE, ([SSH, SSH, SSH],))))


def test_systemd_is_asked_over_a_real_bus(tmp_path: Path) -> None:
    with systemd(tmp_path, [SSH, BAD, RUDE], TYPE) as called:
        with manager(tmp_path, SystemClock(), LONG_S) as connection:
            units, type_, none = connection.call([*CALLS[:2], get("/x", SERVICE, "No")])
        assert parse_units(units) == [status(row) for row in (SSH, BAD, RUDE)]
        assert parse_property(type_) == "notify"
        assert parse_property(none) is None
    assert called == ["ListUnits", "Get", "Get"]


def test_a_bus_on_which_systemd_is_not_says_so_and_starts_nothing(tmp_path: Path) -> None:
    with bus(tmp_path), manager(tmp_path, SystemClock(), LONG_S) as connection:
        (units,) = connection.call([LIST_UNITS])
        with pytest.raises(BusError, match=r"NameHasNoOwner|ServiceUnknown"):
            parse_units(units)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root asks systemd itself")
def test_root_asks_systemd_itself_and_needs_no_bus(tmp_path: Path) -> None:
    with peer(tmp_path / systemd_bus.PRIVATE, converse([SSH], {})):
        with manager(tmp_path, SystemClock(), LONG_S) as connection:
            (units,) = connection.call([LIST_UNITS])
        assert parse_units(units) == [status(SSH)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root asks systemd itself")
def test_where_systemd_itself_refuses_the_bus_is_asked(tmp_path: Path) -> None:
    with (
        peer(tmp_path / systemd_bus.PRIVATE, says(b"REJECTED EXTERNAL\r\n")),
        systemd(tmp_path, [BAD], {}),
        manager(tmp_path, SystemClock(), LONG_S) as connection,
    ):
        (units,) = connection.call([LIST_UNITS])
        assert parse_units(units) == [status(BAD)]


@pytest.mark.parametrize("big", [False, True])
def test_more_calls_than_are_made_at_once_are_answered_in_order(tmp_path: Path, big: bool) -> None:
    names = [f"s{number}.service" for number in range(2 * WINDOW)]
    properties = {(path_of(name), SERVICE, "Type"): ("s", name) for name in names}
    # The answers to each window come together, and the last one first.
    serve = converse([], properties, big=big, hoard=WINDOW)
    with peer(tmp_path / "s", serve), alone(tmp_path / "s") as connection:
        answers = connection.call([get(path_of(name), SERVICE, "Type") for name in names])
    assert [parse_property(one) for one in answers] == names


def test_what_is_no_answer_is_passed_over(tmp_path: Path) -> None:
    emitter = jeepney.DBusAddress("/x", interface="a.b")
    signal = jeepney.new_signal(emitter, "Happened", "s", ("x",)).serialise(serial=1)
    (call,) = jeepney.Parser().feed(marshal(LIST_UNITS, 99))
    other = jeepney.new_method_return(call, "s", ("not yours",)).serialise(serial=2)
    (call,) = jeepney.Parser().feed(marshal(LIST_UNITS, 1))
    mine = jeepney.new_method_return(call, UNITS_TYPE, ([SSH],)).serialise(serial=3)
    serve = says(OK, signal + other + mine)
    with peer(tmp_path / "s", serve), alone(tmp_path / "s") as connection:
        (units,) = connection.call([LIST_UNITS])
    assert parse_units(units) == [status(SSH)]


def head(size: int = 0, fields: int = 0, order: bytes = b"l", version: int = 1) -> bytes:
    form = "<" if order == b"l" else ">"
    return order + struct.pack(f"{form}BBBIII", 2, 0, version, size, 1, fields)


ILL: dict[str, tuple[Converse, str]] = {
    "no OK": (says(b"REJECTED EXTERNAL\r\n"), "it says REJECTED EXTERNAL"),
    "garbage": (says(b"\xff\xfe\x00\x1b[2J\r\n"), r"it says \\xff\\xfe\x00\x1b\[2J"),
    "no line": (flood(b"x" * 1000, 100), "does not speak D-Bus"),
    "hangs up": (says(OK, b""), "hung up"),
    "hangs up early": (says(b""), "hung up"),
    "half a message": (says(OK, head(500)), "hung up"),
    "garbage then": (says(OK, b"HTTP/1.1 400 Bad\r\n\r\n"), "does not speak D-Bus"),
    "another version": (says(OK, head(version=2)), "does not speak D-Bus"),
    "2 GiB": (says(OK, head(1 << 31)), "a message of 21474"),
    "2 GiB of fields": (says(OK, head(0, 1 << 31)), "a message of 21474"),
    "2 GiB, big": (says(OK, head(1 << 31, order=b"B")), "a message of 21474"),
    "4 GiB": (says(OK, head((1 << 32) - 1, (1 << 32) - 1)), "a message of 85899"),
    "a field too long": (
        says(OK, head(0, 16) + b"\x01\x01s\x00" + b"\xff" * 12),
        "ends too soon",
    ),
    "a field of another type": (says(OK, head(0, 8) + b"\x05\x01a\x00" + bytes(4)), "type 'a'"),
    "another number": (says(OK, head(0, 5) + b"\x05\x01y\x00" + bytes(4)), "hung up"),
    "a text for a number": (
        says(OK, head(0, 10) + b"\x05\x01s\x00" + struct.pack("<I", 1) + b"x" + bytes(7)),
        "another type",
    ),
}


@pytest.mark.parametrize(("serve", "says_"), ILL.values(), ids=ILL)
def test_whoever_means_ill_is_told_from_the_real_one(
    tmp_path: Path, serve: Converse, says_: str
) -> None:
    def ask() -> None:
        with alone(tmp_path / "s") as connection:
            connection.call([LIST_UNITS])

    with peer(tmp_path / "s", serve), pytest.raises(BusError, match=says_):
        ask()


def chatter(connection: socket.socket) -> None:
    """Signals without end, each of which is well made."""
    emitter = jeepney.DBusAddress("/x", interface="a.b")
    signal = jeepney.new_signal(emitter, "Happened", "s", ("x" * 60_000,)).serialise(serial=1)
    says(OK)(connection)
    for _ in range(1000):
        connection.sendall(signal)


def test_the_answer_is_bounded_in_bytes(tmp_path: Path) -> None:
    with (
        peer(tmp_path / "s", chatter),
        alone(tmp_path / "s") as connection,
        pytest.raises(BusError, match="more than 16 MiB"),
    ):
        connection.call([LIST_UNITS])


def drip(connection: socket.socket) -> None:
    """A byte of a long message now and then: no single wait is long."""
    says(OK)(connection)
    connection.sendall(head(1 << 20))
    while not threading.Event().wait(0.02):
        connection.sendall(b"x")


@pytest.mark.parametrize("serve", [silent, drip])
def test_the_answer_is_bounded_in_time(tmp_path: Path, serve: Converse) -> None:
    clock = SystemClock()

    def ask() -> None:
        with alone(tmp_path / "s", 0.2) as connection:
            connection.call([LIST_UNITS])

    with peer(tmp_path / "s", serve):
        began = clock.monotonic()
        with pytest.raises(TimeoutError):
            ask()
        assert clock.monotonic() - began < LONG_S


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir, None], ids=["file", "directory", "none"])
def test_what_is_no_socket_is_an_error(tmp_path: Path, make: Callable[[Path], None] | None) -> None:
    if make is not None:
        make(tmp_path / "s")
    with pytest.raises(OSError, match="s"):
        alone(tmp_path / "s")
    with pytest.raises(OSError, match="too long"):
        alone(tmp_path / ("s" * 200))


def test_the_largest_message_is_named_in_one_place() -> None:
    assert dbus_wire.MAX_BYTES == 16 << 20
