"""A stand-in for systemd: on a real bus, or alone on a socket, with another's D-Bus library."""

import os
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import jeepney  # type: ignore[import-untyped]  # it has no types
import pytest
from jeepney.bus_messages import message_bus  # type: ignore[import-untyped]
from jeepney.io.blocking import open_dbus_connection  # type: ignore[import-untyped]

from tests.collectors.runtimes import Converse
from tests.collectors.sources import LONG_S

NAME = "org.freedesktop.systemd1"
UNITS_TYPE = "a(ssssssouso)"
Unit = tuple[str, str, str, str, str, str, str, int, str, str]
# By interface and name, for each object: the type and the value.
Properties = Mapping[tuple[str, str, str], tuple[str, Any]]

CONFIGURATION = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""


def unit(name: str, active: str, sub: str = "dead", load: str = "loaded", about: str = "") -> Unit:
    """As `ListUnits` has it, without a job."""
    return (name, about or f"About {name}", load, active, sub, "", path_of(name), 0, "", "/")


def path_of(name: str) -> str:
    """An object's path for a unit."""
    return "/org/freedesktop/systemd1/unit/" + "".join(
        letter if letter.isalnum() else f"_{ord(letter):02x}" for letter in name
    )


def answer(call: Any, units: list[Unit], properties: Properties) -> Any:
    """What systemd would say to a call."""
    fields = call.header.fields
    member = fields[jeepney.HeaderFields.member]
    if member == "ListUnits":
        return jeepney.new_method_return(call, UNITS_TYPE, (units,))
    if member == "Get":
        known = properties.get((fields[jeepney.HeaderFields.path], *call.body))
        if known is not None:
            return jeepney.new_method_return(call, "v", (known,))
    return jeepney.new_error(call, "org.freedesktop.DBus.Error.UnknownMethod", "s", (member,))


@contextmanager
def bus(run: Path) -> Iterator[str]:
    """A bus of its own below `run`, where the system has its; its address."""
    path = run / "dbus" / "system_bus_socket"
    path.parent.mkdir(parents=True)
    configuration = run / "bus.conf"
    configuration.write_text(CONFIGURATION.format(path))
    try:
        daemon = subprocess.Popen(
            ["dbus-daemon", f"--config-file={configuration}", "--nofork", "--print-address"],
            stdout=subprocess.PIPE,
        )
    except FileNotFoundError:
        pytest.skip("dbus-daemon is not installed")
    with daemon:
        try:
            assert daemon.stdout is not None
            yield daemon.stdout.readline().decode().strip()
        finally:
            daemon.kill()


@contextmanager
def systemd(run: Path, units: list[Unit], properties: Properties) -> Iterator[list[str]]:
    """systemd on a bus below `run`; what it is called is added to the list."""
    called: list[str] = []
    ended = threading.Event()

    def serve(connection: Any) -> None:
        while not ended.is_set():
            with suppress(TimeoutError):
                call = connection.receive(timeout=0.02)
                if call.header.message_type is jeepney.MessageType.method_call:
                    called.append(call.header.fields[jeepney.HeaderFields.member])
                    connection.send(answer(call, units, properties))

    with bus(run) as address, open_dbus_connection(address) as connection:
        connection.send_and_get_reply(message_bus.RequestName(NAME), timeout=LONG_S)
        thread = threading.Thread(target=serve, args=(connection,), daemon=True)
        thread.start()
        try:
            yield called
        finally:
            ended.set()
            thread.join(LONG_S)


def converse(
    units: list[Unit], properties: Properties, *, big: bool = False, hoard: int = 1
) -> Converse:
    """systemd alone on a socket, without a bus; its answers big-endian, or several at a time.

    As sd-bus does, it does not look at what comes in one go with BEGIN until more comes.
    """

    def serve(connection: socket.socket) -> None:
        connection.settimeout(LONG_S)
        heard = connection.recv(256)
        assert heard.startswith(b"\0AUTH EXTERNAL " + str(os.geteuid()).encode().hex().encode())
        connection.sendall(b"OK 0123456789abcdef0123456789abcdef\r\n")
        while not heard.endswith(b"BEGIN\r\n"):
            heard = connection.recv(256)
        parser = jeepney.Parser()
        held: list[bytes] = []
        while raw := connection.recv(1 << 16):
            for call in parser.feed(raw):
                said = answer(call, units, properties)
                if big:
                    said.header.endianness = jeepney.Endianness.big
                held.insert(0, said.serialise(serial=len(held) + 1))
                if len(held) == hoard:
                    connection.sendall(b"".join(held))
                    held.clear()

    return serve
